#include "db-svc/store/list.h"

#include <string.h>

#include "db-svc/store/bson.h"
#include "db-svc/store/list_anchors.h"
#include "db-svc/store/search_match.h"
#include "db-svc/store/search_terms.h"
#include "libshared/base/mem.h"

/* The first part of a list in the order of updated_at is the records updated in the very
 * millisecond of the record before, its second what was later (or earlier). Two ranges of an index,
 * one each: an $or of both is none. */
static void append_id_range(bson_t *filter, const struct store_list *list, bool after)
{
    bson_t range;
    if (!after && list->ids == NULL && list->before_id == NULL && list->until_id == NULL)
        return;
    (void)BSON_APPEND_DOCUMENT_BEGIN(filter, "_id", &range);
    if (after)
        (void)bson_append_utf8(&range, list->descending ? "$lt" : "$gt", -1, list->after_id, -1);
    if (list->before_id != NULL)
        (void)BSON_APPEND_UTF8(&range, "$lt", list->before_id);
    if (list->until_id != NULL)
        (void)bson_append_utf8(&range, list->descending ? "$gte" : "$lte", -1, list->until_id, -1);
    if (list->ids != NULL)
        bson_texts(&range, "$in", list->ids, list->n_ids);
    (void)bson_append_document_end(filter, &range);
}

const char *store_list_time(const struct store_list *list)
{
    return list->by_start ? "starts_at" : list->by_update ? "updated_at" : NULL;
}

/* Between two times, and behind `after` if that is set, which then takes the place of one of them.
 */
static void append_time_range(bson_t *filter, const char *member, const struct store_list *list,
                              struct opt_time from, struct opt_time before, struct opt_time after)
{
    bson_t range;
    if (!from.set && !before.set && !after.set)
        return;
    (void)BSON_APPEND_DOCUMENT_BEGIN(filter, member, &range);
    if (from.set && (!after.set || list->descending))
        (void)BSON_APPEND_DATE_TIME(&range, "$gte", from.ms);
    if (before.set && (!after.set || !list->descending))
        (void)BSON_APPEND_DATE_TIME(&range, "$lt", before.ms);
    if (after.set)
        (void)bson_append_date_time(&range, list->descending ? "$lt" : "$gt", -1, after.ms);
    (void)bson_append_document_end(filter, &range);
}

/* `same`: only the records of the very time that the list goes on behind. */
static void append_times(bson_t *filter, const struct store_list *list, bool same, bool after)
{
    const struct opt_time never = {false, 0};
    const struct opt_time behind = {after && !same, list->after_update};
    if (same)
        (void)bson_append_date_time(filter, store_list_time(list), -1, list->after_update);
    if (!same || list->by_start)
        append_time_range(filter, "updated_at", list, list->updated_since, never,
                          list->by_update ? behind : never);
    if (!same || !list->by_start)
        append_time_range(filter, "starts_at", list, list->starts_from, list->starts_before,
                          list->by_start ? behind : never);
}

#define WANTED_MAX 8

static void append_terms(bson_t *filter, const char *const wanted[WANTED_MAX], size_t n)
{
    bson_t all;
    if (n == 1)
        (void)BSON_APPEND_UTF8(filter, TERMS_MEMBER, wanted[0]);
    if (n <= 1)
        return;
    (void)BSON_APPEND_DOCUMENT_BEGIN(filter, TERMS_MEMBER, &all);
    bson_texts(&all, "$all", wanted, n);
    (void)bson_append_document_end(filter, &all);
}

static void append_matches(bson_t *filter, const struct store_list *list, const void *scratch)
{
    const char *wanted[WANTED_MAX];
    size_t n = 0;
    for (size_t i = 0; i < list->n_matches; i++) {
        const struct store_match *match = &list->matches[i];
        if (!match->term)
            (void)bson_append_utf8(filter, match->member, -1, match->text, -1);
        else if (n < WANTED_MAX - 1)
            wanted[n++] = search_terms_equal(scratch, match->member, match->text);
    }
    const char *begin = list->q == NULL ? NULL : search_terms_of_q(scratch, list->q);
    if (begin != NULL)
        wanted[n++] = begin;
    append_terms(filter, wanted, n);
}

