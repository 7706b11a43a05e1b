#include "db-svc/rules/sales/ticket.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/messages/automatic.h"
#include "db-svc/rules/sales/attendee_tickets.h"
#include "db-svc/rules/sales/ticket_answers.h"
#include "db-svc/rules/sales/ticket_edit.h"
#include "db-svc/rules/sales/order_ops.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/dead_code.h"
#include "libshared/contract/ticket_answers.h"

/* The ticket at hand and where it is. NULL order: refused. */
struct at_hand {
    const struct order *order;
    size_t index;
};

static const struct ticket *ticket_of(const struct at_hand *at)
{
    return &at->order->tickets.at[at->index];
}

/* Unused if so asked: a used ticket keeps its code, since the gate's list would not know the new
 * one. */
static struct at_hand take(struct decision *decision, const struct order *order, size_t number,
                           bool unused, struct answer *ret_refusal)
{
    const struct at_hand at = {order, number - 1};
    if (at.index >= order->tickets.n)
        *ret_refusal = answer_refuse(decision, PROBLEM_not_found);
    else if (order->status != ORDER_PAID || ticket_of(&at)->status == TICKET_VOID)
        *ret_refusal = answer_refuse(decision, PROBLEM_void);
    else if (unused && ticket_of(&at)->status == TICKET_CHECKED_IN)
        *ret_refusal = ticket_edit_already_checked_in(decision, ticket_of(&at));
    else
        return at;
    return (struct at_hand){0};
}

/* That of a command's ids. */
static const struct order *find(struct decision *decision, const struct command_body *body,
                                size_t *ret_number, struct answer *ret_refusal)
{
    *ret_number = strtoul(body->ids[ID_TICKET], NULL, 10);
    return edit_find(decision, &collection_orders, body, ID_ORDER, ret_refusal);
}

/* Answers about an order may name a former holder of one of its tickets. */
static void remember(struct decision *decision, struct order *order,
                     const struct ticket_holder *was)
{
    void *arena = decision_arena(decision);
    char *hash = mem_zeroed(arena, BUYER_QUOTA_ID_SIZE);
    buyer_quota_id(hash, order->event_id, collection_fold_email(arena, was->email));
    struct texts past = {.at = mem_array(arena, const char *, order->past_holders.n + 1)};
    for (size_t i = 0; i < order->past_holders.n; i++)
        if (strcmp(order->past_holders.at[i], hash) != 0)
            past.at[past.n++] = order->past_holders.at[i];
    past.at[past.n++] = hash;
    order->past_holders = past;
}

static bool same_address(struct decision *decision, const char *one, const char *other)
{
    return one != NULL && other != NULL &&
           strcmp(text_fold_email(decision_arena(decision), one),
                  text_fold_email(decision_arena(decision), other)) == 0;
}

static bool same_owner(struct decision *decision, const struct order *was, const struct order *now,
                       size_t index)
{
    return same_address(decision, ticket_owner_of(was, &was->tickets.at[index]).email,
                        ticket_owner_of(now, &now->tickets.at[index]).email);
}

/* Mails the code to an owner who has not got it yet. */
static void mail(struct decision *decision, const struct order *was, const struct order *now,
                 size_t index)
{
    bool same_code = strcmp(was->tickets.at[index].code, now->tickets.at[index].code) == 0;
    if (!same_code || !same_owner(decision, was, now, index))
        automatic_ticket(decision, now, (int64_t)index + 1);
}

/* The order as it is then. */
static const struct order *put(struct decision *decision, const struct at_hand *at,
                               const struct ticket *ticket, const char *fact)
{
    const struct ticket_holder *was = ticket_of(at)->attendee;
    struct order *order = ticket_edit_put(decision, at->order, at->index, ticket);
    if (was != NULL && was->email != NULL && was != ticket->attendee)
        remember(decision, order, was);
    decision_fact(decision, fact,
                  &(struct fact_body){.event_id = order->event_id,
                                      .order_id = order->id,
                                      .ticket_type_id = ticket->ticket_type_id,
                                      .attendee_id = ticket->attendee != NULL
                                                         ? ticket->attendee->attendee_id
                                                         : NULL});
    mail(decision, at->order, order, at->index);
    return order;
}

/* The ticket for that person; false: *ret_refusal is the answer. */
static bool give(struct decision *decision, const struct at_hand *at, struct ticket *ticket,
                 const struct ticket_person *person, struct answer *ret_refusal)
{
    ticket->attendee =
        ticket_edit_holder(decision, at->order->event_id, person->name, person->email);
    return person->answers.names == NULL ||
           ticket_answers_take(decision, at->order->event_id, ticket, &person->answers,
                               ret_refusal);
}

static bool is_of(const struct ticket *ticket, const struct ticket_person *person)
{
    const struct ticket_holder *holder = ticket->attendee;
    return holder != NULL && holder->email != NULL && strcmp(holder->name, person->name) == 0 &&
           strcmp(holder->email, person->email) == 0;
}

