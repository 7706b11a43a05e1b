/* What is shown of an event that is known. */
#include "tickets-svc/availability.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/query.h"
#include "tickets-svc/entries.h"

/* Whether it is the time to buy, be there any left or not. */
static bool on_sale(const struct event_entry *event, const struct type_entry *type, int64_t now)
{
    return event->published && (!type->sales_start.set || type->sales_start.ms <= now) &&
           (!type->sales_end.set || now < type->sales_end.ms);
}

static struct availability_item item_of(const struct event_entry *event,
                                        const struct type_entry *type, int64_t now)
{
    return (struct availability_item){.ticket_type_id = type->id,
                                      .type = type->type,
                                      .name = type->name,
                                      .price = type->price,
                                      .on_sale = on_sale(event, type, now),
                                      .capacity = type->capacity,
                                      .sold = type->sold,
                                      .held = type->held,
                                      .available = type->capacity - type->sold - type->held};
}

static void make_tag(const char *text, char ret_tag[AVAILABILITY_TAG_SIZE])
{
    uint8_t hash[(AVAILABILITY_TAG_SIZE - 1) / 2];
    const char *content = strstr(text, "\"items\"");
    (void)crypto_generichash(hash, sizeof hash, (const uint8_t *)content, strlen(content), NULL, 0);
    text_hex(ret_tag, hash, sizeof hash);
}

const char *availability_text(const struct availability_table *table, const void *arena,
                              const char *event_id, const char *ticket_type_id, int64_t now,
                              int64_t as_of, char ret_tag[AVAILABILITY_TAG_SIZE])
{
    if (!availability_known(table, event_id, ticket_type_id))
        return NULL;
    const struct event_entry *event = entries_event(table, event_id);
    struct availability shown = {.event_id = event->id, .as_of = as_of};
    _cleanup_(mem_freep) void *items = mem_array(NULL, struct availability_item, event->n + 1);
    shown.items.at = items;
    for (size_t i = 0; i < event->n; i++) {
        const struct type_entry *type = event->types[i];
        if (!type->deleted && !entries_is_undescribed(type) &&
            (ticket_type_id == NULL || strcmp(type->id, ticket_type_id) == 0))
            shown.items.at[shown.items.n++] = item_of(event, type, now);
    }
    const char *text = record_text(arena, &availability_record, &shown);
    make_tag(text, ret_tag);
    return text;
}
