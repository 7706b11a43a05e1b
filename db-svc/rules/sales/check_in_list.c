#include "db-svc/rules/sales/check_in_list.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/rules.h"
#include "db-svc/rules/sales/gate_found.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

/* --- Editing --- */

/* A type that the list named before may be gone by now. */
static bool may_name(struct decision *decision, const char *event_id,
                     const struct check_in_list *was, const char *ticket_type_id)
{
    const struct ticket_type *type =
        decision_read(decision, &collection_ticket_types, ticket_type_id);
    return (was != NULL && texts_have(&was->ticket_type_ids, ticket_type_id)) ||
           (type != NULL && strcmp(type->event_id, event_id) == 0);
}

/* `was`: the list before; NULL: it is new. */
static bool check_types(struct decision *decision, const char *event_id,
                        const struct check_in_list *was, const struct check_in_list *list,
                        struct answer *ret_refusal)
{
    struct decoder decoder = decision_decoder(decision);
    struct path types = {.name = "ticket_type_ids"};
    for (size_t i = 0; i < list->ticket_type_ids.n; i++)
        (void)decision_want(decision, &collection_ticket_types, list->ticket_type_ids.at[i]);
    for (size_t i = 0; i < list->ticket_type_ids.n; i++)
        if (!may_name(decision, event_id, was, list->ticket_type_ids.at[i]))
            violations_add(decoder.violations, &(struct path){.parent = &types, .index = i},
                           VIOLATION_other_event);
    if (decoder.violations->n == 0)
        return true;
    *ret_refusal = answer_invalid(decision, decoder.violations);
    return false;
}

static void count_one(void *context, const void *record)
{
    (void)record;
    ++*(size_t *)context;
}

static struct store_page lists_of(const char *event_id)
{
    return (struct store_page){.collection = &collection_check_in_lists,
                               .event_id = event_id,
                               .limit = CHECK_IN_LISTS_MAX + 1};
}

static struct answer refuse_too_many(struct decision *decision)
{
    return answer_refuse_with(
        decision, PROBLEM_limit_exceeded,
        json_pack("{siss}", "limit", CHECK_IN_LISTS_MAX, "limit_name", "check_in_lists"));
}

DECISION(create, check_in_list_record)
{
    struct answer refusal;
    size_t n = 0;
    const struct event *event = edit_event(decision, body, &refusal);
    if (event == NULL || !check_types(decision, event->id, NULL, request, &refusal))
        return refusal;
    const struct store_page all = lists_of(event->id);
    decision_each(decision, &all, 1, count_one, &n);
    if (n >= CHECK_IN_LISTS_MAX)
        return refuse_too_many(decision);
    struct check_in_list *list = edit_add(decision, &collection_check_in_lists,
                                          decision_id(decision, CHECK_IN_LIST_PREFIX), request);
    list->event_id = event->id;
    if (list->mode == MODE_UNSET)
        list->mode = MODE_ENTRY;
    return answer_created(decision, &check_in_list_record, list,
                          mem_printf(decision_arena(decision), "/v1/events/%s/check-in-lists/%s",
                                     event->id, list->id));
}

static struct answer edit(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct check_in_list *was =
        edit_find(decision, &collection_check_in_lists, body, ID_CHECK_IN_LIST, &refusal);
    if (was == NULL)
        return refusal;
    struct check_in_list *wanted =
        edit_wanted(decision, &check_in_list_record, body, was, &refusal);
    if (wanted == NULL || !check_types(decision, was->event_id, was, wanted, &refusal))
        return refusal;
    if (wanted->mode == MODE_UNSET)
        wanted->mode = MODE_ENTRY;
    if (!edit_differs(&check_in_list_record, was, wanted))
        return answer_ok(decision, &check_in_list_record, was);
    return answer_ok(decision, &check_in_list_record,
                     edit_apply(decision, &collection_check_in_lists, was->id, wanted));
}

