/* All records of an event, in part: for what adds them up. */
#include "db-svc/store/bson.h"
#include "db-svc/store/mongo.h"
#include "libshared/base/mem.h"

struct scanning {
    const void *arena;
    const struct record *part;
    store_next *each;
    void *context;
};

static bool give(void *context, const bson_t *document)
{
    const struct scanning *scanning = context;
    _cleanup_(mem_freep) void *scratch = mem_arena(scanning->arena, 0);
    return scanning->each(scanning->context, bson_record(scratch, scanning->part, document));
}

static void append_members(bson_t *projection, const void *arena, const char *prefix,
                           const struct record *part)
{
    for (size_t i = 0; i < part->n; i++) {
        const struct field *field = &part->fields[i];
        const char *name = mem_printf(arena, "%s%s", prefix, field->name);
        if (field->of != NULL)
            append_members(projection, arena, mem_printf(arena, "%s.", name), field->of);
        else
            (void)bson_append_int32(projection, name, -1, 1);
    }
}

/* By an index that no change of a record moves it in: none is missed, or read twice. */
int store_scan(struct store *store, const struct collection *collection, const char *event_id,
               const struct record *part, store_next *each, void *context)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct scanning scanning = {arena, part, each, context};
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER, projection;
    (void)BSON_APPEND_UTF8(&filter, "event_id", event_id);
    bson_sort(&options, "_id", NULL, 1);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&options, "projection", &projection);
    append_members(&projection, arena, "", part);
    (void)bson_append_document_end(&options, &projection);
    int r = mongo_find(store, collection->name, &filter, &options, give, &scanning);
    bson_destroy(&filter);
    bson_destroy(&options);
    return r;
}
