#include "db-svc/read/lists.h"

#include <string.h>

#include "db-svc/read/cursor.h"
#include "db-svc/read/list_page.h"
#include "db-svc/read/listed_attendees.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/check_in.h"
#include "libshared/contract/check_in_list.h"
#include "libshared/contract/event.h"
#include "libshared/contract/import.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"
#include "libshared/contract/query.h"
#include "libshared/contract/suppression.h"
#include "libshared/record/phone.h"

#define MATCHES_MAX 8

/* The parts in which one list differs from another. */
struct list_kind {
    const struct collection *collection;
    const char *prefix;
    const char *const *status_names;
    /* Completes what was loaded. NULL: it is complete. */
    int (*join)(const struct query *query, void *const *records, size_t n);
    const struct record *shown; /* NULL: as it is stored */
};

struct asked {
    const struct list_kind *kind;
    const struct list_request *request;
    struct store_match matches[MATCHES_MAX];
    struct store_list list;
};

static void match(struct asked *asked, const char *member, const char *text)
{
    if (text != NULL)
        asked->matches[asked->list.n_matches++] = (struct store_match){member, text, false};
}

static void match_term(struct asked *asked, const char *filter, const char *text)
{
    if (text != NULL)
        asked->matches[asked->list.n_matches++] = (struct store_match){filter, text, true};
}

static void match_email(const struct query *query, struct asked *asked, const char *filter,
                        const char *email)
{
    if (email != NULL)
        match_term(asked, filter, collection_fold_email(query->arena, email));
}

/* An e-mail address, or a phone number as people write it. */
static const char *fold_recipient(const struct query *query, const char *address)
{
    const char *phone = phone_read(query->arena, address);
    return phone != NULL ? phone : collection_fold_email(query->arena, address);
}

static void match_recipient(const struct query *query, struct asked *asked)
{
    if (asked->request->recipient != NULL)
        match_term(asked, "recipient", fold_recipient(query, asked->request->recipient));
}

static void match_tickets(const struct query *query, struct asked *asked)
{
    const struct list_request *request = asked->request;
    if (request->checked_in.set)
        match_term(asked, "checked_in",
                   collection_checked_in(query->arena, request->ticket_type_id,
                                         request->checked_in.value));
    else
        match_term(asked, "ticket_type_id", request->ticket_type_id);
}

static const char *fold_q(const struct query *query, const char *q)
{
    if (q == NULL)
        return NULL;
    const char *folded = collection_fold_q(query->arena, q + strspn(q, " "));
    return *folded == '\0' ? NULL : folded;
}

static void read_order(const struct list_request *request, struct store_list *list)
{
    const char *sort = request->sort;
    if (sort == NULL)
        sort = request->updated_since.set ? "updated_at" : "created_at";
    list->descending = *sort == '-';
    list->by_update = strcmp(sort + list->descending, "updated_at") == 0;
}

static bool read_cursor(const struct query *query, struct asked *asked)
{
    return asked->request->cursor == NULL ||
           cursor_read(query->arena, asked->request->cursor, asked->kind->prefix, &asked->list);
}

static void ask(const struct query *query, const struct list_kind *kind, struct asked *ret_asked)
{
    const struct list_request *request = query->body->request;
    *ret_asked = (struct asked){
        .kind = kind,
        .request = request,
        .list = {.collection = kind->collection,
                 .matches = ret_asked->matches,
                 .q = fold_q(query, request->q),
                 .updated_since = request->updated_since},
    };
    if (request->status != 0)
        match(ret_asked, "status", kind->status_names[request->status]);
    if (request->channel != 0)
        match(ret_asked, "channel", channel_names[request->channel]);
    if (request->result != 0)
        match(ret_asked, "result", scan_result_names[request->result]);
    match(ret_asked, "gate", request->gate);
    match(ret_asked, "type", request->type);
    match_term(ret_asked, "category", request->category);
    match_term(ret_asked, "external_id", request->external_id);
    match_email(query, ret_asked, "email", request->email);
    match_tickets(query, ret_asked);
    read_order(request, &ret_asked->list);
}

static int answer(const struct query *query, struct asked *asked, struct read_answer *ret_answer)
{
    if (!read_cursor(query, asked)) {
        *ret_answer = query_invalid_parameter(query, "cursor", VIOLATION_not_allowed);
        return 0;
    }
    int64_t limit = asked->request->limit.set ? asked->request->limit.value : LIST_LIMIT_DEFAULT;
    struct list_page page = {
        .limit = (size_t)limit, .arena = query->arena, .record = asked->kind->shown};
    asked->list.limit = page.limit + 1;
    int r = store_list(query->store, query->arena, &asked->list, list_page_take, &page);
    if (r == 0 && asked->kind->join != NULL)
        r = asked->kind->join(query, page.records, page.n);
    if (r == 0)
        *ret_answer = query_text(list_page_write(query, &asked->list, &page));
    return r;
}

int lists_events(const struct query *query, struct read_answer *ret_answer)
{
    static const struct list_kind events = {&collection_events, EVENT_PREFIX, event_status_names,
                                            NULL};
    struct asked asked;
    ask(query, &events, &asked);
    return answer(query, &asked, ret_answer);
}

/* A list that is an event's: none without the event. */
static int answer_of_event(const struct query *query, struct asked *asked,
                           struct read_answer *ret_answer)
{
    const char *event_id = query->body->ids[ID_EVENT];
    void *event;
    int r = query_load(query, &collection_events, event_id, &event);
    if (r < 0)
        return r;
    if (event == NULL) {
        *ret_answer = query_not_found(query);
        return 0;
    }
    match(asked, "event_id", event_id);
    return answer(query, asked, ret_answer);
}

