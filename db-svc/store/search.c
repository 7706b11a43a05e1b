/* Records of all events, newest first, by one term or by their ids. What else a search asks for is
 * sorted out by its reader: with one condition more the stand-in reads the whole collection.
 *
 * Goes back in stretches of time, each as long as it takes to find STRETCH_RECORDS at the pace
 * so far: MongoDB stops at what is enough, its stand-in gathers a whole stretch first. */
#include "db-svc/store/bson.h"
#include "db-svc/store/mongo.h"
#include "db-svc/store/search_match.h"
#include "db-svc/store/search_terms.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"

#define STRETCH_RECORDS 200
#define STRETCH_MS_FIRST 1000
#define STRETCH_GROWTH 16

struct searching {
    struct store *store;
    const struct store_search *search;
    const void *arena;
    store_search_next *each;
    void *context;
    const char *term;                     /* NULL: any */
    const char *needed[SEARCH_WORDS_MAX]; /* what else a record has that `q` finds */
    size_t n_needed;
    size_t n; /* of the stretch */
    bool enough;
};

static bool give(void *context, const bson_t *document)
{
    struct searching *searching = context;
    const struct store_search *search = searching->search;
    searching->n++;
    if (!search_terms_has(document, SEARCH_MEMBER, searching->needed, searching->n_needed))
        return true;
    void *own = mem_arena(searching->arena, 0);
    void *record = bson_record(own, search->collection->record, document);
    if (search->q != NULL && !search_match(search->collection, record, own, search->q)) {
        mem_free(own);
        return true;
    }
    bool kept = false;
    searching->enough = !searching->each(searching->context, record, &kept);
    if (!kept)
        mem_free(own);
    return !searching->enough;
}

static void append_id(bson_t *range, const struct searching *searching, const char *comparison,
                      int64_t at)
{
    char id[ID_SIZE];
    id_make(id, searching->search->prefix, at, (const uint8_t[ID_RANDOM]){0});
    (void)bson_append_utf8(range, comparison, -1, id, -1);
}

/* The stretch from `from` (0: from the first) up to where the last one began, or the search does.
 */
static int read_stretch(struct searching *searching, int64_t from, struct opt_time until)
{
    const struct store_search *search = searching->search;
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER, range;
    if (search->event_id != NULL)
        (void)BSON_APPEND_UTF8(&filter, "event_id", search->event_id);
    else if (searching->term != NULL)
        (void)BSON_APPEND_UTF8(&filter, SEARCH_MEMBER, searching->term);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&filter, "_id", &range);
    append_id(&range, searching, "$gte", from);
    if (until.set)
        append_id(&range, searching, "$lt", until.ms);
    else if (search->after_id != NULL)
        (void)BSON_APPEND_UTF8(&range, "$lt", search->after_id);
    (void)bson_append_document_end(&filter, &range);
    bson_sort(&options, "_id", NULL, -1);
    searching->n = 0;
    int r =
        mongo_find(searching->store, search->collection->name, &filter, &options, give, searching);
    bson_destroy(&filter);
    bson_destroy(&options);
    return r;
}

static int64_t next_width(int64_t width, size_t n)
{
    int64_t wider = n == 0 ? width * STRETCH_GROWTH : width * STRETCH_RECORDS / (int64_t)n;
    int64_t most = width * STRETCH_GROWTH;
    return wider > most ? most : wider > 0 ? wider : 1;
}

/* Where to begin: behind the last record of the page before, or before a time. Without either
 * there is no end, since the clocks of those who make ids may be ahead. */
static struct opt_time begin(const struct store_search *search)
{
    if (search->after_id != NULL)
        return (struct opt_time){false, search->after_ms};
    return search->before.set ? search->before : (struct opt_time){false, search->now};
}

static int64_t clamp(int64_t at, int64_t least, int64_t most)
{
    return at < least ? least : at > most ? most : at;
}

int store_search(struct store *store, const void *arena, const struct store_search *search,
                 store_search_next *each, void *context)
{
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
    struct searching searching = {
        .store = store, .search = search, .arena = arena, .each = each, .context = context};
    if (search->filter != NULL)
        searching.term = search_terms_equal(scratch, search->filter, search->text);
    else if (search->q != NULL)
        searching.term = search_terms_of_names(scratch, search->q);
    if (search->q != NULL)
        searching.n_needed = search_terms_needed(scratch, search->q, searching.needed);
    struct opt_time until = begin(search);
    int64_t first = clamp(search->from.set ? search->from.ms : 0, 0, STORE_SEARCH_LATEST);
    int64_t width = STRETCH_MS_FIRST;
    until.ms = clamp(until.ms, 0, STORE_SEARCH_LATEST);
    int r = 0;
    for (bool more = true; r == 0 && more; more = more && !searching.enough) {
        int64_t from = clamp(until.ms - width, first, STORE_SEARCH_LATEST);
        r = read_stretch(&searching, from, until);
        width = next_width(width, searching.n);
        more = from > first;
        until = (struct opt_time){true, from};
    }
    return r;
}

bool store_search_matches(const struct collection *collection, const void *record,
                          const void *arena, const char *q)
{
    return search_match(collection, record, arena, q);
}

bool store_search_narrows(const void *arena, const char *q)
{
    return search_terms_of_q(arena, q) != NULL;
}