const struct order *ticket_assign_to(struct decision *decision, const struct order *order,
                                     size_t number, const struct ticket_person *person,
                                     struct answer *ret_refusal)
{
    const struct at_hand at = take(decision, order, number, false, ret_refusal);
    if (at.order == NULL)
        return NULL;
    struct ticket ticket = *ticket_of(&at);
    const struct ticket_holder *was = ticket.attendee;
    if (was != NULL && !same_address(decision, was->email, person->email))
        ticket.answers = (struct string_map){0};
    if (!give(decision, &at, &ticket, person, ret_refusal))
        return NULL;
    bool linked = ticket.attendee->attendee_id != NULL && was != NULL && was->attendee_id == NULL;
    if (is_of(ticket_of(&at), person) && !linked &&
        ticket_answers_equal(&ticket.answers, &ticket_of(&at)->answers))
        return order;
    return put(decision, &at, &ticket, "ticket.assigned");
}

const struct order *ticket_answer(struct decision *decision, const struct order *order,
                                  size_t number, const struct string_map *answers,
                                  struct answer *ret_refusal)
{
    const struct at_hand at = take(decision, order, number, false, ret_refusal);
    if (at.order == NULL)
        return NULL;
    struct ticket ticket = *ticket_of(&at);
    if (!ticket_answers_take(decision, order->event_id, &ticket, answers, ret_refusal))
        return NULL;
    if (ticket_answers_equal(&ticket.answers, &ticket_of(&at)->answers))
        return order;
    const struct order *now = ticket_edit_put(decision, order, at.index, &ticket);
    order_ops_emit_money(decision, "order.updated", now, &(struct fact_body){0});
    return now;
}

/* The same ticket under a new code; nobody's. */
static struct ticket renew(struct decision *decision, const struct at_hand *at,
                           enum void_reason reason)
{
    const struct ticket *was = ticket_of(at);
    struct dead_code *dead = decision_add(decision, &collection_dead_codes, was->code);
    dead->event_id = at->order->event_id;
    dead->order_id = at->order->id;
    dead->ticket_type_id = was->ticket_type_id;
    dead->void_reason = reason;
    dead->ticket = (struct opt_int64){true, (int64_t)at->index + 1};
    return order_ops_issue(decision, at->order->event_id, was->ticket_type_id);
}

const struct order *ticket_transfer_to(struct decision *decision, const struct order *order,
                                       size_t number, const struct ticket_person *person,
                                       struct answer *ret_refusal)
{
    const struct at_hand at = take(decision, order, number, true, ret_refusal);
    if (at.order == NULL)
        return NULL;
    if (is_of(ticket_of(&at), person))
        return person->answers.names == NULL
                   ? order
                   : ticket_answer(decision, order, number, &person->answers, ret_refusal);
    struct ticket ticket = renew(decision, &at, VOID_TRANSFERRED);
    if (same_address(decision, ticket_owner_of(order, ticket_of(&at)).email, person->email))
        ticket.answers = ticket_of(&at)->answers;
    if (!give(decision, &at, &ticket, person, ret_refusal))
        return NULL;
    return put(decision, &at, &ticket, "ticket.transferred");
}

static const struct order *reissue(struct decision *decision, const struct order *order,
                                   size_t number, struct answer *ret_refusal)
{
    const struct at_hand at = take(decision, order, number, true, ret_refusal);
    if (at.order == NULL)
        return NULL;
    struct ticket ticket = renew(decision, &at, VOID_REISSUED);
    ticket.attendee = ticket_of(&at)->attendee;
    ticket.answers = ticket_of(&at)->answers;
    return put(decision, &at, &ticket, "ticket.reissued");
}

DECISION(ticket_assign, ticket_assignment_record)
{
    size_t number;
    struct answer refusal;
    const struct ticket_person person = {request->name, request->email, request->answers};
    const struct order *order = find(decision, body, &number, &refusal);
    if (order != NULL)
        order = ticket_assign_to(decision, order, number, &person, &refusal);
    return order != NULL ? ticket_edit_show(decision, order, number - 1) : refusal;
}

DECISION(ticket_transfer, ticket_assignment_record)
{
    size_t number;
    struct answer refusal;
    const struct ticket_person person = {request->name, request->email, request->answers};
    const struct order *order = find(decision, body, &number, &refusal);
    if (order != NULL)
        order = ticket_transfer_to(decision, order, number, &person, &refusal);
    return order != NULL ? ticket_edit_show(decision, order, number - 1) : refusal;
}

static struct answer ticket_reissue(struct decision *decision, const struct command_body *body)
{
    size_t number;
    struct answer refusal;
    const struct order *order = find(decision, body, &number, &refusal);
    if (order != NULL)
        order = reissue(decision, order, number, &refusal);
    return order != NULL ? ticket_edit_show(decision, order, number - 1) : refusal;
}

const struct handler ticket_handlers[] = {
    {"ticket.assign", ticket_assign, &ticket_assignment_record},
    {"ticket.transfer", ticket_transfer, &ticket_assignment_record},
    {"ticket.reissue", ticket_reissue},
    {0},
};
