#include "db-svc/read/order_search.h"

#include <string.h>

#include "db-svc/read/cursor.h"
#include "db-svc/read/list_page.h"
#include "db-svc/read/listed_orders.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/dead_code.h"
#include "libshared/contract/order.h"
#include "libshared/contract/payment.h"
#include "libshared/contract/query.h"
#include "libshared/contract/ticket_type.h"
#include "libshared/record/ticket_code.h"

struct asked {
    const struct query *query;
    const struct list_request *request;
    const char *email;      /* folded */
    const char *q;          /* folded; NULL: any, or an order that is known by its id */
    const char *address;    /* a whole one within `q`, folded; NULL: none */
    struct store_list list; /* the cursor's */
    struct list_page page;
};

/* --- Whether an order is one that was asked for --- */

static bool has_type(const struct order *order, const char *ticket_type_id)
{
    for (size_t i = 0; i < order->items.n; i++)
        if (text_equal(order->items.at[i].ticket_type_id, ticket_type_id))
            return true;
    return false;
}

static bool is_paid_by(const struct order *order, const char *payment_id)
{
    for (size_t i = 0; i < order->payments.n; i++)
        if (text_equal(order->payments.at[i].payment_id, payment_id))
            return true;
    return false;
}

static bool is_of_buyer(const struct asked *asked, const struct order *order)
{
    return order->buyer != NULL && order->buyer->email != NULL &&
           strcmp(collection_fold_email(asked->query->arena, order->buyer->email), asked->email) ==
               0;
}

static bool is_of_time(const struct list_request *request, const struct order *order)
{
    return (!request->created_from.set || order->created_at >= request->created_from.ms) &&
           (!request->created_before.set || order->created_at < request->created_before.ms);
}

static bool is_asked_for(const struct asked *asked, const struct order *order)
{
    const struct list_request *request = asked->request;
    bool due = order->refund_due.amount > 0;
    return (request->event_id == NULL || text_equal(order->event_id, request->event_id)) &&
           (request->status == 0 || (int)order->status == request->status) &&
           (request->external_id == NULL || text_equal(order->external_id, request->external_id)) &&
           (!request->refund_due.set || request->refund_due.value == due) &&
           (request->ticket_type_id == NULL || has_type(order, request->ticket_type_id)) &&
           (request->payment_id == NULL || is_paid_by(order, request->payment_id)) &&
           (asked->email == NULL || is_of_buyer(asked, order)) && is_of_time(request, order);
}

static bool take(void *context, void *record, bool *ret_keep)
{
    struct asked *asked = context;
    *ret_keep = is_asked_for(asked, record);
    return !*ret_keep || list_page_take(&asked->page, record);
}

static int answer_page(struct asked *asked, struct read_answer *ret_answer)
{
    const struct query *query = asked->query;
    const char *event_id = asked->request->event_id;
    int r = asked->page.record == &listed_order_record && event_id != NULL
                ? listed_orders_join(query, event_id, asked->page.records, asked->page.n)
                : 0;
    if (r == 0)
        *ret_answer = query_text(list_page_write(query, &asked->list, &asked->page));
    return r;
}

/* --- By the id of the one order that it can be --- */

struct owner_of_code {
    const char *order_id;
};

static void take_owner(void *context, void *record)
{
    ((struct owner_of_code *)context)->order_id = ((const struct order *)record)->id;
}

/* Also of a code that was replaced. NULL: there is none. */
static int find_owner(const struct query *query, const char *code, const char **ret_order_id)
{
    struct owner_of_code owner = {NULL};
    void *dead = NULL;
    int r = store_load_keys(query->store, query->arena, &collection_orders, &code, 1, take_owner,
                            &owner);
    if (r == 0 && owner.order_id == NULL)
        r = query_load(query, &collection_dead_codes, code, &dead);
    *ret_order_id = dead != NULL ? ((const struct dead_code *)dead)->order_id : owner.order_id;
    return r;
}

static int find_paid(const struct query *query, const char *payment_id, const char **ret_order_id)
{
    void *payment;
    int r = query_load(query, &collection_payments, payment_id, &payment);
    *ret_order_id = r == 0 && payment != NULL ? ((const struct payment *)payment)->order_id : NULL;
    return r;
}

static int answer_one(struct asked *asked, const char *order_id, struct read_answer *ret_answer)
{
    const struct query *query = asked->query;
    void *order = NULL;
    int r = order_id != NULL ? query_load(query, &collection_orders, order_id, &order) : 0;
    if (r == 0 && order != NULL && is_asked_for(asked, order) &&
        (asked->q == NULL ||
         store_search_matches(&collection_orders, order, query->arena, asked->q)))
        (void)list_page_take(&asked->page, order);
    return r < 0 ? r : answer_page(asked, ret_answer);
}

/* --- By terms --- */

/* The event of the type of ticket that is asked for; NULL: no type is, or there is none such. */
static int event_of_type(const struct asked *asked, const char **ret_event_id)
{
    const char *id = asked->request->ticket_type_id;
    void *type = NULL;
    int r = id != NULL ? query_load(asked->query, &collection_ticket_types, id, &type) : 0;
    *ret_event_id = type != NULL ? ((const struct ticket_type *)type)->event_id : NULL;
    return r;
}

