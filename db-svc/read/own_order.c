#include "db-svc/read/own_order.h"

#include <sodium.h>
#include <string.h>

#include "db-svc/read/tickets.h"
#include "db-svc/rules/messages/event_card.h"
#include "db-svc/rules/messages/locale_format.h"
#include "db-svc/rules/sales/order_money.h"
#include "db-svc/signing.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order_tickets.h"
#include "libshared/contract/own_order.h"
#include "libshared/contract/ticket_view.h"
#include "libshared/picture/qr.h"

/* The order of a token, and its reader. */
struct own {
    const struct order *order;
    const struct event *event;
    const char *reader; /* the address */
    bool buyer;
    const char *locale; /* the reader's; NULL: not known */
    bool may_cancel;
};

static int load_service(const struct query *query, struct self_service *ret_service)
{
    struct signing_key key;
    int r = signing_load(query->store, query->settings, &key);
    if (r < 0)
        return r;
    *ret_service = signing_self_service(query->settings, &key);
    sodium_memzero(&key, sizeof key);
    return 0;
}

static bool may_cancel(const struct query *query, const struct own *own)
{
    const struct opt_time until = own_order_cancel_until(own->event);
    bool stands = own->order->status == ORDER_PAID || own->order->status == ORDER_HELD;
    return stands && until.set && query->now < until.ms;
}

/* Whether the token opens an order; 0 or -errno. */
static int load_own(const struct query *query, const struct self_service_token *token,
                    struct own *own)
{
    void *order = NULL, *event = NULL;
    struct self_service service;
    int r = load_service(query, &service);
    if (r == 0)
        r = query_load(query, &collection_orders, token->subject_id, &order);
    if (r == 0)
        r = query_load(query, &collection_events, token->event_id, &event);
    if (r < 0 || order == NULL || event == NULL)
        return r;
    own->reader = own_order_reader(&service, token, order);
    own->order = own->reader != NULL ? order : NULL;
    own->event = event;
    own->buyer = own->reader != NULL && own_order_is_buyer(query->arena, order, own->reader);
    own->may_cancel = own->buyer && may_cancel(query, own);
    return 0;
}

/* The attendee that the reader's ticket is linked to; NULL: none. */
static const char *attendee_of(const struct query *query, const struct own *own)
{
    for (size_t i = 0; i < own->order->tickets.n; i++) {
        const struct ticket *ticket = &own->order->tickets.at[i];
        if (ticket->attendee != NULL &&
            own_order_is_readers(query->arena, own->order, ticket, own->reader))
            return ticket->attendee->attendee_id;
    }
    return NULL;
}

/* As the mails to the reader have it, or else as the request says. */
static int choose_locale(const struct query *query, struct own *own)
{
    const struct own_order_request *request = query->body->request;
    const struct person *buyer = own->order->buyer;
    void *record = NULL;
    const char *attendee_id = own->buyer ? NULL : attendee_of(query, own);
    int r =
        attendee_id != NULL ? query_load(query, &collection_attendees, attendee_id, &record) : 0;
    const struct attendee *attendee = record;
    if (attendee != NULL && attendee->locale != NULL)
        own->locale = attendee->locale;
    else if (buyer != NULL && buyer->locale != NULL)
        own->locale = buyer->locale;
    else
        own->locale = request->locale;
    return r;
}

/* `own->order` NULL: *ret_answer says why there is none. */
static int admit(const struct query *query, struct own *own, struct read_answer *ret_answer)
{
    const struct own_order_request *request = query->body->request;
    struct self_service_token token;
    *own = (struct own){.order = NULL};
    *ret_answer = query_refused(query, PROBLEM_invalid_token);
    if (!self_service_read(query->arena, request->token, &token) ||
        token.purpose != SELF_SERVICE_ORDER)
        return 0;
    int r = load_own(query, &token, own);
    if (r < 0 || own->order == NULL)
        return r;
    if (query->now >= token.expires_at) {
        *ret_answer = query_refused(query, PROBLEM_token_expired);
        own->order = NULL;
        return 0;
    }
    return choose_locale(query, own);
}

static const char *picture_of(const struct query *query, const struct ticket *ticket)
{
    const struct qr_picture qr =
        qr_png(query->arena, mem_printf(query->arena, "%s.%s", ticket->code, ticket->signature));
    size_t size = sodium_base64_encoded_len(qr.size, sodium_base64_VARIANT_ORIGINAL);
    return sodium_bin2base64(mem_zeroed(query->arena, size), size, (const uint8_t *)qr.bytes,
                             qr.size, sodium_base64_VARIANT_ORIGINAL);
}

