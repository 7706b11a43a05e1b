/* The scans of a gate that was offline: each counts once, however often it is uploaded. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/sales/admitting.h"
#include "db-svc/rules/sales/check_in_list.h"
#include "db-svc/rules/sales/scanning.h"
#include "libshared/base/mem.h"

/* With the ticket as it is now. */
static struct scan_outcome outcome_of(struct decision *decision, const struct gate_found *found,
                                      enum scan_result result, const char *reason)
{
    struct scan_outcome outcome = {.result = result, .reason = reason};
    struct ticket_view view;
    if (found->elsewhere != NULL) {
        outcome.event_id = found->elsewhere->id;
        outcome.event_name = found->elsewhere->name;
    }
    if (gate_view(decision, found, &view)) {
        outcome.ticket = mem_dup(decision_arena(decision), &view, sizeof view);
        decision_shows(decision, view.order_id);
    }
    return outcome;
}

static struct scan_outcome repeat(struct decision *decision, const struct event *event,
                                  const char *code, enum scan_result result, const char *reason)
{
    const struct gate_found found = gate_find(decision, event, code);
    return outcome_of(decision, &found, result, reason);
}

/* The place of the scan of that key among those before it; n: there is none. */
static size_t earlier(const char *const *keys, size_t n)
{
    size_t i = 0;
    while (i < n && (keys[n] == NULL || keys[i] == NULL || strcmp(keys[i], keys[n]) != 0))
        i++;
    return i;
}

struct upload {
    const struct event *event;
    const struct check_in_bulk *request;
    const char **keys;
    struct scan_outcome *outcomes;
};

static struct scan_outcome take(struct decision *decision, const struct upload *upload, size_t i)
{
    const struct offline_scan *scan = &upload->request->scans.at[i];
    upload->keys[i] = scanning_key(decision, upload->event->id, scan);
    const struct scan *kept = scanning_kept(decision, upload->keys[i]);
    if (kept != NULL)
        return repeat(decision, upload->event, scan->code, kept->result, kept->reason);
    size_t k = earlier(upload->keys, i);
    if (k < i)
        return repeat(decision, upload->event, scan->code, upload->outcomes[k].result,
                      upload->outcomes[k].reason);
    const struct gate_found found = admitting_scan(decision, upload->event, scan);
    bool admitted = found.problem == PROBLEM_NONE;
    return outcome_of(decision, &found, admitted ? SCAN_ADMITTED : SCAN_REFUSED,
                      admitted ? NULL : problem_code_text(found.problem));
}

static void want(struct decision *decision, const struct check_in_bulk *request,
                 const char *event_id)
{
    for (size_t i = 0; i < request->scans.n; i++) {
        const struct offline_scan *scan = &request->scans.at[i];
        gate_want(decision, scan->code);
        (void)decision_want(decision, &collection_check_in_lists, scan->list_id);
        scanning_want(decision, scanning_key(decision, event_id, scan));
    }
}

static bool check_lists(struct decision *decision, const char *event_id,
                        const struct check_in_bulk *request, struct answer *ret_refusal)
{
    struct decoder decoder = decision_decoder(decision);
    struct path scans = {.name = "scans"};
    for (size_t i = 0; i < request->scans.n; i++)
        check_in_list_check(decision, event_id, &request->scans.at[i],
                            &(struct path){.parent = &scans, .index = i}, &decoder);
    if (decoder.violations->n == 0)
        return true;
    *ret_refusal = answer_invalid(decision, decoder.violations);
    return false;
}

DECISION(ticket_check_in_bulk, check_in_bulk_record)
{
    struct answer refusal;
    const struct event *event = edit_event(decision, body, &refusal);
    if (event == NULL)
        return refusal;
    size_t n = request->scans.n;
    want(decision, request, event->id);
    if (!check_lists(decision, event->id, request, &refusal))
        return refusal;
    const struct upload upload = {.event = event,
                                  .request = request,
                                  .keys = mem_array(decision_arena(decision), const char *, n),
                                  .outcomes =
                                      mem_array(decision_arena(decision), struct scan_outcome, n)};
    for (size_t i = 0; i < n; i++)
        upload.outcomes[i] = take(decision, &upload, i);
    const struct scan_outcomes outcomes = {.results = {.at = upload.outcomes, .n = n}};
    return answer_ok(decision, &scan_outcomes_record, &outcomes);
}

const struct handler ticket_check_in_bulk_handlers[] = {
    {"ticket.check_in_bulk", ticket_check_in_bulk, &check_in_bulk_record,
     .changes = 3 * CHECK_INS_MAX},
    {0},
};
