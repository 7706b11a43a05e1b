#include "db-svc/store/marks.h"

#include "db-svc/store/bson.h"
#include "libshared/base/mem.h"

struct marks {
    void *arena;
    const char **ids;
    size_t n;
};

static bool take_mark(void *context, const bson_t *document)
{
    struct marks *marks = context;
    bson_iter_t at;
    if (!bson_iter_init_find(&at, document, "_id") || !BSON_ITER_HOLDS_UTF8(&at))
        return true;
    marks->ids = mem_grow(marks->arena, marks->ids, const char *, marks->n + 1);
    marks->ids[marks->n++] = mem_strdup(marks->arena, bson_iter_utf8(&at, NULL));
    return true;
}

static int load_marks(struct store *store, const struct marks_list *list, struct marks *marks)
{
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER, range;
    (void)BSON_APPEND_UTF8(&filter, "event_id", list->event_id);
    if (list->after != NULL) {
        (void)BSON_APPEND_DOCUMENT_BEGIN(&filter, "_id", &range);
        (void)bson_append_utf8(&range, list->descending ? "$lt" : "$gt", -1, list->after, -1);
        (void)bson_append_document_end(&filter, &range);
    }
    bson_sort(&options, "_id", NULL, list->descending ? -1 : 1);
    int r = mongo_find(store, list->collection->marks->name, &filter, &options, take_mark, marks);
    bson_destroy(&filter);
    bson_destroy(&options);
    return r;
}

int marks_walk(struct store *store, const struct marks_list *list, marks_read *read, void *context)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct marks marks = {.arena = arena};
    int r = list->collection->marks != NULL ? load_marks(store, list, &marks) : 0;
    struct marks_span span = {.after = list->after};
    bool enough = false;
    for (size_t at = list->limit / MARK_EVERY; r == 0 && !enough; at = 2 * at + 1) {
        bool last = at >= marks.n;
        span.until = last ? NULL : marks.ids[at];
        r = read(context, &span, &enough);
        enough = enough || last;
        span.after = span.until;
    }
    return r;
}
