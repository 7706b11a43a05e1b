#include "tickets-svc/tickets_export.h"

#include "libshared/base/mem.h"
#include "libshared/service/list_export.h"

static const char *const columns[] = {
    "order_id", "number", "ticket_type_id", "ticket_type",   "status", "void_reason",
    "name",     "email",  "attendee_id",    "checked_in_at", "gate",   NULL};

static void write_cells(struct csv_text *row, const json_t *ticket)
{
    for (size_t i = 0; columns[i] != NULL; i++) {
        const json_t *member = json_object_get(ticket, columns[i]);
        csv_cell(row, json_is_integer(member)
                          ? mem_printf(row->arena, "%lld", (long long)json_integer_value(member))
                          : json_string_value(member));
    }
}

static const struct list_export tickets = {"tickets", columns, write_cells, .has_questions = true};

void tickets_export(struct facade_call *call, const void *body, size_t size)
{
    list_export(call, body, size, &tickets);
}
