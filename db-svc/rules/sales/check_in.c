/* Tickets at the gate: one admission a code, the second scan is told of the first, and every scan
 * is kept. */
#include "db-svc/rules/decisions.h"

#include <sodium.h>
#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/holdings.h"
#include "db-svc/rules/sales/ticket_edit.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/check_in.h"

/* What a code stands for. With a problem, whatever of it was found. */
struct found {
    enum problem_code problem; /* PROBLEMS: none */
    const struct order *order; /* NULL: no ticket of this event */
    size_t index;              /* of the ticket in it */
    const char *order_id;      /* NULL: none of this event */
};

static size_t index_of(const struct order *order, const char *code)
{
    size_t i = 0;
    while (i < order->tickets.n && strcmp(order->tickets.at[i].code, code) != 0)
        i++;
    return i;
}

/* Of a code that was replaced. */
static struct found find_dead(struct turn *turn, const struct event *event, const char *code)
{
    const struct dead_code *dead = turn_read(turn, &collection_dead_codes, code);
    if (dead == NULL)
        return (struct found){.problem = PROBLEM_not_found};
    if (strcmp(dead->event_id, event->id) != 0)
        return (struct found){.problem = PROBLEM_wrong_event};
    return (struct found){.problem = PROBLEM_void, .order_id = dead->order_id};
}

static struct found find(struct turn *turn, const struct event *event, const char *code)
{
    const struct order *order = turn_find(turn, &collection_orders, code);
    size_t index = order != NULL ? index_of(order, code) : 0;
    if (order == NULL || index == order->tickets.n)
        return find_dead(turn, event, code);
    if (strcmp(order->event_id, event->id) != 0)
        return (struct found){.problem = PROBLEM_wrong_event};
    bool good = order->status == ORDER_PAID && order->tickets.at[index].status != TICKET_VOID;
    return (struct found){.problem = good ? PROBLEMS : PROBLEM_void,
                          .order = order,
                          .index = index,
                          .order_id = order->id};
}

static const struct ticket *ticket_of(const struct found *found)
{
    return &found->order->tickets.at[found->index];
}

static struct answer show(struct turn *turn, const struct found *found)
{
    const struct ticket_view view = ticket_view_of(found->order, found->index);
    return answer_ok(turn, &ticket_view_record, &view);
}

/* Puts the ticket in its place, and the order as it is then into *found. */
static void put(struct turn *turn, struct found *found, const struct ticket *ticket,
                const char *fact)
{
    const struct order *order = ticket_edit_put(turn, found->order, found->index, ticket);
    found->order = order;
    turn_fact(turn, fact,
              &(struct fact_body){.event_id = order->event_id,
                                  .order_id = order->id,
                                  .ticket_type_id = ticket->ticket_type_id});
}

static const char *hash_of(struct turn *turn, const char *code)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char *text = mem_zeroed(turn_arena(turn), 2 * sizeof hash + 1);
    crypto_hash_sha256(hash, (const uint8_t *)code, strlen(code));
    text_hex(text, hash, sizeof hash);
    return text;
}

