/* Reading records, by id, by natural key, and by page. */
#include "db-svc/store/mongo.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/store/bson.h"
#include "db-svc/store/list_anchors.h"
#include "db-svc/store/search_terms.h"
#include "libshared/base/mem.h"

struct slot {
    const char *id;
    size_t index;
};

static int compare_slots(const void *a, const void *b)
{
    return strcmp(((const struct slot *)a)->id, ((const struct slot *)b)->id);
}

struct by_id {
    const void *arena;
    const struct record *record;
    struct slot *slots;
    size_t n;
    void **records;
};

/* An id may have been asked for more than once. */
static bool put_by_id(void *context, const bson_t *document)
{
    struct by_id *to = context;
    struct common *record = bson_record(to->arena, to->record, document);
    struct slot wanted = {.id = record->id};
    const struct slot *found =
        record->id == NULL ? NULL
                           : bsearch(&wanted, to->slots, to->n, sizeof wanted, compare_slots);
    if (found == NULL)
        return true;
    while (found > to->slots && strcmp(found[-1].id, wanted.id) == 0)
        found--;
    for (; found < to->slots + to->n && strcmp(found->id, wanted.id) == 0; found++)
        to->records[found->index] = record;
    return true;
}

int store_load(struct store *store, const void *arena, const struct collection *collection,
               const char *const *ids, size_t n, void **ret_records)
{
    if (n == 0)
        return 0;
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
    struct by_id to = {.arena = arena,
                       .record = collection->record,
                       .slots = mem_array(scratch, struct slot, n),
                       .n = n,
                       .records = mem_array(scratch, void *, n)};
    for (size_t i = 0; i < n; i++)
        to.slots[i] = (struct slot){.id = ids[i], .index = i};
    qsort(to.slots, n, sizeof *to.slots, compare_slots);
    bson_t filter = BSON_INITIALIZER;
    bson_any_of(&filter, "_id", ids, n);
    int r = mongo_find(store, collection->name, &filter, NULL, put_by_id, &to);
    bson_destroy(&filter);
    if (r == 0)
        memcpy(ret_records, to.records, n * sizeof *ret_records);
    return r;
}

static int load_any_of(struct store *store, const void *arena, const struct collection *collection,
                       const char *member, const struct texts *texts, store_each *each,
                       void *context)
{
    if (texts->n == 0)
        return 0;
    struct bson_to_each to = {arena, collection->record, each, context};
    bson_t filter = BSON_INITIALIZER;
    bson_any_of(&filter, member, texts->at, texts->n);
    int r = mongo_find(store, collection->name, &filter, NULL, bson_to_each, &to);
    bson_destroy(&filter);
    return r;
}

int store_load_keys(struct store *store, const void *arena, const struct collection *collection,
                    const char *const *keys, size_t n, store_each *each, void *context)
{
    const struct texts texts = {(const char **)keys, n};
    return load_any_of(store, arena, collection, collection->key_path, &texts, each, context);
}

int store_load_of_events(struct store *store, const void *arena,
                         const struct collection *collection, const char *const *event_ids,
                         size_t n, store_each *each, void *context)
{
    const struct texts texts = {(const char **)event_ids, n};
    return load_any_of(store, arena, collection, "event_id", &texts, each, context);
}

struct paging {
    struct store *store;
    const struct store_page *page;
    struct bson_to_each to;
    size_t n;
};

static bool give_counted(void *context, const bson_t *document)
{
    struct paging *paging = context;
    paging->n++;
    return bson_to_each(&paging->to, document);
}

static void append_span(bson_t *filter, const struct anchored_span *span)
{
    bson_t range;
    if (span->after == NULL && span->until == NULL)
        return;
    (void)BSON_APPEND_DOCUMENT_BEGIN(filter, "_id", &range);
    if (span->after != NULL)
        (void)BSON_APPEND_UTF8(&range, "$gt", span->after);
    if (span->until != NULL)
        (void)BSON_APPEND_UTF8(&range, "$lte", span->until);
    (void)bson_append_document_end(filter, &range);
}

static void find_by_terms(bson_t *filter, const struct store_page *page, const void *arena)
{
    if (page->term != NULL)
        search_terms_find(filter, page->collection, page->filter, page->term, arena);
    else
        search_terms_find_any(filter, page->filter, &page->terms, arena);
}

static int load_span(void *context, const struct anchored_span *span, bool *ret_enough)
{
    struct paging *paging = context;
    const struct store_page *page = paging->page;
    const void *arena = paging->to.arena;
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER;
    if (page->waits_for != NULL)
        (void)BSON_APPEND_UTF8(&filter, "waits_for", page->waits_for);
    else
        (void)BSON_APPEND_UTF8(&filter, "event_id", page->event_id);
    if (page->status != NULL)
        (void)BSON_APPEND_UTF8(&filter, "status", page->status);
    if (page->filter != NULL)
        find_by_terms(&filter, page, arena);
    append_span(&filter, span);
    if (!page->unordered)
        bson_sort(&options, page->waits_for != NULL ? "due_at" : "_id", NULL, 1);
    if (page->limit > 0)
        (void)BSON_APPEND_INT64(&options, "limit", (int64_t)(page->limit - paging->n));
    int r =
        mongo_find(paging->store, page->collection->name, &filter, &options, give_counted, paging);
    *ret_enough = page->limit > 0 && paging->n >= page->limit;
    bson_destroy(&filter);
    bson_destroy(&options);
    return r;
}

int store_load_page(struct store *store, const void *arena, const struct store_page *page,
                    store_each *each, void *context)
{
    struct paging paging = {store, page, {arena, page->collection->record, each, context}, 0};
    const struct anchored_list anchored = {.collection = page->collection,
                                           .event_id = page->event_id,
                                           .after = page->after,
                                           .limit = page->limit};
    bool enough;
    if (page->collection->anchors == NULL || page->limit == 0 || page->unordered)
        return load_span(&paging, &(struct anchored_span){.after = page->after}, &enough);
    return list_anchors_walk(store, &anchored, load_span, &paging);
}
