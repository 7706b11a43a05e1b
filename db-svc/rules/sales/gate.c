#include "db-svc/rules/sales/gate.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/event_time.h"
#include "db-svc/rules/sales/attendee_tickets.h"
#include "db-svc/rules/sales/check_in_list.h"
#include "db-svc/rules/sales/scanning.h"
#include "db-svc/rules/sales/ticket_edit.h"
#include "libshared/base/text.h"

static size_t index_of(const struct order *order, const char *code)
{
    size_t i = 0;
    while (i < order->tickets.n && strcmp(order->tickets.at[i].code, code) != 0)
        i++;
    return i;
}

static void want_ticket(struct decision *decision, const struct order *order, const char *code)
{
    const size_t index = index_of(order, code);
    if (index == order->tickets.n)
        return;
    attendee_tickets_want(decision, &order->tickets.at[index]);
    (void)decision_want(decision, &collection_ticket_types,
                        order->tickets.at[index].ticket_type_id);
}

void gate_want(struct decision *decision, const char *code)
{
    (void)decision_want(decision, &collection_dead_codes, code);
    if (!decision_want_key(decision, &collection_orders, code))
        return;
    const struct order *order = decision_find(decision, &collection_orders, code);
    if (order != NULL)
        want_ticket(decision, order, code);
}

static struct gate_found elsewhere(struct decision *decision, const char *event_id)
{
    return (struct gate_found){.problem = PROBLEM_wrong_event,
                               .elsewhere = decision_read(decision, &collection_events, event_id)};
}

/* Finds the ticket of a code that was replaced. */
static struct gate_found find_dead(struct decision *decision, const struct event *event,
                                   const char *code)
{
    const struct dead_code *dead = decision_read(decision, &collection_dead_codes, code);
    if (dead == NULL)
        return (struct gate_found){.problem = PROBLEM_not_found};
    if (strcmp(dead->event_id, event->id) != 0)
        return elsewhere(decision, dead->event_id);
    return (struct gate_found){.problem = PROBLEM_void, .dead = dead};
}

struct gate_found gate_find(struct decision *decision, const struct event *event, const char *code)
{
    const struct order *order = decision_find(decision, &collection_orders, code);
    size_t index = order != NULL ? index_of(order, code) : 0;
    if (order == NULL || index == order->tickets.n)
        return find_dead(decision, event, code);
    if (strcmp(order->event_id, event->id) != 0)
        return elsewhere(decision, order->event_id);
    bool good = order->status == ORDER_PAID && order->tickets.at[index].status != TICKET_VOID;
    return (struct gate_found){
        .problem = good ? PROBLEM_NONE : PROBLEM_void, .order = order, .index = index};
}

static bool is_same(const struct offline_scan *scan, const char *nonce, const char *gate)
{
    return scan->nonce != NULL && text_equal(scan->nonce, nonce) && text_equal(scan->gate, gate);
}

/* Whether a scan that let in some of several people was this very one. */
static bool is_kept(struct decision *decision, const struct event *event,
                    const struct offline_scan *scan)
{
    const struct scan *kept = scan->nonce != NULL
                                  ? scanning_kept(decision, scanning_key(decision, event->id, scan))
                                  : NULL;
    return kept != NULL && (kept->result == SCAN_ADMITTED || kept->result == SCAN_LEFT);
}

/* Whether the last scan that the gate or the list took was this very one; of a code good for
 * several people, whether any was. */
static bool own_retry(struct decision *decision, const struct event *event,
                      const struct gate_found *found, const struct offline_scan *scan)
{
    const struct ticket *ticket = gate_ticket(found);
    if (found->admits > 1)
        return ticket->status == TICKET_CHECKED_IN && is_kept(decision, event, scan);
    if (found->list == NULL)
        return ticket->status == TICKET_CHECKED_IN && is_same(scan, ticket->nonce, ticket->gate);
    const struct ticket_visit *visit = check_in_list_visit(found->list, ticket);
    return visit != NULL && visit->inside == (scan->direction != DIRECTION_OUT) &&
           is_same(scan, visit->nonce, visit->gate);
}

/* How many people the gate, or its list, may still let in. */
static int64_t gate_left(const struct gate_found *found)
{
    const struct ticket *ticket = gate_ticket(found);
    const struct ticket_visit *visit =
        found->list != NULL ? check_in_list_visit(found->list, ticket) : NULL;
    if (found->list != NULL)
        return found->admits - (visit != NULL ? ticket_visit_people(visit) : 0);
    return found->admits - ticket_let_in(ticket);
}

