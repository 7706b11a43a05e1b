#include "db-svc/read/listed_events.h"

#include <string.h>

#include "db-svc/read/cursor.h"
#include "db-svc/read/list_page.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/event.h"
#include "libshared/contract/pool.h"
#include "libshared/contract/query.h"

#define HOUR_MS (INT64_C(60) * 60 * 1000)
/* Events of today have begun no longer ago, and begin no later: no day is longer than 26 hours. */
#define LONGEST_MS (62 * 24 * HOUR_MS)
#define DAY_MS (26 * HOUR_MS)

struct asked {
    const struct query *query;
    const struct list_request *request;
    struct store_match matches[3];
    struct store_list list;
    struct list_page page;
};

static void match(struct asked *asked, const char *member, const char *text, bool term)
{
    if (text != NULL)
        asked->matches[asked->list.n_matches++] = (struct store_match){member, text, term};
}

static bool by_date(const struct list_request *request)
{
    return request->starts_from.set || request->starts_before.set || request->today.value;
}

static void read_order(const struct list_request *request, struct store_list *list)
{
    const char *sort = request->sort;
    if (sort == NULL)
        sort = by_date(request)             ? "starts_at"
               : request->updated_since.set ? "updated_at"
                                            : "created_at";
    list->descending = *sort == '-';
    list->by_update = strcmp(sort + list->descending, "updated_at") == 0;
    list->by_start = strcmp(sort + list->descending, "starts_at") == 0;
}

/* Narrows a list down to what may be today somewhere. */
static void read_today(const struct query *query, struct store_list *list)
{
    int64_t from = query->now - LONGEST_MS, before = query->now + DAY_MS;
    if (!list->starts_from.set || list->starts_from.ms < from)
        list->starts_from = (struct opt_time){true, from};
    if (!list->starts_before.set || list->starts_before.ms > before)
        list->starts_before = (struct opt_time){true, before};
}

static void ask(const struct query *query, struct asked *ret_asked)
{
    const struct list_request *request = query->body->request;
    int64_t limit = request->limit.set ? request->limit.value : LIST_LIMIT_DEFAULT;
    *ret_asked = (struct asked){
        .query = query,
        .request = request,
        .list = {.collection = &collection_events,
                 .matches = ret_asked->matches,
                 .updated_since = request->updated_since,
                 .starts_from = request->starts_from,
                 .starts_before = request->starts_before},
        .page = {.limit = (size_t)limit, .arena = query->arena, .record = &listed_event_record}};
    if (request->status != 0)
        match(ret_asked, "status", event_status_names[request->status], false);
    match(ret_asked, "category", request->category, true);
    match(ret_asked, "external_id", request->external_id, true);
    read_order(request, &ret_asked->list);
    if (request->today.value)
        read_today(query, &ret_asked->list);
    else
        ret_asked->list.limit = ret_asked->page.limit + 1;
}

/* An older release did not keep where days begin and end. */
static bool is_today(const struct event *event, int64_t now)
{
    int64_t begin = event->day_begins_at.set ? event->day_begins_at.ms : event->starts_at;
    int64_t end = event->day_ends_at.set ? event->day_ends_at.ms
                  : event->over_at.set   ? event->over_at.ms
                                         : event->starts_at + DAY_MS;
    return begin <= now && now < end;
}

/* The event with its stock takes the place of the event, in the same arena. */
static bool take(void *context, void *record)
{
    struct asked *asked = context;
    void *own = talloc_parent(record);
    if (asked->request->today.value && !is_today(record, asked->query->now))
        return true;
    struct listed_event *listed = mem_new(own, struct listed_event);
    listed->event = *(const struct event *)record;
    listed->stock = mem_new(own, struct event_stock);
    return list_page_take(&asked->page, listed);
}

/* --- Stock --- */

/* What the types in one pool come to. */
struct pooled {
    const char *event_id, *pool;
    int64_t capacity, committed;
    struct event_stock *of;
};
struct adding {
    const struct asked *asked;
    struct pooled *pooled;
    size_t n;
};

static struct event_stock *stock_of(const struct adding *adding, const char *event_id)
{
    const struct list_page *page = &adding->asked->page;
    for (size_t i = 0; i < page->n; i++) {
        struct listed_event *listed = page->records[i];
        if (strcmp(listed->event.id, event_id) == 0)
            return listed->stock;
    }
    return NULL;
}

static struct pooled *pooled_of(struct adding *adding, const struct stock *stock,
                                struct event_stock *of)
{
    for (size_t i = 0; i < adding->n; i++)
        if (adding->pooled[i].of == of && strcmp(adding->pooled[i].pool, stock->pool) == 0)
            return &adding->pooled[i];
    adding->pooled =
        mem_grow(adding->asked->query->arena, adding->pooled, struct pooled, adding->n + 1);
    adding->pooled[adding->n] =
        (struct pooled){.event_id = stock->event_id, .pool = stock->pool, .of = of};
    return &adding->pooled[adding->n++];
}

static void add_stock(void *context, void *record)
{
    struct adding *adding = context;
    const struct stock *stock = record;
    struct event_stock *of = stock_of(adding, stock->event_id);
    if (of == NULL)
        return;
    of->sold += stock->sold;
    of->held += stock->held;
    if (stock->pool == NULL) {
        of->capacity += stock->capacity;
        return;
    }
    struct pooled *pooled = pooled_of(adding, stock, of);
    pooled->capacity += stock->capacity;
    pooled->committed += stock->sold + stock->held;
}

/* No more can be sold than the pool has, nor than its types have. Types are not all read at one
 * moment: what is sold then counts. */
static void add_pools(const struct adding *adding, const struct listed_event *listed)
{
    for (size_t i = 0; i < adding->n; i++) {
        const struct pooled *pooled = &adding->pooled[i];
        int64_t capacity = pooled->capacity;
        if (pooled->of != listed->stock)
            continue;
        for (size_t k = 0; k < listed->event.pools.n; k++) {
            const struct event_pool *pool = &listed->event.pools.at[k];
            if (strcmp(pool->name, pooled->pool) == 0 && pool->capacity < capacity)
                capacity = pool->capacity;
        }
        listed->stock->capacity += capacity > pooled->committed ? capacity : pooled->committed;
    }
}

static int join_stock(struct asked *asked)
{
    const struct query *query = asked->query;
    struct list_page *page = &asked->page;
    struct adding adding = {.asked = asked};
    const char **ids = mem_array(query->arena, const char *, page->n + 1);
    for (size_t i = 0; i < page->n; i++)
        ids[i] = ((struct listed_event *)page->records[i])->event.id;
    int r = store_load_of_events(query->store, query->arena, &collection_stock, ids, page->n,
                                 add_stock, &adding);
    for (size_t i = 0; r == 0 && i < page->n; i++) {
        const struct listed_event *listed = page->records[i];
        struct event_stock *stock = listed->stock;
        add_pools(&adding, listed);
        stock->available = stock->capacity - stock->sold - stock->held;
    }
    return r;
}

int listed_events(const struct query *query, struct read_answer *ret_answer)
{
    struct asked asked;
    ask(query, &asked);
    if (asked.request->cursor != NULL &&
        !cursor_read(query->arena, asked.request->cursor, EVENT_PREFIX, &asked.list)) {
        *ret_answer = query_invalid_parameter(query, "cursor", VIOLATION_not_allowed);
        return 0;
    }
    int r = store_list(query->store, query->arena, &asked.list, take, &asked);
    if (r == 0)
        r = join_stock(&asked);
    if (r == 0)
        *ret_answer = query_text(list_page_write(query, &asked.list, &asked.page));
    return r;
}
