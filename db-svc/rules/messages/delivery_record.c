/* The commands by which notify-svc claims attempts and says how they ended. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/messages/outgoing_message.h"
#include "db-svc/rules/messages/delivery_attempt.h"
#include "libshared/base/mem.h"

#define MESSAGES_MAX (512 * 1024) /* bytes in one answer, and the last letter */

static struct delivery_payload order_of(const struct delivery *delivery)
{
    return (struct delivery_payload){.id = delivery->id,
                                     .notification_id = delivery->notification_id,
                                     .event_id = delivery->event_id,
                                     .name = delivery->recipient,
                                     .address = delivery->address,
                                     .channel = delivery->channel,
                                     .status = delivery->status,
                                     .attempts = delivery->attempts,
                                     .resends = delivery->resends};
}

/* Only a granted claim is answered with the message. */
static struct delivery_payload enclosed(struct decision *decision, const struct delivery *delivery,
                                        const struct delivery_report *claim)
{
    struct delivery_payload order = order_of(delivery);
    outgoing_message_enclose(decision, delivery, claim->sender, &order);
    return order;
}

/* --- One --- */

static struct answer refuse_status(struct decision *decision)
{
    struct decoder decoder = decision_decoder(decision);
    violations_add(decoder.violations, &(struct path){.name = "status"}, VIOLATION_not_allowed);
    return answer_invalid(decision, decoder.violations);
}

static struct answer refuse_claimed(struct decision *decision, const struct delivery *delivery)
{
    return answer_refuse_with(
        decision, PROBLEM_already_claimed,
        json_pack("{sssI}", "delivery_status",
                  record_enum_text(delivery_status_names, (int)delivery->status), "attempts",
                  (json_int_t)delivery->attempts));
}

/* A granted claim leaves no receipt, since its answer holds tickets and links; a repeated one is
 * known by itself. */
DECISION(delivery_record_attempt, delivery_report_record)
{
    if (!delivery_attempt_is_possible(request->status))
        return refuse_status(decision);
    delivery_attempt_want(decision, body->ids[ID_DELIVERY], request->status);
    const struct delivery_attempt_ruling ruling =
        delivery_attempt_rule(decision, body->ids[ID_EVENT], body->ids[ID_DELIVERY], request);
    if (ruling.problem == PROBLEM_already_claimed)
        return refuse_claimed(decision, ruling.delivery);
    if (ruling.problem != PROBLEM_NONE)
        return answer_refuse(decision, ruling.problem);
    const struct delivery_payload order =
        ruling.granted ? enclosed(decision, ruling.delivery, request) : order_of(ruling.delivery);
    struct answer answer = answer_ok(decision, &delivery_payload_record, &order);
    answer.no_receipt = ruling.granted;
    return answer;
}

/* --- Several --- */

static void want_all(struct decision *decision, const struct delivery_bulk *bulk)
{
    for (size_t i = 0; i < bulk->reports.n; i++)
        decision_want(decision, &collection_deliveries, bulk->reports.at[i].delivery_id);
    for (size_t i = 0; i < bulk->reports.n; i++)
        delivery_attempt_want(decision, bulk->reports.at[i].delivery_id,
                              bulk->reports.at[i].status);
}

static size_t length(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

static size_t size_of(const struct delivery_payload *order)
{
    size_t size = length(order->subject) + length(order->message) + length(order->calendar);
    if (order->event != NULL)
        size += length(order->event->name) + length(order->event->where);
    for (size_t i = 0; i < order->tickets.n; i++)
        size += length(order->tickets.at[i].signature) + length(order->tickets.at[i].type) +
                length(order->tickets.at[i].holder);
    return size;
}

struct taking {
    struct decision *decision;
    const char *event_id;
    bool claims;
    size_t letters; /* bytes of them so far */
};

/* A letter that has no room any more waits for a claim of its own, which repeats this one. */
static struct delivery_bulk_outcome hand_over(struct taking *taking,
                                              const struct delivery *delivery,
                                              const struct delivery_report *claim)
{
    if (taking->letters >= MESSAGES_MAX)
        return (struct delivery_bulk_outcome){.result = BULK_ALONE};
    const struct delivery_payload order = enclosed(taking->decision, delivery, claim);
    taking->letters += size_of(&order);
    return (struct delivery_bulk_outcome){
        .result = BULK_TAKEN,
        .order = mem_dup(decision_arena(taking->decision), &order, sizeof order)};
}

static struct delivery_bulk_outcome take(struct taking *taking,
                                         const struct delivery_report *report)
{
    struct decision *decision = taking->decision;
    const char *event_id = taking->event_id, *id = report->delivery_id;
    bool claims = report->status == DELIVERY_SENDING;
    if (!delivery_attempt_is_possible(report->status))
        return (struct delivery_bulk_outcome){.result = BULK_REFUSED};
    if (claims != taking->claims ||
        (claims && delivery_attempt_is_in_vain(decision, event_id, id, report)))
        return (struct delivery_bulk_outcome){.result = BULK_ALONE};
    const struct delivery_attempt_ruling ruling =
        delivery_attempt_rule(decision, event_id, id, report);
    if (ruling.granted)
        return hand_over(taking, ruling.delivery, report);
    return (struct delivery_bulk_outcome){.result = ruling.problem == PROBLEM_NONE ? BULK_TAKEN
                                                                                   : BULK_REFUSED};
}

/* Claims leave no receipt, and so may tell nothing that is to be told again after a crash; reports
 * do both. Hence either, and of claims only those that are granted or refused. */
DECISION(delivery_record_bulk, delivery_bulk_record)
{
    struct taking taking = {.decision = decision,
                            .event_id = body->ids[ID_EVENT],
                            .claims = request->reports.at[0].status == DELIVERY_SENDING};
    struct delivery_bulk_outcomes outcomes = {.results.n = request->reports.n};
    outcomes.results.at =
        mem_array(decision_arena(decision), struct delivery_bulk_outcome, outcomes.results.n);
    want_all(decision, request);
    for (size_t i = 0; i < request->reports.n; i++)
        outcomes.results.at[i] = take(&taking, &request->reports.at[i]);
    struct answer answer = answer_ok(decision, &delivery_bulk_outcomes_record, &outcomes);
    answer.no_receipt = taking.claims;
    return answer;
}

const struct handler delivery_record_handlers[] = {
    {"delivery.record", delivery_record_attempt, &delivery_report_record},
    {"delivery.record_bulk", delivery_record_bulk, &delivery_bulk_record, .changes = DELIVERY_BULK},
    {0},
};