/* A scan made before an event was finished counts, whenever it is told. */
static bool is_over(const struct event *event, int64_t at)
{
    bool finished = event->status == EVENT_FINISHED && at >= event->updated_at;
    return finished || event_time_gates_are_closed(event, at);
}

/* PROBLEM_NONE: none. */
static enum problem_code problem_of(const struct event *event, const struct gate_found *found,
                                    const struct offline_scan *scan)
{
    int64_t at = scan->at.ms;
    if (event->status == EVENT_CANCELLED)
        return PROBLEM_event_cancelled;
    if (is_over(event, at))
        return PROBLEM_event_over;
    if (found->problem != PROBLEM_NONE)
        return found->problem;
    bool early = event->check_in_opens_at.set && at < event->check_in_opens_at.ms;
    if (found->list != NULL)
        return early ? PROBLEM_not_yet
                     : check_in_list_problem(found->list, gate_ticket(found), found->admits, scan);
    int64_t left = gate_left(found);
    if (left <= 0)
        return PROBLEM_already_checked_in;
    if (early)
        return PROBLEM_not_yet;
    return gate_people(scan) > left ? PROBLEM_too_many_people : PROBLEM_NONE;
}

struct gate_found gate_judge(struct decision *decision, const struct event *event,
                             const struct offline_scan *scan, bool *ret_again)
{
    struct gate_found found = gate_find(decision, event, scan->code);
    found.list = check_in_list_of(decision, event->id, scan->list_id);
    if (found.order != NULL)
        found.admits = ticket_type_admits(ticket_edit_type(decision, gate_ticket_type_id(&found)));
    *ret_again = found.problem == PROBLEM_NONE && own_retry(decision, event, &found, scan);
    bool of_this = found.problem == PROBLEM_NONE || found.problem == PROBLEM_void;
    if (of_this && !*ret_again)
        found.problem = problem_of(event, &found, scan);
    return found;
}

static const char *name_of(const struct ticket_type *type)
{
    return type != NULL ? type->name : NULL;
}

bool gate_view(struct decision *decision, const struct gate_found *found,
               struct ticket_view *ret_view)
{
    if (found->order != NULL)
        *ret_view = ticket_edit_gate_view(decision, found->order, found->index);
    else if (found->dead != NULL)
        *ret_view = dead_code_view(
            found->dead, name_of(ticket_edit_type(decision, found->dead->ticket_type_id)));
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

/* Whether it is the list that refused a good ticket. */
static bool is_of_list(const struct gate_found *found)
{
    switch (found->problem) {
    case PROBLEM_wrong_list:
    case PROBLEM_wrong_gate:
    case PROBLEM_list_closed:
    case PROBLEM_list_full:
    case PROBLEM_not_inside:
        return true;
    case PROBLEM_already_checked_in:
    case PROBLEM_not_yet:
        return found->list != NULL;
    default:
        return false;
    }
}

struct answer gate_refuse(struct decision *decision, const struct event *event,
                          const struct gate_found *found)
{
    const struct event *other = found->elsewhere;
    json_t *more = NULL;
    bool of_event = found->problem == PROBLEM_not_yet && event->check_in_opens_at.set &&
                    (found->list == NULL || !found->list->from.set);
    if (is_of_list(found) && !of_event)
        return check_in_list_refuse(decision, found->list, gate_ticket(found), found->problem);
    if (found->problem == PROBLEM_already_checked_in)
        return ticket_edit_already_checked_in(decision, gate_ticket(found));
    if (found->problem == PROBLEM_too_many_people)
        more = json_pack("{sI}", "left", (json_int_t)gate_left(found));
    else if (found->problem == PROBLEM_not_yet)
        more = time_member("check_in_opens_at", &event->check_in_opens_at);
    else if (found->problem == PROBLEM_event_over)
        more = time_member("check_in_closes_at", &event->check_in_closes_at);
    else if (found->problem == PROBLEM_wrong_event && other != NULL)
        more = json_pack("{ssss}", "event_id", other->id, "event_name", other->name);
    else if (found->problem == PROBLEM_void)
        more = void_members(found);
    return more != NULL ? answer_refuse_with(decision, found->problem, more)
                        : answer_refuse(decision, found->problem);
}