static int join_stock(const struct query *query, void *const *records, size_t n)
{
    return query_join_stock(query, (struct ticket_type *const *)records, n, NULL);
}

int lists_ticket_types(const struct query *query, struct read_answer *ret_answer)
{
    static const struct list_kind types = {&collection_ticket_types, TICKET_TYPE_PREFIX, NULL,
                                           join_stock};
    struct asked asked;
    ask(query, &types, &asked);
    return answer_of_event(query, &asked, ret_answer);
}

int lists_orders(const struct query *query, struct read_answer *ret_answer)
{
    static const struct list_kind orders = {&collection_orders, ORDER_PREFIX, order_status_names,
                                            NULL};
    struct asked asked;
    ask(query, &orders, &asked);
    return answer_of_event(query, &asked, ret_answer);
}

static int list_people(const struct query *query, const struct list_kind *kind,
                       struct read_answer *ret_answer)
{
    struct asked asked;
    ask(query, kind, &asked);
    if (asked.list.q != NULL && id_valid(ATTENDEE_PREFIX, asked.list.q)) {
        asked.list.ids = mem_dup(query->arena, &asked.list.q, sizeof asked.list.q);
        asked.list.n_ids = 1;
        asked.list.q = NULL;
    }
    return answer_of_event(query, &asked, ret_answer);
}

int lists_attendees(const struct query *query, struct read_answer *ret_answer)
{
    static const struct list_kind attendees = {&collection_attendees, ATTENDEE_PREFIX,
                                               attendee_status_names, NULL};
    return list_people(query, &attendees, ret_answer);
}

int lists_listed_attendees(const struct query *query, struct read_answer *ret_answer)
{
    static const struct list_kind attendees = {&collection_attendees, ATTENDEE_PREFIX,
                                               attendee_status_names, listed_attendees_join,
                                               &listed_attendee_record};
    return list_people(query, &attendees, ret_answer);
}

int lists_imports(const struct query *query, struct read_answer *ret_answer)
{
    static const struct list_kind imports = {&collection_imports, IMPORT_PREFIX,
                                             import_status_names, NULL};
    struct asked asked;
    ask(query, &imports, &asked);
    return answer_of_event(query, &asked, ret_answer);
}

int lists_scans(const struct query *query, struct read_answer *ret_answer)
{
    static const struct list_kind scans = {&collection_scans, SCAN_PREFIX, NULL, NULL};
    struct asked asked;
    ask(query, &scans, &asked);
    return answer_of_event(query, &asked, ret_answer);
}

int lists_check_in_lists(const struct query *query, struct read_answer *ret_answer)
{
    static const struct list_kind lists = {&collection_check_in_lists, CHECK_IN_LIST_PREFIX, NULL,
                                           NULL};
    struct asked asked;
    ask(query, &lists, &asked);
    return answer_of_event(query, &asked, ret_answer);
}

struct sent {
    const void *arena;
    const char **ids;
    size_t n;
};

static bool take_notification_id(void *context, void *record)
{
    struct sent *sent = context;
    const struct delivery *delivery = record;
    sent->ids = mem_grow(sent->arena, sent->ids, const char *, sent->n + 1);
    sent->ids[sent->n++] = delivery->notification_id;
    return true;
}

/* Which notifications of the event went to an address, by their deliveries. */
static int find_sent_to(const struct query *query, const char *address, struct sent *ret_sent)
{
    const struct store_match matches[] = {{"event_id", query->body->ids[ID_EVENT], false},
                                          {"recipient", fold_recipient(query, address), true}};
    *ret_sent =
        (struct sent){.arena = query->arena, .ids = mem_grow(query->arena, NULL, const char *, 1)};
    return store_list(query->store, query->arena,
                      &(struct store_list){
                          .collection = &collection_deliveries, .matches = matches, .n_matches = 2},
                      take_notification_id, ret_sent);
}

int lists_notifications(const struct query *query, struct read_answer *ret_answer)
{
    static const struct list_kind notifications = {&collection_notifications, NOTIFICATION_PREFIX,
                                                   notification_status_names, NULL};
    struct asked asked;
    struct sent sent;
    int r = 0;
    ask(query, &notifications, &asked);
    if (asked.request->recipient != NULL) {
        r = find_sent_to(query, asked.request->recipient, &sent);
        asked.list.ids = sent.ids;
        asked.list.n_ids = sent.n;
    }
    return r < 0 ? r : answer_of_event(query, &asked, ret_answer);
}

int lists_deliveries(const struct query *query, struct read_answer *ret_answer)
{
    static const struct list_kind deliveries = {&collection_deliveries, DELIVERY_PREFIX,
                                                delivery_status_names, NULL};
    const char *event_id = query->body->ids[ID_EVENT];
    const char *notification_id = query->body->ids[ID_NOTIFICATION];
    struct asked asked;
    void *notification;
    int r = query_load(query, &collection_notifications, notification_id, &notification);
    if (r < 0)
        return r;
    if (notification == NULL ||
        strcmp(((struct notification *)notification)->event_id, event_id) != 0) {
        *ret_answer = query_not_found(query);
        return 0;
    }
    ask(query, &deliveries, &asked);
    match(&asked, "notification_id", notification_id);
    /* The index by address goes through the event. */
    match(&asked, "event_id", asked.request->recipient == NULL ? NULL : event_id);
    match_recipient(query, &asked);
    return answer(query, &asked, ret_answer);
}

int lists_suppressions(const struct query *query, struct read_answer *ret_answer)
{
    static const struct list_kind suppressions = {&collection_suppressions, SUPPRESSION_PREFIX,
                                                  NULL, NULL};
    struct asked asked;
    ask(query, &suppressions, &asked);
    match_recipient(query, &asked);
    return answer(query, &asked, ret_answer);
}