static struct own_question question_of(const void *arena, const struct ticket_question *question,
                                       const char *locale)
{
    const struct question_text text = ticket_question_in(arena, question, locale);
    struct own_question asked = {.id = question->id,
                                 .label = text.label,
                                 .kind = question->kind,
                                 .required = question->required.value};
    if (question->choices.n == 0)
        return asked;
    struct own_choice *choices = mem_array(arena, struct own_choice, question->choices.n);
    for (size_t i = 0; i < question->choices.n; i++)
        choices[i] = (struct own_choice){question->choices.at[i], text.choices.at[i]};
    asked.choices.at = choices;
    asked.choices.n = question->choices.n;
    return asked;
}

static void ask(const struct query *query, const struct own *own, const struct ticket *ticket,
                struct own_ticket *shown)
{
    const struct event *event = own->event;
    struct own_answer *asked = mem_array(query->arena, struct own_answer, event->questions.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < event->questions.n; i++) {
        const struct ticket_question *question = &event->questions.at[i];
        if (ticket_question_is_asked(question, ticket->ticket_type_id))
            asked[n++] =
                (struct own_answer){question->id, string_map_find(&ticket->answers, question->id)};
    }
    shown->questions.at = n > 0 ? asked : NULL;
    shown->questions.n = n;
}

static bool is_asked(const struct own_order *shown, const char *id)
{
    for (size_t i = 0; i < shown->tickets.n; i++)
        for (size_t k = 0; k < shown->tickets.at[i].questions.n; k++)
            if (strcmp(shown->tickets.at[i].questions.at[k].id, id) == 0)
                return true;
    return false;
}

/* Once for all tickets: lists of choices are long, and an answer has an end. */
static void show_questions(const struct query *query, const struct own *own,
                           struct own_order *shown)
{
    const struct event *event = own->event;
    struct own_question *asked =
        mem_array(query->arena, struct own_question, event->questions.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < event->questions.n; i++)
        if (is_asked(shown, event->questions.at[i].id))
            asked[n++] = question_of(query->arena, &event->questions.at[i], own->locale);
    shown->questions.at = n > 0 ? asked : NULL;
    shown->questions.n = n;
}

static const char *money_text(const struct query *query, const struct own *own, struct money money)
{
    return locale_format_money(query->arena, own->locale, money);
}

/* With what is given back for what cost so much. */
static struct own_cancellable *cancellable(const struct query *query, const struct own *own,
                                           int64_t price)
{
    struct own_cancellable *cancel = mem_new(query->arena, struct own_cancellable);
    int64_t kept = order_money_kept(own->order);
    int64_t refund = price < kept ? price : kept;
    if (refund > 0) {
        cancel->refund = order_money_of(own->order, refund);
        cancel->refund_text = money_text(query, own, cancel->refund);
    }
    return cancel;
}

static void show_ticket(const struct query *query, const struct own *own,
                        const struct tickets_types *types, size_t index, struct own_order *shown)
{
    const struct ticket *ticket = &own->order->tickets.at[index];
    bool yours = own_order_is_readers(query->arena, own->order, ticket, own->reader);
    if (!yours && !own->buyer)
        return;
    struct own_ticket *as = &shown->tickets.at[shown->tickets.n++];
    *as = (struct own_ticket){.number = (int64_t)index + 1,
                              .type = tickets_type_label(types, ticket),
                              .holder = ticket_owner_of(own->order, ticket).name,
                              .status = ticket->status,
                              .void_reason = ticket->void_reason,
                              .yours = yours};
    if (yours && ticket->status != TICKET_VOID && ticket->signature != NULL) {
        as->code = ticket->code;
        as->qr = picture_of(query, ticket);
        ask(query, own, ticket, as);
    }
    if (yours && own->may_cancel && ticket->status == TICKET_VALID)
        as->cancel = cancellable(query, own, order_money_price(own->order, ticket));
}

