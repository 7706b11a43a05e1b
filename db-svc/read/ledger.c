#include "db-svc/read/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/read/cursor.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/contract/ledger.h"
#include "libshared/contract/order.h"
#include "libshared/contract/query.h"

/* A list of rows, which are kept by pages: a cursor is a page and how many of its rows were shown.
 */
struct rows {
    const struct query *query;
    const struct list_request *request;
    size_t limit;
    json_t *items;
    const char *last; /* the page that the list ends in, */
    size_t shown;     /* behind so many of its rows */
    bool more;
};

static bool is(const char *text, const char *asked)
{
    return asked == NULL || (text != NULL && strcmp(text, asked) == 0);
}

static bool wanted(const struct rows *rows, const struct ledger_row *row)
{
    return is(row->order_id, rows->request->order_id) &&
           is(row->ticket_type_id,
              rows->request->pool != NULL ? rows->request->ticket_type_id : NULL);
}

static json_t *shown(const struct ledger_page *page, const struct ledger_row *row)
{
    struct ledger_row whole = *row;
    whole.pool = page->pool;
    whole.ticket_type_id =
        page->ticket_type_id != NULL ? page->ticket_type_id : row->ticket_type_id;
    return record_json(&ledger_row_record, &whole);
}

/* The rows of a page from the nth on. False: the list is full. */
static bool take_from(struct rows *rows, const struct ledger_page *page, size_t n)
{
    for (size_t i = n; i < page->rows.n; i++) {
        if (!wanted(rows, &page->rows.at[i]))
            continue;
        rows->more = json_array_size(rows->items) == rows->limit;
        if (rows->more)
            return false;
        (void)json_array_append_new(rows->items, shown(page, &page->rows.at[i]));
        rows->last = mem_strdup(rows->query->arena, page->id);
        rows->shown = i + 1;
    }
    return true;
}

static bool take_page(void *context, void *record)
{
    bool goes_on = take_from(context, record, 0);
    mem_free(talloc_parent(record));
    return goes_on;
}

/* The rest of the page in which the list before ended. */
static int take_rest(struct rows *rows, const char *page_id, size_t shown_before)
{
    void *record;
    int r = query_load(rows->query, &collection_ledger, page_id, &record);
    const struct ledger_page *page = record;
    if (r == 0 && page != NULL && strcmp(page->event_id, rows->query->body->ids[ID_EVENT]) == 0)
        (void)take_from(rows, page, shown_before);
    return r;
}

/* The id that a page made at that time is greater than. */
static const char *id_before(const struct query *query, int64_t wall_ms)
{
    char *id = mem_zeroed(query->arena, ID_SIZE);
    id_make(id, LEDGER_PREFIX, wall_ms, (const uint8_t[ID_RANDOM]){0});
    return id;
}

/* An order's rows were made between its first change and its last: no index need know of it. False:
 * the event has no such order. */
static int narrow_to_order(const struct rows *rows, struct store_list *list, bool *ret_found)
{
    const struct query *query = rows->query;
    void *record = NULL;
    int r = query_load(query, &collection_orders, rows->request->order_id, &record);
    const struct order *order = record;
    *ret_found =
        r == 0 && order != NULL && strcmp(order->event_id, query->body->ids[ID_EVENT]) == 0;
    if (!*ret_found)
        return r;
    if (list->after_id == NULL)
        list->after_id = id_before(query, order->created_at);
    list->before_id = id_before(query, order->updated_at + 1);
    return 0;
}

/* With both a pool and a type: the pool's rows that the type moved. */
static const char *stock_asked(const struct query *query, const struct list_request *request)
{
    return request->pool != NULL ? pool_id(query->arena, query->body->ids[ID_EVENT], request->pool)
                                 : request->ticket_type_id;
}

static int take_pages(struct rows *rows, const char *page_id)
{
    const struct query *query = rows->query;
    const char *of = stock_asked(query, rows->request);
    struct store_match matches[4] = {{"event_id", query->body->ids[ID_EVENT], false}};
    struct store_list list = {
        .collection = &collection_ledger, .matches = matches, .n_matches = 1, .after_id = page_id};
    bool found = true;
    int r = 0;
    if (of != NULL)
        matches[list.n_matches++] = (struct store_match){"of", of, false};
    if (rows->request->pool != NULL && rows->request->ticket_type_id != NULL)
        matches[list.n_matches++] =
            (struct store_match){"rows.ticket_type_id", rows->request->ticket_type_id, false};
    if (rows->request->order_id != NULL) {
        matches[list.n_matches++] =
            (struct store_match){"rows.order_id", rows->request->order_id, false};
        r = narrow_to_order(rows, &list, &found);
    }
    return r < 0 || !found ? r : store_list(query->store, query->arena, &list, take_page, rows);
}

static struct read_answer show(struct rows *rows)
{
    const struct query *query = rows->query;
    return query_page(query, rows->items,
                      rows->more ? cursor_write_part(query->arena, rows->last, rows->shown) : NULL);
}

static int answer(const struct query *query, const char *page_id, size_t shown_before,
                  struct read_answer *ret_answer)
{
    const struct list_request *request = query->body->request;
    struct rows rows = {.query = query,
                        .request = request,
                        .limit =
                            request->limit.set ? (size_t)request->limit.value : LIST_LIMIT_DEFAULT,
                        .items = json_array()};
    int r = page_id != NULL ? take_rest(&rows, page_id, shown_before) : 0;
    if (r == 0 && !rows.more)
        r = take_pages(&rows, page_id);
    if (r == 0)
        *ret_answer = show(&rows);
    json_decref(rows.items);
    return r;
}

int ledger_list(const struct query *query, struct read_answer *ret_answer)
{
    const struct list_request *request = query->body->request;
    const char *page_id = NULL;
    size_t shown_before = 0;
    if (request->cursor != NULL &&
        !cursor_read_part(query->arena, request->cursor, LEDGER_PREFIX, &page_id, &shown_before)) {
        struct violations violations = {.arena = query->arena};
        violations_add(&violations, &(struct path){.name = "cursor"}, VIOLATION_not_allowed);
        *ret_answer = query_invalid(query, &violations);
        return 0;
    }
    void *event;
    int r = query_load(query, &collection_events, query->body->ids[ID_EVENT], &event);
    if (r == 0 && event != NULL)
        return answer(query, page_id, shown_before, ret_answer);
    *ret_answer = query_not_found(query);
    return r;
}