void list_filter(const struct store_list *list, bool same_update, bson_t *filter, bson_t *options)
{
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
    bool after = list->after_id != NULL;
    int32_t direction = list->descending ? -1 : 1;
    const char *time = store_list_time(list);
    append_matches(filter, list, scratch);
    append_times(filter, list, same_update, after && time != NULL);
    append_id_range(filter, list, after && (same_update || time == NULL));
    if (same_update || time == NULL)
        bson_sort(options, "_id", NULL, direction);
    else
        bson_sort(options, time, "_id", direction);
    if (list->limit > 0 && list->q == NULL)
        (void)BSON_APPEND_INT64(options, "limit", (int64_t)list->limit);
}

struct listing {
    const void *arena;
    const struct store_list *list;
    const char *needed[SEARCH_WORDS_MAX]; /* terms of a record that `q` finds */
    size_t n_needed;
    store_next *each;
    void *context;
    size_t n;
    bool enough;
};

static bool give_listed(void *context, const bson_t *document)
{
    struct listing *listing = context;
    const struct store_list *list = listing->list;
    if (!search_terms_has(document, TERMS_MEMBER, listing->needed, listing->n_needed))
        return true;
    void *own = mem_arena(listing->arena, 0);
    void *record = bson_record(own, list->collection->record, document);
    if (list->q != NULL && !search_match(list->collection, record, own, list->q)) {
        mem_free(own);
        return true;
    }
    listing->n++;
    listing->enough = !listing->each(listing->context, record);
    return !listing->enough;
}

static int list_part(struct store *store, struct listing *listing, const struct store_list *list,
                     bool same_update)
{
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER;
    list_filter(list, same_update, &filter, &options);
    int r = mongo_find(store, list->collection->name, &filter, &options, give_listed, listing);
    bson_destroy(&filter);
    bson_destroy(&options);
    return r;
}

static int list_by_time(struct store *store, struct listing *listing)
{
    const struct store_list *list = listing->list;
    int r = list->after_id != NULL ? list_part(store, listing, list, true) : 0;
    return r < 0 || listing->enough ? r : list_part(store, listing, list, false);
}

struct listing_by_id {
    struct store *store;
    struct listing *listing;
};

static int list_span(void *context, const struct anchored_span *span, bool *ret_enough)
{
    const struct listing_by_id *by_id = context;
    struct listing *listing = by_id->listing;
    struct store_list list = *listing->list;
    list.after_id = span->after;
    list.until_id = span->until;
    int r = list_part(by_id->store, listing, &list, false);
    *ret_enough = listing->enough || (list.limit > 0 && listing->n >= list.limit);
    return r;
}

static const char *event_of(const struct store_list *list)
{
    for (size_t i = 0; i < list->n_matches; i++)
        if (strcmp(list->matches[i].member, "event_id") == 0)
            return list->matches[i].text;
    return NULL;
}

int store_list(struct store *store, const void *arena, const struct store_list *list,
               store_next *each, void *context)
{
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
    struct listing listing = {.arena = arena, .list = list, .each = each, .context = context};
    if (list->q != NULL)
        listing.n_needed = search_terms_needed(scratch, list->q, listing.needed);
    const struct anchored_list anchored = {.collection = list->collection,
                                           .event_id = event_of(list),
                                           .after = list->after_id,
                                           .descending = list->descending,
                                           .limit = list->limit};
    if (store_list_time(list) != NULL)
        return list_by_time(store, &listing);
    if (list->collection->anchors == NULL || anchored.event_id == NULL)
        return list_part(store, &listing, list, false);
    return list_anchors_walk(store, &anchored, list_span, &(struct listing_by_id){store, &listing});
}