static void keep_scan(struct turn *turn, const char *event_id, const struct found *found,
                      const struct offline_scan *asked, enum scan_result result)
{
    struct scan *scan = turn_keep(turn, &collection_scans, turn_id(turn, SCAN_PREFIX));
    scan->event_id = event_id;
    scan->code_hash = hash_of(turn, asked->code);
    scan->gate = asked->gate;
    scan->at = asked->at.ms;
    scan->result = result;
    if (found->problem != PROBLEMS)
        scan->reason = problem_code_text(found->problem);
    scan->order_id = found->order_id;
    if (found->order != NULL)
        scan->ticket_type_id = ticket_of(found)->ticket_type_id;
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

/* Admits, if there is nothing against it, and keeps the scan; a gate's own retry leaves no trace.
 */
static struct found admit(struct turn *turn, const struct event *event,
                          const struct offline_scan *scan)
{
    struct found found = find(turn, event, scan->code);
    if (found.problem == PROBLEMS && ticket_of(&found)->status == TICKET_CHECKED_IN) {
        if (own_retry(ticket_of(&found), scan))
            return found;
        found.problem = PROBLEM_already_checked_in;
    } else if (found.problem == PROBLEMS && event->check_in_opens_at.set &&
               scan->at.ms < event->check_in_opens_at.ms) {
        found.problem = PROBLEM_not_yet;
    }
    if (found.problem == PROBLEMS) {
        struct ticket ticket = *ticket_of(&found);
        ticket.status = TICKET_CHECKED_IN;
        ticket.checked_in_at = scan->at;
        ticket.gate = scan->gate;
        ticket.nonce = scan->nonce;
        put(turn, &found, &ticket, "ticket.checked_in");
    }
    keep_scan(turn, event->id, &found, scan,
              found.problem == PROBLEMS ? SCAN_ADMITTED : SCAN_REFUSED);
    return found;
}

static struct answer refuse(struct turn *turn, const struct event *event, const struct found *found)
{
    if (found->problem == PROBLEM_not_yet)
        return answer_refuse_with(
            turn, PROBLEM_not_yet,
            json_pack("{so}", "check_in_opens_at", edit_time(event->check_in_opens_at.ms)));
    if (found->problem != PROBLEM_already_checked_in)
        return answer_refuse(turn, found->problem);
    return ticket_edit_already_checked_in(turn, ticket_of(found));
}

static void name_code(struct names *names, const char *code)
{
    names_key(names, &collection_orders, code);
    names_id(names, &collection_dead_codes, code);
}

void check_in_names(struct names *names, const struct command_body *body)
{
    const struct check_in *request = body->request;
    names_id(names, &collection_events, body->ids[ID_EVENT]);
    name_code(names, request->code);
}

static void name_holder(struct names *names, struct turn *turn, const char *code)
{
    const struct order *order = turn_find(turn, &collection_orders, code);
    size_t index = order != NULL ? index_of(order, code) : 0;
    if (order != NULL && index < order->tickets.n)
        holdings_names(names, &order->tickets.at[index]);
}

void check_in_follows(struct names *names, struct turn *turn, const struct command_body *body)
{
    const struct check_in *request = body->request;
    name_holder(names, turn, request->code);
}

static struct opt_time now(const struct turn *turn)
{
    return (struct opt_time){.set = true, .ms = turn_now(turn)};
}

struct answer check_in_admit(struct turn *turn, const struct command_body *body)
{
    const struct check_in *request = body->request;
    struct answer refusal;
    const struct event *event = edit_event(turn, body, &refusal);
    if (event == NULL)
        return refusal;
    const struct offline_scan scan = {
        .code = request->code, .gate = request->gate, .nonce = request->nonce, .at = now(turn)};
    const struct found found = admit(turn, event, &scan);
    return found.problem == PROBLEMS ? show(turn, &found) : refuse(turn, event, &found);
}

struct answer check_in_undo(struct turn *turn, const struct command_body *body)
{
    const struct check_in *request = body->request;
    struct answer refusal;
    const struct event *event = edit_event(turn, body, &refusal);
    if (event == NULL)
        return refusal;
    struct found found = find(turn, event, request->code);
    if (found.problem != PROBLEMS)
        return refuse(turn, event, &found);
    struct ticket ticket = *ticket_of(&found);
    if (ticket.status != TICKET_CHECKED_IN)
        return show(turn, &found);
    const struct offline_scan scan = {.code = request->code, .gate = ticket.gate, .at = now(turn)};
    ticket.status = TICKET_VALID;
    ticket.checked_in_at.set = false;
    ticket.gate = ticket.nonce = NULL;
    put(turn, &found, &ticket, "ticket.check_in_undone");
    keep_scan(turn, event->id, &found, &scan, SCAN_UNDONE);
    return show(turn, &found);
}

/* What a gate scanned while it was offline. */

void check_in_bulk_names(struct names *names, const struct command_body *body)
{
    const struct check_in_bulk *request = body->request;
    names_id(names, &collection_events, body->ids[ID_EVENT]);
    for (size_t i = 0; i < request->scans.n; i++)
        name_code(names, request->scans.at[i].code);
}

void check_in_bulk_follows(struct names *names, struct turn *turn, const struct command_body *body)
{
    const struct check_in_bulk *request = body->request;
    for (size_t i = 0; i < request->scans.n; i++)
        name_holder(names, turn, request->scans.at[i].code);
}

static struct scan_outcome outcome_of(struct turn *turn, const struct found *found)
{
    struct scan_outcome outcome = {.result = SCAN_ADMITTED};
    if (found->problem != PROBLEMS) {
        outcome.result = SCAN_REFUSED;
        outcome.reason = problem_code_text(found->problem);
    }
    if (found->order != NULL) {
        const struct ticket_view view = ticket_view_of(found->order, found->index);
        outcome.ticket = mem_dup(turn_arena(turn), &view, sizeof view);
        turn_shows(turn, found->order_id);
    }
    return outcome;
}

struct answer check_in_bulk(struct turn *turn, const struct command_body *body)
{
    const struct check_in_bulk *request = body->request;
    struct answer refusal;
    const struct event *event = edit_event(turn, body, &refusal);
    if (event == NULL)
        return refusal;
    size_t n = request->scans.n;
    struct scan_outcomes outcomes = {
        .results = {.at = mem_array(turn_arena(turn), struct scan_outcome, n), .n = n}};
    for (size_t i = 0; i < n; i++) {
        struct offline_scan scan = request->scans.at[i];
        if (!scan.at.set || scan.at.ms > turn_now(turn))
            scan.at = now(turn);
        const struct found found = admit(turn, event, &scan);
        outcomes.results.at[i] = outcome_of(turn, &found);
    }
    return answer_ok(turn, &scan_outcomes_record, &outcomes);
}
