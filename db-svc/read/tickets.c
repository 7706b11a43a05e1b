#include "db-svc/read/tickets.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "db-svc/read/cursor.h"
#include "db-svc/read/list_page.h"
#include "db-svc/signing.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/check_in_list.h"
#include "libshared/contract/dead_code.h"
#include "libshared/contract/event.h"
#include "libshared/contract/listed_ticket.h"
#include "libshared/contract/query.h"
#include "libshared/contract/ticket_type.h"

/* Orders without a ticket that match are passed over, but not without end. */
#define ORDERS_MAX 5000

/* The ticket of a code, and its order. */
struct wanted {
    const char *code, *event_id;
    const struct order *order;
    size_t index;
};

static void take_ticket(void *context, void *record)
{
    struct wanted *wanted = context;
    const struct order *order = record;
    if (order->event_id == NULL || strcmp(order->event_id, wanted->event_id) != 0)
        return;
    for (size_t i = 0; i < order->tickets.n; i++) {
        const char *code = order->tickets.at[i].code;
        if (code != NULL && strcmp(code, wanted->code) == 0) {
            wanted->order = order;
            wanted->index = i;
        }
    }
}

/* NULL: it is no more. */
static int load_type(const struct query *query, const char *id, const struct ticket_type **ret_type)
{
    void *record = NULL;
    int r = id != NULL ? query_load(query, &collection_ticket_types, id, &record) : 0;
    *ret_type = r == 0 ? record : NULL;
    return r;
}

/* Leaves of the answers what gates are shown. */
static int leave_for_gate(const struct query *query, struct ticket_view *view)
{
    void *event = NULL;
    int r = view->answers.n > 0
                ? query_load(query, &collection_events, query->body->ids[ID_EVENT], &event)
                : 0;
    if (event != NULL)
        ticket_view_for_gate(query->arena, event, view);
    else
        view->answers = (struct string_map){0};
    return r;
}

static int show_ticket(const struct query *query, const struct order *order, size_t index,
                       bool at_gate, struct read_answer *ret_answer)
{
    const struct ticket_type *type;
    int r = load_type(query, order->tickets.at[index].ticket_type_id, &type);
    struct ticket_view view = ticket_view_of(order, index, type);
    if (r == 0 && at_gate)
        r = leave_for_gate(query, &view);
    *ret_answer = query_shown(query, &ticket_view_record, &view);
    return r;
}

/* Shows a code that was replaced. */
static int show_dead_code(const struct query *query, const char *code,
                          struct read_answer *ret_answer)
{
    void *record;
    const struct ticket_type *type;
    int r = query_load(query, &collection_dead_codes, code, &record);
    const struct dead_code *dead = record;
    *ret_answer = query_not_found(query);
    if (r < 0 || dead == NULL || strcmp(dead->event_id, query->body->ids[ID_EVENT]) != 0)
        return r;
    r = load_type(query, dead->ticket_type_id, &type);
    const struct ticket_view view = dead_code_view(dead, type != NULL ? type->name : NULL);
    *ret_answer = query_shown(query, &ticket_view_record, &view);
    return r;
}

int tickets_get(const struct query *query, struct read_answer *ret_answer)
{
    const struct check_in *asked = query->body->request; /* of which only the code is given */
    struct wanted wanted = {.code = asked->code, .event_id = query->body->ids[ID_EVENT]};
    int r = store_load_keys(query->store, query->arena, &collection_orders, &asked->code, 1,
                            take_ticket, &wanted);
    if (r < 0)
        return r;
    return wanted.order != NULL ? show_ticket(query, wanted.order, wanted.index, true, ret_answer)
                                : show_dead_code(query, asked->code, ret_answer);
}

int tickets_of_order(const struct query *query, struct read_answer *ret_answer)
{
    void *record;
    int r = query_load(query, &collection_orders, query->body->ids[ID_ORDER], &record);
    if (r < 0)
        return r;
    const struct order *order = record;
    size_t n = strtoul(query->body->ids[ID_TICKET], NULL, 10);
    if (order == NULL || strcmp(order->event_id, query->body->ids[ID_EVENT]) != 0 ||
        n > order->tickets.n) {
        *ret_answer = query_not_found(query);
        return 0;
    }
    return show_ticket(query, order, n - 1, false, ret_answer);
}

/* The types of the event. */
struct types {
    const void *arena;
    const struct ticket_type **at;
    size_t n;
};