/* The condition that fewest orders are likely to meet. */
static void narrow(const struct asked *asked, const char *event_id, struct store_search *search)
{
    const struct list_request *request = asked->request;
    const struct {
        const char *filter, *text;
    } by[] = {{"email", asked->email},
              {"email", asked->address},
              {"external_id", request->external_id},
              {NULL, asked->q},
              {"refund_due", request->refund_due.value ? "true" : NULL},
              {NULL, event_id},
              {"status", request->status > ORDER_PAID || request->status == ORDER_HELD
                             ? order_status_names[request->status]
                             : NULL}};
    size_t i = 0;
    while (i < sizeof by / sizeof *by && by[i].text == NULL)
        i++;
    if (i == sizeof by / sizeof *by)
        return;
    search->filter = by[i].filter;
    search->text = by[i].text;
    search->event_id = by[i].text == event_id ? event_id : NULL;
}

/* What looks like an address to its end: few orders have it, and its beginning may be a common
 * name. NULL: there is none. */
static const char *whole_address(const void *arena, const char *q)
{
    for (q += strspn(q, " "); *q != '\0'; q += strspn(q, " ")) {
        size_t length = strcspn(q, " ");
        const char *word = mem_strndup(arena, q, length), *at = strchr(word, '@');
        const char *dot = at != NULL ? strrchr(at, '.') : NULL;
        if (dot != NULL && strlen(dot) > 2)
            return collection_fold_email(arena, word);
        q += length;
    }
    return NULL;
}

static int answer_list(struct asked *asked, struct read_answer *ret_answer)
{
    const struct query *query = asked->query;
    struct store_search search = {.collection = &collection_orders,
                                  .prefix = ORDER_PREFIX,
                                  .q = asked->q,
                                  .from = asked->request->created_from,
                                  .before = asked->request->created_before,
                                  .after_id = asked->list.after_id,
                                  .after_ms = asked->list.after_update,
                                  .now = query->now};
    const char *event_id = asked->request->event_id;
    int r = event_id == NULL ? event_of_type(asked, &event_id) : 0;
    if (asked->q != NULL)
        asked->address = whole_address(query->arena, asked->q);
    narrow(asked, event_id, &search);
    if (r == 0 && (event_id != NULL || asked->request->ticket_type_id == NULL))
        r = store_search(query->store, query->arena, &search, take, asked);
    return r < 0 ? r : answer_page(asked, ret_answer);
}

static int answer_filtered(struct asked *asked, struct read_answer *ret_answer)
{
    const char *order_id;
    if (asked->request->payment_id == NULL)
        return answer_list(asked, ret_answer);
    int r = find_paid(asked->query, asked->request->payment_id, &order_id);
    return r < 0 ? r : answer_one(asked, order_id, ret_answer);
}

/* --- What was typed --- */

static const char *trim(const struct query *query, const char *q)
{
    q += strspn(q, " \t\r\n");
    size_t length = strlen(q);
    while (length > 0 && strchr(" \t\r\n", q[length - 1]) != NULL)
        length--;
    return mem_strndup(query->arena, q, length);
}

static int answer_typed(struct asked *asked, bool by_code, struct read_answer *ret_answer)
{
    const struct query *query = asked->query;
    const char *q = trim(query, asked->request->q), *order_id;
    const char *code = ticket_code_read(query->arena, q);
    if (id_valid(ORDER_PREFIX, q))
        return answer_one(asked, q, ret_answer);
    if (ticket_code_is(code) && by_code) {
        int r = find_owner(query, code, &order_id);
        return r < 0 ? r : answer_one(asked, order_id, ret_answer);
    }
    asked->q = *q == '\0' ? NULL : collection_fold_q(query->arena, q);
    enum violation_code fault = ticket_code_is(q) ? VIOLATION_not_allowed : VIOLATION_too_short;
    if (ticket_code_is(q) || (asked->q != NULL && !store_search_narrows(query->arena, asked->q))) {
        *ret_answer = query_invalid_parameter(query, "q", fault);
        return 0;
    }
    return answer_filtered(asked, ret_answer);
}

static int answer(const struct query *query, bool by_code, const struct record *record,
                  struct read_answer *ret_answer)
{
    const struct list_request *request = query->body->request;
    struct asked asked = {
        .query = query,
        .request = request,
        .email =
            request->email != NULL ? collection_fold_email(query->arena, request->email) : NULL,
        .list = {.collection = &collection_orders, .descending = true},
        .page = {.limit = request->limit.set ? (size_t)request->limit.value : LIST_LIMIT_DEFAULT,
                 .arena = query->arena,
                 .record = record}};
    if (request->cursor != NULL &&
        !cursor_read(query->arena, request->cursor, ORDER_PREFIX, &asked.list)) {
        *ret_answer = query_invalid_parameter(query, "cursor", VIOLATION_not_allowed);
        return 0;
    }
    if (request->q != NULL)
        return answer_typed(&asked, by_code, ret_answer);
    return answer_filtered(&asked, ret_answer);
}

int order_search(const struct query *query, struct read_answer *ret_answer)
{
    return answer(query, false, &order_record, ret_answer);
}

int order_search_by_any(const struct query *query, struct read_answer *ret_answer)
{
    return answer(query, true, &order_record, ret_answer);
}

int order_search_listed(const struct query *query, struct read_answer *ret_answer)
{
    return answer(query, false, &listed_order_record, ret_answer);
}