/* A hold, or all tickets of the reader's; not while one of them is used. */
static void show_cancel(const struct query *query, const struct own *own, struct own_order *shown)
{
    int64_t price = 0, n = 0;
    for (size_t i = 0; i < shown->tickets.n; i++) {
        const struct own_ticket *ticket = &shown->tickets.at[i];
        if (ticket->yours && ticket->status == TICKET_CHECKED_IN)
            return;
        if (ticket->cancel == NULL)
            continue;
        n++;
        price += order_money_price(own->order, &own->order->tickets.at[ticket->number - 1]);
    }
    if (!own->may_cancel || (n == 0 && own->order->status != ORDER_HELD))
        return;
    shown->cancel = cancellable(query, own, price);
    shown->cancel->until = own_order_cancel_until(own->event);
    shown->cancel->until_text =
        mem_printf(query->arena, "%s (%s)",
                   locale_format_time(query->arena, own->locale, own->event->time_zone,
                                      shown->cancel->until.ms),
                   own->event->time_zone);
}

/* For its buyer alone. */
static void show_money(const struct query *query, const struct own *own, struct own_order *shown)
{
    const struct order *order = own->order;
    if (!own->buyer)
        return;
    shown->total = order->total;
    shown->total_text = money_text(query, own, order->total);
    if (order->refunded.amount > 0) {
        shown->refunded = order->refunded;
        shown->refunded_text = money_text(query, own, order->refunded);
    }
    if (order->refund_due.amount > 0) {
        shown->refund_due = order->refund_due;
        shown->refund_due_text = money_text(query, own, order->refund_due);
    }
}

static int show(const struct query *query, const struct own *own, struct read_answer *ret_answer)
{
    const struct order *order = own->order;
    struct tickets_types types;
    struct own_order shown = {
        .order_id = order->id,
        .event_id = order->event_id,
        .status = order->status,
        .buyer = own->buyer,
        .event = event_card(query->arena, own->event, own->locale),
        .tickets = {.at = mem_array(query->arena, struct own_ticket, order->tickets.n + 1)}};
    show_money(query, own, &shown);
    if (own->buyer && order->status == ORDER_HELD)
        shown.expires_at = order->expires_at;
    int r = tickets_load_types(query, order, &types);
    if (r < 0)
        return r;
    for (size_t i = 0; i < order->tickets.n; i++)
        show_ticket(query, own, &types, i, &shown);
    show_questions(query, own, &shown);
    show_cancel(query, own, &shown);
    *ret_answer = query_shown(query, &own_order_record, &shown);
    return 0;
}

int own_order_get(const struct query *query, struct read_answer *ret_answer)
{
    struct own own;
    int r = admit(query, &own, ret_answer);
    return r < 0 || own.order == NULL ? r : show(query, &own, ret_answer);
}

int own_order_tickets(const struct query *query, struct read_answer *ret_answer)
{
    struct own own;
    struct tickets_types types;
    int r = admit(query, &own, ret_answer);
    if (r < 0 || own.order == NULL)
        return r;
    r = tickets_load_types(query, own.order, &types);
    if (r < 0)
        return r;
    size_t n = own.order->tickets.n;
    struct order_tickets printed = {.order_id = own.order->id,
                                    .event_id = own.order->event_id,
                                    .event = event_card(query->arena, own.event, own.locale)};
    printed.tickets.at = mem_array(query->arena, struct delivery_ticket, n + 1);
    for (size_t i = 0; i < n; i++)
        if (own_order_is_readers(query->arena, own.order, &own.order->tickets.at[i], own.reader))
            tickets_print(&types, i, &printed);
    *ret_answer = query_shown(query, &order_tickets_record, &printed);
    return 0;
}

int own_order_links(const struct query *query, struct read_answer *ret_answer)
{
    void *record, *event = NULL;
    struct self_service service;
    int r = query_load_of_event(query, &collection_orders, ID_ORDER, &record);
    if (r == 0)
        r = query_load(query, &collection_events, query->body->ids[ID_EVENT], &event);
    if (r == 0)
        r = load_service(query, &service);
    if (r < 0)
        return r;
    const struct order *order = record;
    if (order == NULL || event == NULL || order->buyer == NULL) {
        *ret_answer = query_not_found(query);
        return 0;
    }
    struct self_service_link link = self_service_order_link(
        query->arena, &service,
        &(struct self_service_order){.event_id = order->event_id,
                                     .order_id = order->id,
                                     .email = order->buyer->email,
                                     .over_at = ((const struct event *)event)->over_at.ms},
        query->now);
    const struct order_links links = {.order = &link};
    *ret_answer = query_shown(query, &order_links_record, &links);
    return 0;
}
