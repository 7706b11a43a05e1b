#include "db-svc/rules/sales/gate.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/event_time.h"
#include "db-svc/rules/sales/holdings.h"
#include "db-svc/rules/sales/ticket_edit.h"

static size_t index_of(const struct order *order, const char *code)
{
    size_t i = 0;
    while (i < order->tickets.n && strcmp(order->tickets.at[i].code, code) != 0)
        i++;
    return i;
}

static void want_ticket(struct turn *turn, const struct order *order, const char *code)
{
    const size_t index = index_of(order, code);
    if (index == order->tickets.n)
        return;
    holdings_want(turn, &order->tickets.at[index]);
    (void)turn_want(turn, &collection_ticket_types, order->tickets.at[index].ticket_type_id);
}

void gate_want(struct turn *turn, const char *code)
{
    (void)turn_want(turn, &collection_dead_codes, code);
    if (!turn_want_key(turn, &collection_orders, code))
        return;
    const struct order *order = turn_find(turn, &collection_orders, code);
    if (order != NULL)
        want_ticket(turn, order, code);
}

static struct gate_found elsewhere(struct turn *turn, const char *event_id)
{
    return (struct gate_found){.problem = PROBLEM_wrong_event,
                               .elsewhere = turn_read(turn, &collection_events, event_id)};
}

/* Of a code that was replaced. */
static struct gate_found find_dead(struct turn *turn, const struct event *event, const char *code)
{
    const struct dead_code *dead = turn_read(turn, &collection_dead_codes, code);
    if (dead == NULL)
        return (struct gate_found){.problem = PROBLEM_not_found};
    if (strcmp(dead->event_id, event->id) != 0)
        return elsewhere(turn, dead->event_id);
    return (struct gate_found){.problem = PROBLEM_void, .dead = dead};
}

struct gate_found gate_find(struct turn *turn, const struct event *event, const char *code)
{
    const struct order *order = turn_find(turn, &collection_orders, code);
    size_t index = order != NULL ? index_of(order, code) : 0;
    if (order == NULL || index == order->tickets.n)
        return find_dead(turn, event, code);
    if (strcmp(order->event_id, event->id) != 0)
        return elsewhere(turn, order->event_id);
    bool good = order->status == ORDER_PAID && order->tickets.at[index].status != TICKET_VOID;
    return (struct gate_found){
        .problem = good ? PROBLEMS : PROBLEM_void, .order = order, .index = index};
}

const struct ticket *gate_ticket(const struct gate_found *found)
{
    return &found->order->tickets.at[found->index];
}

const char *gate_order_id(const struct gate_found *found)
{
    if (found->order != NULL)
        return found->order->id;
    return found->dead != NULL ? found->dead->order_id : NULL;
}

const char *gate_ticket_type_id(const struct gate_found *found)
{
    if (found->order != NULL)
        return gate_ticket(found)->ticket_type_id;
    return found->dead != NULL ? found->dead->ticket_type_id : NULL;
}

static bool same(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

static bool own_retry(const struct ticket *ticket, const struct offline_scan *scan)
{
    return scan->nonce != NULL && same(scan->nonce, ticket->nonce) &&
           same(scan->gate, ticket->gate);
}

/* A scan made before an event was finished counts, whenever it is told. */
static bool is_over(const struct event *event, int64_t at)
{
    bool finished = event->status == EVENT_FINISHED && at >= event->updated_at;
    return finished || event_time_gates_are_closed(event, at);
}

/* PROBLEMS: none. */
static enum problem_code problem_of(const struct event *event, const struct gate_found *found,
                                    int64_t at)
{
    if (event->status == EVENT_CANCELLED)
        return PROBLEM_event_cancelled;
    if (is_over(event, at))
        return PROBLEM_event_over;
    if (found->problem != PROBLEMS)
        return found->problem;
    if (gate_ticket(found)->status == TICKET_CHECKED_IN)
        return PROBLEM_already_checked_in;
    bool early = event->check_in_opens_at.set && at < event->check_in_opens_at.ms;
    return early ? PROBLEM_not_yet : PROBLEMS;
}

struct gate_found gate_judge(struct turn *turn, const struct event *event,
                             const struct offline_scan *scan, bool *ret_again)
{
    struct gate_found found = gate_find(turn, event, scan->code);
    *ret_again = found.problem == PROBLEMS && gate_ticket(&found)->status == TICKET_CHECKED_IN &&
                 own_retry(gate_ticket(&found), scan);
    bool of_this = found.problem == PROBLEMS || found.problem == PROBLEM_void;
    if (of_this && !*ret_again)
        found.problem = problem_of(event, &found, scan->at.ms);
    return found;
}

bool gate_view(struct turn *turn, const struct gate_found *found, struct ticket_view *ret_view)
{
    if (found->order != NULL)
        *ret_view = ticket_edit_view(turn, found->order, found->index);
    else if (found->dead != NULL)
        *ret_view =
            dead_code_view(found->dead, ticket_edit_type(turn, found->dead->ticket_type_id));
    return found->order != NULL || found->dead != NULL;
}

static json_t *void_members(const struct gate_found *found)
{
    enum void_reason reason =
        found->order != NULL ? gate_ticket(found)->void_reason : found->dead->void_reason;
    return json_pack("{ss*}", "void_reason", record_enum_text(void_reason_names, (int)reason));
}

static json_t *time_member(const char *name, const struct opt_time *time)
{
    return json_pack("{so*}", name, time->set ? edit_time(time->ms) : NULL);
}

struct answer gate_refuse(struct turn *turn, const struct event *event,
                          const struct gate_found *found)
{
    const struct event *other = found->elsewhere;
    json_t *more = NULL;
    if (found->problem == PROBLEM_already_checked_in)
        return ticket_edit_already_checked_in(turn, gate_ticket(found));
    if (found->problem == PROBLEM_not_yet)
        more = time_member("check_in_opens_at", &event->check_in_opens_at);
    else if (found->problem == PROBLEM_event_over)
        more = time_member("check_in_closes_at", &event->check_in_closes_at);
    else if (found->problem == PROBLEM_wrong_event && other != NULL)
        more = json_pack("{ssss}", "event_id", other->id, "event_name", other->name);
    else if (found->problem == PROBLEM_void)
        more = void_members(found);
    return more != NULL ? answer_refuse_with(turn, found->problem, more)
                        : answer_refuse(turn, found->problem);
}
