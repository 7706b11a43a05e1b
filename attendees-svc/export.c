#include "attendees-svc/export.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/service/list_export.h"

static const char *const columns[] = {
    "id",           "external_id",       "name",       "email",          "phone",   "locale",
    "status",       "marketing_consent", "consent_at", "consent_source", "tickets", "checked_in",
    "ticket_types", "metadata",          "created_at", "updated_at",     NULL};

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void write_consent(struct csv_text *row, const json_t *consent)
{
    const json_t *given = json_object_get(consent, "given");
    csv_cell(row, given == NULL ? NULL : json_is_true(given) ? "true" : "false");
    csv_cell(row, text_of(consent, "at"));
    csv_cell(row, text_of(consent, "source"));
}

static void write_sum(struct csv_text *row, const json_t *tickets, const char *member)
{
    json_int_t sum = 0;
    size_t i;
    const json_t *of_type;
    json_array_foreach (tickets, i, of_type)
        sum += json_integer_value(json_object_get(of_type, member));
    csv_cell(row, mem_printf(row->arena, "%lld", (long long)sum));
}

static int by_name(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* "Backstage: 1; General: 2" */
static void write_types(struct csv_text *row, const json_t *tickets)
{
    size_t n = json_array_size(tickets), i;
    const char **types = mem_array(row->arena, const char *, n + 1), *text = NULL;
    const json_t *of_type;
    json_array_foreach (tickets, i, of_type) {
        const char *name = text_of(of_type, "ticket_type");
        types[i] = mem_printf(row->arena, "%s: %lld",
                              name != NULL ? name : text_of(of_type, "ticket_type_id"),
                              (long long)json_integer_value(json_object_get(of_type, "tickets")));
    }
    qsort(types, n, sizeof *types, by_name);
    for (i = 0; i < n; i++)
        text = text == NULL ? types[i] : mem_printf(row->arena, "%s; %s", text, types[i]);
    csv_cell(row, text);
}

static void write_metadata(struct csv_text *row, const json_t *metadata)
{
    char *text = metadata != NULL ? json_dumps(metadata, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    csv_cell(row, text);
    free(text);
}

static void write_cells(struct csv_text *row, const json_t *person)
{
    const json_t *tickets = json_object_get(person, "tickets");
    for (size_t i = 0; strcmp(columns[i], "marketing_consent") != 0; i++)
        csv_cell(row, text_of(person, columns[i]));
    write_consent(row, json_object_get(person, "marketing_consent"));
    write_sum(row, tickets, "tickets");
    write_sum(row, tickets, "checked_in");
    write_types(row, tickets);
    write_metadata(row, json_object_get(person, "metadata"));
    csv_cell(row, text_of(person, "created_at"));
    csv_cell(row, text_of(person, "updated_at"));
}

static const struct list_export people = {"attendees", columns, write_cells, .has_questions = true};

void export_list(struct facade_call *call, const void *body, size_t size)
{
    list_export(call, body, size, &people);
}
