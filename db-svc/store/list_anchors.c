#include "db-svc/store/list_anchors.h"

#include "db-svc/store/bson.h"
#include "libshared/base/mem.h"

struct anchors {
    void *arena;
    const char **ids;
    size_t n;
};

static bool take_anchor(void *context, const bson_t *document)
{
    struct anchors *anchors = context;
    bson_iter_t at;
    if (!bson_iter_init_find(&at, document, "_id") || !BSON_ITER_HOLDS_UTF8(&at))
        return true;
    anchors->ids = mem_grow(anchors->arena, anchors->ids, const char *, anchors->n + 1);
    anchors->ids[anchors->n++] = mem_strdup(anchors->arena, bson_iter_utf8(&at, NULL));
    return true;
}

static int load_anchors(struct store *store, const struct anchored_list *list,
                        struct anchors *anchors)
{
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER, range;
    (void)BSON_APPEND_UTF8(&filter, "event_id", list->event_id);
    if (list->after != NULL) {
        (void)BSON_APPEND_DOCUMENT_BEGIN(&filter, "_id", &range);
        (void)bson_append_utf8(&range, list->descending ? "$lt" : "$gt", -1, list->after, -1);
        (void)bson_append_document_end(&filter, &range);
    }
    bson_sort(&options, "_id", NULL, list->descending ? -1 : 1);
    int r =
        mongo_find(store, list->collection->anchors->name, &filter, &options, take_anchor, anchors);
    bson_destroy(&filter);
    bson_destroy(&options);
    return r;
}

int list_anchors_walk(struct store *store, const struct anchored_list *list,
                      list_anchors_read *read, void *context)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct anchors anchors = {.arena = arena};
    int r = list->collection->anchors != NULL ? load_anchors(store, list, &anchors) : 0;
    struct anchored_span span = {.after = list->after};
    bool enough = false;
    for (size_t at = list->limit / ANCHOR_EVERY; r == 0 && !enough; at = 2 * at + 1) {
        bool last = at >= anchors.n;
        span.until = last ? NULL : anchors.ids[at];
        r = read(context, &span, &enough);
        enough = enough || last;
        span.after = span.until;
    }
    return r;
}
