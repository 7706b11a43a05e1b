#include "attendees-svc/export.h"

#include "libshared/service/list_export.h"

static const char *const columns[] = {"id",         "external_id", "name",   "email",
                                      "phone",      "locale",      "status", "marketing_consent",
                                      "created_at", "updated_at",  NULL};
#define CONSENT 7

static void write_cells(struct csv_text *row, const json_t *person)
{
    const json_t *given = json_object_get(json_object_get(person, columns[CONSENT]), "given");
    for (size_t i = 0; columns[i] != NULL; i++)
        if (i != CONSENT)
            csv_cell(row, json_string_value(json_object_get(person, columns[i])));
        else
            csv_cell(row, given == NULL ? NULL : json_is_true(given) ? "true" : "false");
}

static const struct list_export people = {"attendees", columns, write_cells};

void export_list(struct facade_call *call, const void *body, size_t size)
{
    list_export(call, body, size, &people);
}