static void take_type(void *context, void *record)
{
    struct types *types = context;
    types->at = mem_grow(types->arena, types->at, const struct ticket_type *, types->n + 1);
    types->at[types->n++] = record;
}

static int load_types(const struct query *query, struct types *ret_types)
{
    const struct store_page all = {.collection = &collection_ticket_types,
                                   .event_id = query->body->ids[ID_EVENT]};
    *ret_types = (struct types){.arena = query->arena};
    return store_load_page(query->store, query->arena, &all, take_type, ret_types);
}

static const struct ticket_type *type_of(const struct types *types, const char *id)
{
    for (size_t i = 0; i < types->n; i++)
        if (strcmp(types->at[i]->id, id) == 0)
            return types->at[i];
    return NULL;
}

/* How a ticket is shown. */
enum shape {
    AS_VIEW,  /* in full */
    AT_GATE,  /* as gates are shown it */
    AS_LISTED /* as a listed_ticket */
};

struct page {
    const struct query *query;
    enum shape shape;
    const struct event *event; /* unless it is AS_VIEW */
    const struct list_request *request;
    const char *attendee_id;          /* only that person's; NULL: anybody's */
    const struct check_in_list *list; /* only what it admits; NULL: of any type */
    struct types types;
    size_t limit, orders;
    json_t *items;
    size_t bytes;     /* of them */
    const char *last; /* the order that the page ends in, */
    size_t shown;     /* behind so many of its tickets */
    bool more;
};

static bool wanted(const struct page *page, const struct ticket *ticket)
{
    const char *holder = ticket->attendee != NULL ? ticket->attendee->attendee_id : NULL;
    if (page->attendee_id != NULL && (holder == NULL || strcmp(holder, page->attendee_id) != 0))
        return false;
    if (page->list != NULL && page->list->ticket_type_ids.n > 0 &&
        !texts_have(&page->list->ticket_type_ids, ticket->ticket_type_id))
        return false;
    const char *type_id = page->request->ticket_type_id;
    if (type_id != NULL && strcmp(type_id, ticket->ticket_type_id) != 0)
        return false;
    return page->request->status == 0 || page->request->status == (int)ticket->status;
}

static json_t *item_of(const struct page *page, const struct order *order, size_t index)
{
    const struct ticket_type *type = type_of(&page->types, order->tickets.at[index].ticket_type_id);
    if (page->shape == AS_LISTED) {
        const struct listed_ticket listed =
            listed_ticket_of(page->query->arena, page->event, order, index, type);
        return record_json(&listed_ticket_record, &listed);
    }
    struct ticket_view view = ticket_view_of(order, index, type);
    if (page->shape == AT_GATE)
        ticket_view_for_gate(page->query->arena, page->event, &view);
    return record_json(&ticket_view_record, &view);
}

/* False: the page is full without it. */
static bool take_item(struct page *page, json_t *item)
{
    size_t size = json_dumpb(item, NULL, 0, JSON_COMPACT), n = json_array_size(page->items);
    bool fits = n < page->limit && (n == 0 || page->bytes + size < LIST_PAGE_BYTES);
    page->bytes += size + 1;
    if (fits)
        (void)json_array_append(page->items, item);
    json_decref(item);
    return fits;
}

/* The tickets of an order from the nth on. False: the page is full. */
static bool take_from(struct page *page, const struct order *order, size_t n)
{
    for (size_t i = n; i < order->tickets.n && !page->more; i++) {
        if (!wanted(page, &order->tickets.at[i]))
            continue;
        page->more = !take_item(page, item_of(page, order, i));
        if (page->more)
            break;
        page->last = mem_strdup(page->query->arena, order->id);
        page->shown = i + 1;
    }
    return !page->more;
}

static bool take_order(void *context, void *record)
{
    struct page *page = context;
    const struct order *order = record;
    bool goes_on = take_from(page, order, 0);
    if (goes_on && ++page->orders == ORDERS_MAX) {
        page->last = mem_strdup(page->query->arena, order->id);
        page->shown = order->tickets.n;
        page->more = true;
    }
    mem_free(talloc_parent(record));
    return !page->more;
}

/* The rest of the order in which the page before ended. */
static int take_rest(struct page *page, const char *order_id, size_t shown)
{
    void *record;
    int r = query_load(page->query, &collection_orders, order_id, &record);
    const struct order *order = record;
    if (r == 0 && order != NULL && strcmp(order->event_id, page->query->body->ids[ID_EVENT]) == 0)
        (void)take_from(page, order, shown);
    return r;
}

