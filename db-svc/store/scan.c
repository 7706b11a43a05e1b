/* All records of an event, a stretch of time after the other: ids begin with the time they were
 * made at. A stretch holds few enough for any database to find at once, and grows over silence. */
#include "db-svc/store/bson.h"
#include "db-svc/store/mongo.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"

#define STRETCH_RECORDS 4000
#define STRETCH_MS_FIRST 60000
#define STRETCH_MS_MOST (6 * 3600000)
#define REPLY_RECORDS 200

struct scanning {
    struct store *store;
    const struct store_scan *scan;
    void *arena;
    bson_t projection;
    store_next *each;
    void *context;
    bool enough;
};

static bool give(void *context, const bson_t *document)
{
    struct scanning *scanning = context;
    _cleanup_(mem_freep) void *scratch = mem_arena(scanning->arena, 0);
    void *record = bson_record(scratch, scanning->scan->part, document);
    scanning->enough = !scanning->each(scanning->context, record);
    return !scanning->enough;
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

/* Before all times that are asked for. */
#define EVER INT64_MIN

static void append_bound(const struct scanning *scanning, bson_t *range, const char *comparison,
                         int64_t at)
{
    char id[ID_SIZE];
    if (at == EVER)
        return;
    id_make(id, scanning->scan->prefix, at, (const uint8_t[ID_RANDOM]){0});
    (void)bson_append_utf8(range, comparison, -1, id, -1);
}

static void append_filter(const struct scanning *scanning, int64_t from, int64_t to, bson_t *filter)
{
    bson_t range;
    (void)BSON_APPEND_UTF8(filter, "event_id", scanning->scan->event_id);
    (void)BSON_APPEND_DOCUMENT_BEGIN(filter, "_id", &range);
    append_bound(scanning, &range, "$gte", from);
    append_bound(scanning, &range, "$lt", to);
    (void)bson_append_document_end(filter, &range);
}

/* In the order of an index that no change of a record moves it in: none is missed, or read twice.
 */
static int read_stretch(struct scanning *scanning, int64_t from, int64_t to)
{
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER;
    append_filter(scanning, from, to, &filter);
    bson_sort(&options, "_id", NULL, 1);
    (void)BSON_APPEND_INT32(&options, "batchSize", REPLY_RECORDS);
    (void)BSON_APPEND_DOCUMENT(&options, "projection", &scanning->projection);
    int r = mongo_find(scanning->store, scanning->scan->collection->name, &filter, &options, give,
                       scanning);
    bson_destroy(&filter);
    bson_destroy(&options);
    return r;
}

static int count_stretch(const struct scanning *scanning, int64_t from, int64_t to, int64_t *ret_n)
{
    bson_t filter = BSON_INITIALIZER;
    append_filter(scanning, from, to, &filter);
    int r = mongo_count(scanning->store, scanning->scan->collection->name, &filter,
                        STRETCH_RECORDS + 1, ret_n);
    bson_destroy(&filter);
    return r;
}

static int read_stretches(struct scanning *scanning)
{
    int64_t at = scanning->scan->since, until = scanning->scan->until, n = 0;
    int64_t width = STRETCH_MS_FIRST;
    int r = read_stretch(scanning, EVER, at);
    while (r == 0 && at < until && !scanning->enough) {
        int64_t to = until - at < width ? until : at + width;
        r = count_stretch(scanning, at, to, &n);
        if (n > STRETCH_RECORDS && to - at > 1) {
            width = (to - at + 63) / 64;
            continue;
        }
        if (r == 0 && n > 0)
            r = read_stretch(scanning, at, to);
        at = to;
        if (n < STRETCH_RECORDS / 4)
            width = width < STRETCH_MS_MOST / 4 ? width * 4 : STRETCH_MS_MOST;
    }
    return r < 0 || scanning->enough ? r : read_stretch(scanning, until, EVER);
}

int store_scan(struct store *store, const struct store_scan *scan, store_next *each, void *context)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct scanning scanning = {.store = store,
                                .scan = scan,
                                .arena = arena,
                                .projection = BSON_INITIALIZER,
                                .each = each,
                                .context = context};
    append_members(&scanning.projection, arena, "", scan->part);
    int r = read_stretches(&scanning);
    bson_destroy(&scanning.projection);
    return r;
}