static struct answer delete (struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct check_in_list *was =
        edit_find(decision, &collection_check_in_lists, body, ID_CHECK_IN_LIST, &refusal);
    if (was == NULL)
        return refusal;
    decision_remove(decision, &collection_check_in_lists, was->id);
    return answer_none(decision);
}

/* --- At the gate --- */

const struct check_in_list *check_in_list_of(struct decision *decision, const char *event_id,
                                             const char *list_id)
{
    const struct check_in_list *list = decision_read(decision, &collection_check_in_lists, list_id);
    return list != NULL && strcmp(list->event_id, event_id) == 0 ? list : NULL;
}

void check_in_list_check(struct decision *decision, const char *event_id,
                         const struct offline_scan *scan, const struct path *path,
                         struct decoder *decoder)
{
    const struct check_in_list *list =
        scan->list_id != NULL ? check_in_list_of(decision, event_id, scan->list_id) : NULL;
    if (scan->list_id != NULL && list == NULL)
        violations_add(decoder->violations, &(struct path){.parent = path, .name = "list_id"},
                       VIOLATION_other_event);
    else if (scan->direction == DIRECTION_OUT && (list == NULL || list->mode != MODE_ENTRY_EXIT))
        violations_add(decoder->violations, &(struct path){.parent = path, .name = "direction"},
                       VIOLATION_not_allowed);
}

const struct ticket_visit *check_in_list_visit(const struct check_in_list *list,
                                               const struct ticket *ticket)
{
    for (size_t i = 0; i < ticket->visits.n; i++)
        if (strcmp(ticket->visits.at[i].list_id, list->id) == 0)
            return &ticket->visits.at[i];
    return NULL;
}

static bool admits_type(const struct check_in_list *list, const struct ticket *ticket)
{
    return list->ticket_type_ids.n == 0 ||
           texts_have(&list->ticket_type_ids, ticket->ticket_type_id);
}

static bool has_room(const struct check_in_list *list, int64_t people)
{
    return !list->max_inside.set || list->inside + people <= list->max_inside.value;
}

enum problem_code check_in_list_problem(const struct check_in_list *list,
                                        const struct ticket *ticket, int64_t admits,
                                        const struct offline_scan *scan)
{
    const struct ticket_visit *visit = check_in_list_visit(list, ticket);
    int64_t people = gate_people(scan), inside = visit != NULL ? ticket_visit_people(visit) : 0;
    if (!admits_type(list, ticket))
        return PROBLEM_wrong_list;
    if (list->gates.n > 0 && !texts_have(&list->gates, scan->gate))
        return PROBLEM_wrong_gate;
    if (scan->direction == DIRECTION_OUT)
        return people <= inside ? PROBLEM_NONE : PROBLEM_not_inside;
    if (inside >= admits)
        return PROBLEM_already_checked_in;
    if (list->from.set && scan->at.ms < list->from.ms)
        return PROBLEM_not_yet;
    if (list->until.set && scan->at.ms >= list->until.ms)
        return PROBLEM_list_closed;
    if (people > admits - inside)
        return PROBLEM_too_many_people;
    return has_room(list, people) ? PROBLEM_NONE : PROBLEM_list_full;
}

struct admitting {
    const struct ticket *ticket;
    const char *event_id;
    json_t *lists;
};

static void take_admitting(void *context, const void *record)
{
    const struct admitting *admitting = context;
    const struct check_in_list *list = record;
    if (strcmp(list->event_id, admitting->event_id) == 0 && admits_type(list, admitting->ticket))
        (void)json_array_append_new(admitting->lists,
                                    json_pack("{ssss}", "id", list->id, "name", list->name));
}

/* Where the ticket is let in instead. */
static json_t *other_lists(struct decision *decision, const struct check_in_list *list,
                           const struct ticket *ticket)
{
    const struct store_page all = lists_of(list->event_id);
    (void)decision_want_page(decision, &all);
    size_t n = 0;
    decision_each(decision, &all, 1, count_one, &n); /* reads, before anything is owned */
    struct admitting admitting = {ticket, list->event_id, json_array()};
    decision_each(decision, &all, 1, take_admitting, &admitting);
    return json_pack("{so}", "lists", admitting.lists);
}