static int take_page(struct page *page, const char *order_id, size_t shown)
{
    const struct store_match matches[] = {{"event_id", page->query->body->ids[ID_EVENT], false},
                                          {"attendee_id", page->attendee_id, true}};
    const struct store_list list = {.collection = &collection_orders,
                                    .matches = matches,
                                    .n_matches = page->attendee_id != NULL ? 2 : 1,
                                    .updated_since = page->request->updated_since,
                                    .after_id = order_id};
    int r = order_id != NULL ? take_rest(page, order_id, shown) : 0;
    return r < 0 || page->more
               ? r
               : store_list(page->query->store, page->query->arena, &list, take_order, page);
}

static struct read_answer show(struct page *page)
{
    const struct query *query = page->query;
    return query_page(query, page->items,
                      page->more ? cursor_write_part(query->arena, page->last, page->shown) : NULL);
}

/* NULL: none of the event. */
static int load_list(const struct query *query, const char *id,
                     const struct check_in_list **ret_list)
{
    void *record = NULL;
    int r = id != NULL ? query_load(query, &collection_check_in_lists, id, &record) : 0;
    const struct check_in_list *list = record;
    bool own = list != NULL && strcmp(list->event_id, query->body->ids[ID_EVENT]) == 0;
    *ret_list = own ? list : NULL;
    return r;
}

/* In the order of sale, so that no ticket is missed or seen twice whatever happens between two
 * pages. */
static int list_tickets(const struct query *query, enum shape shape, const struct event *event,
                        const char *attendee_id, struct read_answer *ret_answer)
{
    const struct list_request *request = query->body->request;
    const char *order_id = NULL;
    size_t shown = 0;
    if (request->cursor != NULL &&
        !cursor_read_part(query->arena, request->cursor, ORDER_PREFIX, &order_id, &shown)) {
        *ret_answer = query_invalid_parameter(query, "cursor", VIOLATION_not_allowed);
        return 0;
    }
    struct page page = {.query = query,
                        .shape = shape,
                        .event = event,
                        .request = request,
                        .attendee_id = attendee_id,
                        .limit =
                            request->limit.set ? (size_t)request->limit.value : LIST_LIMIT_DEFAULT,
                        .items = json_array()};
    int r = load_list(query, request->list_id, &page.list);
    if (r == 0 && request->list_id != NULL && page.list == NULL) {
        json_decref(page.items);
        *ret_answer = query_invalid_parameter(query, "list_id", VIOLATION_other_event);
        return 0;
    }
    if (r == 0)
        r = load_types(query, &page.types);
    if (r == 0)
        r = take_page(&page, order_id, shown);
    if (r == 0)
        *ret_answer = show(&page);
    json_decref(page.items);
    return r;
}

static int list_of_event(const struct query *query, enum shape shape,
                         struct read_answer *ret_answer)
{
    void *event;
    int r = query_load(query, &collection_events, query->body->ids[ID_EVENT], &event);
    if (r == 0 && event != NULL)
        return list_tickets(query, shape, event, NULL, ret_answer);
    *ret_answer = query_not_found(query);
    return r;
}

/* The codes of whole events, for gates that will be offline. */
int tickets_list(const struct query *query, struct read_answer *ret_answer)
{
    return list_of_event(query, AT_GATE, ret_answer);
}

int tickets_listed(const struct query *query, struct read_answer *ret_answer)
{
    return list_of_event(query, AS_LISTED, ret_answer);
}

int tickets_of_attendee(const struct query *query, struct read_answer *ret_answer)
{
    const char *id = query->body->ids[ID_ATTENDEE];
    void *record;
    int r = query_load(query, &collection_attendees, id, &record);
    const struct attendee *attendee = record;
    if (r == 0 && attendee != NULL && strcmp(attendee->event_id, query->body->ids[ID_EVENT]) == 0)
        return list_tickets(query, AS_VIEW, NULL, id, ret_answer);
    *ret_answer = query_not_found(query);
    return r;
}

/* One key is every event's. */
int tickets_key(const struct query *query, struct read_answer *ret_answer)
{
    struct signing_key key;
    int r = signing_load(query->store, query->settings, &key);
    if (r < 0)
        return r;
    const struct ticket_key shown = {.algorithm = "Ed25519",
                                     .public_key = signing_public_text(query->arena, &key)};
    sodium_memzero(&key, sizeof key);
    *ret_answer = query_shown(query, &ticket_key_record, &shown);
    return 0;
}
