#include "db-svc/store/due.h"

#include "db-svc/store/bson.h"
#include "libshared/base/mem.h"

static const void *member(const struct collection *collection, const void *record, const char *name)
{
    return (const char *)record + record_field(collection->record, name)->offset;
}

void due_append(bson_t *document, const struct collection *collection, const void *record)
{
    if (!collection->timed)
        return;
    const struct opt_time *due_at = member(collection, record, "due_at");
    const int64_t *partition = member(collection, record, "partition");
    if (due_at->set)
        (void)BSON_APPEND_INT32(document, DUE_IN, (int32_t)*partition);
}

int store_load_due(struct store *store, const void *arena, const struct collection *collection,
                   int32_t partition, int64_t now, size_t limit, store_each *each, void *context)
{
    struct bson_to_each to = {arena, collection->record, each, context};
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER, until;
    (void)BSON_APPEND_INT32(&filter, DUE_IN, partition);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&filter, "due_at", &until);
    (void)BSON_APPEND_DATE_TIME(&until, "$lte", now);
    (void)bson_append_document_end(&filter, &until);
    bson_sort(&options, "due_at", NULL, 1);
    (void)BSON_APPEND_INT64(&options, "limit", (int64_t)limit);
    int r = mongo_find(store, collection->name, &filter, &options, bson_to_each, &to);
    bson_destroy(&filter);
    bson_destroy(&options);
    return r;
}

/* --- Records of an earlier release --- */

#define ADOPT_PAGE 500

struct adopting {
    bson_t *list;
    uint32_t n;
    int64_t last; /* the greatest due_at seen */
    size_t seen;
};

static bool adopt(void *context, const bson_t *document)
{
    struct adopting *adopting = context;
    bson_iter_t id, due_at, partition;
    bson_t one, part;
    char room[16];
    const char *key;
    adopting->seen++;
    if (!bson_iter_init_find(&due_at, document, "due_at") ||
        !bson_iter_init_find(&id, document, "_id") || !BSON_ITER_HOLDS_UTF8(&id) ||
        !bson_iter_init_find(&partition, document, "partition"))
        return true;
    adopting->last = bson_iter_date_time(&due_at);
    (void)bson_uint32_to_string(adopting->n++, &key, room, sizeof room);
    (void)bson_append_document_begin(adopting->list, key, -1, &one);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&one, "q", &part);
    (void)BSON_APPEND_UTF8(&part, "_id", bson_iter_utf8(&id, NULL));
    (void)BSON_APPEND_DATE_TIME(&part, "due_at", adopting->last);
    (void)bson_append_document_end(&one, &part);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&one, "u", &part);
    bson_t set;
    (void)BSON_APPEND_DOCUMENT_BEGIN(&part, "$set", &set);
    (void)BSON_APPEND_INT32(&set, DUE_IN, (int32_t)bson_iter_as_int64(&partition));
    (void)bson_append_document_end(&part, &set);
    (void)bson_append_document_end(&one, &part);
    (void)bson_append_document_end(adopting->list, &one);
    return true;
}

/* A page, from the due_at of the page before on. */
static int adopt_page(struct store *store, const struct collection *collection,
                      struct adopting *adopting)
{
    bson_t command = BSON_INITIALIZER, list, filter = BSON_INITIALIZER, from, without,
           options = BSON_INITIALIZER;
    (void)BSON_APPEND_UTF8(&command, "update", collection->name);
    (void)BSON_APPEND_ARRAY_BEGIN(&command, "updates", &list);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&filter, "due_at", &from);
    (void)BSON_APPEND_DATE_TIME(&from, "$gte", adopting->last);
    (void)bson_append_document_end(&filter, &from);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&filter, DUE_IN, &without);
    (void)BSON_APPEND_BOOL(&without, "$exists", false);
    (void)bson_append_document_end(&filter, &without);
    bson_sort(&options, "due_at", NULL, 1);
    (void)BSON_APPEND_INT64(&options, "limit", ADOPT_PAGE);
    *adopting = (struct adopting){.list = &list, .last = adopting->last};
    int r = mongo_find(store, collection->name, &filter, &options, adopt, adopting);
    (void)bson_append_array_end(&command, &list);
    if (r == 0 && adopting->n > 0 && !mongo_run_alone(store, store->database, &command, NULL))
        r = mongo_errno(&store->error);
    bson_destroy(&command);
    bson_destroy(&filter);
    bson_destroy(&options);
    return r;
}

int due_adopt(struct store *store, const struct collection *collection)
{
    struct adopting adopting = {0};
    int r;
    do
        r = adopt_page(store, collection, &adopting);
    while (r == 0 && adopting.seen == ADOPT_PAGE && adopting.n > 0);
    return r;
}
