#include "db-svc/rules/messages/late.h"

#include <stdbool.h>

#include "db-svc/rules/messages/template.h"
#include "libshared/base/mem.h"

/* A line a ticket. */
static const char *codes(const void *arena, const struct late *late)
{
    char *lines = mem_strdup(arena, "");
    for (size_t i = 0; i < late->n_tickets; i++)
        lines =
            talloc_asprintf_append_buffer(lines, "%s%s", i > 0 ? "\n" : "", late->tickets[i].code);
    return lines;
}

static const char *list(const void *arena, const struct late *late)
{
    char *lines = mem_strdup(arena, "");
    for (size_t i = 0; i < late->n_tickets; i++) {
        const struct delivery_ticket *ticket = &late->tickets[i];
        bool held = ticket->holder != NULL;
        lines = talloc_asprintf_append_buffer(
            lines, "%s%s%s%s: %s", i > 0 ? "\n" : "", ticket->type != NULL ? ticket->type : "",
            held ? ", " : "", held ? ticket->holder : "", ticket->code);
    }
    return lines;
}

char *late_fill(const void *arena, const char *text, const struct late *late)
{
    const struct template_field fields[] = {
        {.name = "links.confirm", .value = late->confirm_link},
        {.name = "links.cancel", .value = late->cancel_link},
        {.name = "links.unsubscribe", .value = late->unsubscribe_link},
        {.name = "tickets.codes", .value = codes(arena, late), .cost = LATE_LIST_COST},
        {.name = "tickets.list", .value = list(arena, late), .cost = LATE_LIST_COST},
        {0},
    };
    if (text == NULL)
        return NULL;
    if (template_cost(text, fields) > TEMPLATE_FIELDS_MAX)
        return mem_strdup(arena, text);
    return template_render(arena, text, fields);
}
