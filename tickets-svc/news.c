/* What facts and replies tell of the events that are followed. */
#include "tickets-svc/availability.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/fact.h"
#include "tickets-svc/entries.h"
#include "tickets-svc/reading.h"

static bool delete_type(struct availability_table *table, struct event_entry *event, const char *id)
{
    struct type_entry *type = entries_type_of(table, event, id);
    bool shown = !type->deleted && !entries_is_undescribed(type);
    type->deleted = true;
    if (!event->asked)
        entries_remove_types(table, event, entries_is_deleted);
    return shown;
}

static bool take_levels(struct availability_table *table, struct event_entry *event,
                        const struct fact_body *fact)
{
    bool moved = false;
    for (size_t i = 0; i < fact->stock.n; i++) {
        const struct stock_level *level = &fact->stock.at[i];
        struct type_entry *type = entries_type_of(table, event, level->ticket_type_id);
        moved |= entries_set_level(type, level);
    }
    return moved;
}

static bool take_description(struct availability_table *table, struct event_entry *event,
                             const struct fact_body *fact)
{
    if (fact->ticket_type_id == NULL || !fact->version.set) {
        event->gap = true;
        return false;
    }
    struct type_entry *type = entries_type_of(table, event, fact->ticket_type_id);
    return entries_describe(type, &(struct description){.version = fact->version.value,
                                                        .type = fact->type,
                                                        .name = fact->name,
                                                        .price = fact->price,
                                                        .sales_start = fact->sales_start,
                                                        .sales_end = fact->sales_end});
}

static bool take_status(struct event_entry *event, const struct fact_body *fact)
{
    bool changed = entries_set_status(event, fact->version.value, fact->status);
    for (size_t i = 0; i < fact->pools.n; i++)
        changed |= entries_set_pool(event, &fact->pools.at[i]);
    event->gap |= !fact->version.set;
    return changed;
}

static bool take_fact(struct availability_table *table, struct event_entry *event, const char *type,
                      const struct fact_body *fact)
{
    bool moved = take_levels(table, event, fact);
    if (strcmp(type, "ticket_type.deleted") == 0)
        return fact->ticket_type_id != NULL && delete_type(table, event, fact->ticket_type_id);
    if (strncmp(type, "ticket_type.", strlen("ticket_type.")) == 0)
        return take_description(table, event, fact) || moved;
    if (strcmp(type, "event.deleted") == 0)
        return event->deleted = true;
    if (strncmp(type, "event.", strlen("event.")) == 0)
        return take_status(event, fact);
    return moved;
}

int availability_fact(struct availability_table *table, const char *type, const char *event_id,
                      const json_t *body)
{
    struct event_entry *event = entries_event(table, event_id);
    if (event == NULL)
        return 0;
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct fact_body fact;
    int r = reading_decode(arena, &fact_record, body, &fact);
    if (r < 0) {
        event->gap = true;
        return r;
    }
    bool changed = take_fact(table, event, type, &fact) && event->learnt;
    event->gap |= event->learnt && entries_has_undescribed(event);
    if (event->deleted && !event->asked)
        entries_remove_event(table, event);
    if (changed)
        table->changed(table->context, event_id);
    return 0;
}

/* Of one type. An event that is asked for may be the one whose type this is. */
static struct event_entry *take_reply_level(struct availability_table *table,
                                            const struct stock_level *level)
{
    struct type_entry *type = entries_find_type(table, level->ticket_type_id);
    if (type == NULL && table->asked > 0)
        type = entries_add_type(table, level->ticket_type_id);
    bool moved = type != NULL && entries_set_level(type, level);
    return moved && type->event != NULL && type->event->learnt ? type->event : NULL;
}

/* A reply is about one event. */
void availability_stock(struct availability_table *table, const json_t *levels)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const struct event_entry *changed = NULL;
    const json_t *item;
    size_t i;
    json_array_foreach(levels, i, item)
    {
        struct stock_level level;
        if (reading_decode(arena, &stock_level_record, item, &level) < 0)
            continue;
        const struct event_entry *event = take_reply_level(table, &level);
        changed = event != NULL ? event : changed;
    }
    if (changed != NULL)
        table->changed(table->context, changed->id);
}
