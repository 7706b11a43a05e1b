/* What is shown at rest is what is there. */
#include "tests/simulation/checker.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <talloc.h>

#include "tests/simulation/mongo/document.h"

struct sight {
    struct simulation *simulation;
    const struct document *stock;
    size_t n;
};

static bool find(const struct sight *sight, const char *type_id, bson_t *ret_stock)
{
    for (size_t i = 0; i < sight->n; i++)
        if (bson_init_static(ret_stock, sight->stock[i].bytes, sight->stock[i].n) &&
            strcmp(document_text(ret_stock, "_id"), type_id) == 0)
            return true;
    return false;
}

static int64_t number(const json_t *item, const char *name)
{
    return json_integer_value(json_object_get(item, name));
}

static void check_item(const struct sight *sight, const json_t *item)
{
    const char *type_id = json_string_value(json_object_get(item, "ticket_type_id"));
    bson_t stock;
    if (!find(sight, type_id, &stock)) {
        violation(sight->simulation, "A", "%s is shown and is not there", type_id);
        return;
    }
    if (number(item, "sold") != document_number(&stock, "sold") ||
        number(item, "held") != document_number(&stock, "held"))
        violation(sight->simulation, "A",
                  "%s is shown with %" PRId64 " sold and %" PRId64 " held, and has %" PRId64
                  " and %" PRId64,
                  type_id, number(item, "sold"), number(item, "held"),
                  document_number(&stock, "sold"), document_number(&stock, "held"));
}

static void check_event(const struct sight *sight, const void *arena, const char *event_id)
{
    const char *text = viewer_text(&sight->simulation->viewer, arena, event_id);
    json_t *shown = text != NULL ? json_loads(text, 0, NULL) : NULL;
    const json_t *items = json_object_get(shown, "items");
    for (size_t i = 0; i < json_array_size(items); i++)
        check_item(sight, json_array_get(items, i));
    sight->simulation->checker.views += json_array_size(items);
    json_decref(shown);
}

void checker_view_rest(struct simulation *simulation)
{
    const struct history *history = &simulation->history;
    void *arena = talloc_new(NULL);
    struct document *found;
    struct sight sight = {.simulation = simulation};
    sight.n = checker_read_all(simulation, "stock", arena, &found);
    sight.stock = found;
    for (size_t i = 0; simulation->viewer.node != NULL && i < history->n_events; i++)
        check_event(&sight, arena, history->events[i].id);
    talloc_free(arena);
}