static json_t *gates_of(const struct check_in_list *list)
{
    json_t *gates = json_array();
    for (size_t i = 0; i < list->gates.n; i++)
        (void)json_array_append_new(gates, json_string(list->gates.at[i]));
    return json_pack("{so}", "gates", gates);
}

struct answer check_in_list_refuse(struct decision *decision, const struct check_in_list *list,
                                   const struct ticket *ticket, enum problem_code problem)
{
    const struct ticket_visit *visit = check_in_list_visit(list, ticket);
    json_t *more = NULL;
    if (problem == PROBLEM_wrong_list)
        more = other_lists(decision, list, ticket);
    else if (problem == PROBLEM_wrong_gate)
        more = gates_of(list);
    else if (problem == PROBLEM_already_checked_in && visit != NULL)
        more = json_pack("{soss*}", "checked_in_at", edit_time(visit->at.ms), "gate", visit->gate);
    else if (problem == PROBLEM_not_yet)
        more = json_pack("{so}", "check_in_opens_at", edit_time(list->from.ms));
    else if (problem == PROBLEM_list_closed)
        more = json_pack("{so}", "until", edit_time(list->until.ms));
    else if (problem == PROBLEM_list_full)
        more = json_pack("{sI}", "limit", (json_int_t)list->max_inside.value);
    return more != NULL ? answer_refuse_with(decision, problem, more)
                        : answer_refuse(decision, problem);
}

/* The ticket's own copy of what lists know of it, with room for one more. */
static struct ticket_visit *own_visits(struct decision *decision, struct ticket *ticket)
{
    struct ticket_visit *visits =
        mem_array(decision_arena(decision), struct ticket_visit, ticket->visits.n + 1);
    if (ticket->visits.n > 0)
        memcpy(visits, ticket->visits.at, ticket->visits.n * sizeof *visits);
    ticket->visits.at = (void *)visits;
    return visits;
}

void check_in_list_pass(struct decision *decision, const struct check_in_list *list,
                        struct ticket *ticket, int64_t admits, const struct offline_scan *scan)
{
    int64_t people = scan->direction != DIRECTION_OUT ? gate_people(scan) : -gate_people(scan);
    struct check_in_list *counted = decision_change(decision, &collection_check_in_lists, list->id);
    const struct ticket_visit *was = check_in_list_visit(list, ticket);
    size_t place = was != NULL ? (size_t)(was - ticket->visits.at) : ticket->visits.n;
    int64_t inside = (was != NULL ? ticket_visit_people(was) : 0) + people;
    int64_t before = was != NULL ? ticket_visit_most(was) : 0;
    int64_t most = inside > before ? inside : before;
    struct ticket_visit *visits = own_visits(decision, ticket);
    counted->inside += people;
    counted->admitted += most - before;
    ticket->visits.n += was == NULL ? 1 : 0;
    visits[place] = (struct ticket_visit){.list_id = list->id,
                                          .inside = inside > 0,
                                          .people = {admits > 1, inside},
                                          .most = {admits > 1, most},
                                          .at = scan->at,
                                          .gate = scan->gate,
                                          .nonce = scan->nonce};
}

void check_in_list_forget(struct decision *decision, struct ticket *ticket)
{
    for (size_t i = 0; i < ticket->visits.n; i++) {
        const struct ticket_visit *visit = &ticket->visits.at[i];
        if (decision_read(decision, &collection_check_in_lists, visit->list_id) == NULL)
            continue;
        struct check_in_list *list =
            decision_change(decision, &collection_check_in_lists, visit->list_id);
        list->inside -= ticket_visit_people(visit);
        list->admitted -= ticket_visit_most(visit);
    }
    ticket->visits.at = NULL;
    ticket->visits.n = 0;
}

const struct handler check_in_list_handlers[] = {
    {"check_in_list.create", create, &check_in_list_record},
    {"check_in_list.replace", edit},
    {"check_in_list.update", edit},
    {"check_in_list.delete", delete},
    {0},
};
