#include "db-svc/rules/messages/delivery.h"

#include <string.h>

#include "db-svc/rules/rules.h"
#include "db-svc/rules/edit.h"
#include "db-svc/rules/messages/notification_progress.h"
#include "db-svc/rules/messages/outgoing_message.h"
#include "db-svc/rules/messages/suppression.h"

static struct opt_time later(struct decision *decision, int64_t ms)
{
    return (struct opt_time){.set = true, .ms = decision_now(decision) + ms};
}

void delivery_offer(struct decision *decision, struct delivery *delivery)
{
    delivery->due_at = later(decision, DELIVERY_OFFER_MS);
    decision_deliver(decision, delivery);
}

/* Deliveries outlive their event: what has been begun is finished. */
const struct delivery *delivery_find(struct decision *decision, const char *event_id,
                                     const char *id)
{
    const struct delivery *delivery = decision_read(decision, &collection_deliveries, id);
    bool own = delivery != NULL && strcmp(delivery->event_id, event_id) == 0;
    return own ? delivery : NULL;
}

static const struct delivery *named(struct decision *decision, const struct command_body *body)
{
    return delivery_find(decision, body->ids[ID_EVENT], body->ids[ID_DELIVERY]);
}

bool delivery_is_open(const struct delivery *delivery)
{
    return delivery->status == DELIVERY_QUEUED || delivery->status == DELIVERY_SENDING;
}

void delivery_emit(struct decision *decision, const char *fact, const struct delivery *delivery)
{
    decision_fact(decision, fact,
                  &(struct fact_body){
                      .event_id = delivery->event_id,
                      .notification_id = delivery->notification_id,
                      .delivery_id = delivery->id,
                      .status = record_enum_text(delivery_status_names, (int)delivery->status),
                      .channel = record_enum_text(channel_names, (int)delivery->channel)});
}

void delivery_end(struct decision *decision, struct delivery *delivery, enum delivery_status status)
{
    bool sent = status == DELIVERY_SENT;
    const char *fact = sent                            ? "delivery.sent"
                       : status == DELIVERY_SUPPRESSED ? "delivery.suppressed"
                                                       : "delivery.failed";
    delivery->status = status;
    delivery->due_at.set = false;
    if (sent)
        delivery->sent_at = later(decision, 0);
    delivery_emit(decision, fact, delivery);
    notification_progress_recount(decision, delivery, DELIVERY_QUEUED);
}

/* Counts attempts anew; the text stays as it was. */
static void offer_again(struct decision *decision, const struct delivery *was)
{
    struct delivery *delivery = decision_change(decision, &collection_deliveries, was->id);
    delivery->status = DELIVERY_QUEUED;
    delivery->attempts = 0;
    delivery->resends++;
    delivery->claim = delivery->provider_id = delivery->error = NULL;
    delivery->sent_at.set = false;
    delivery_offer(decision, delivery);
    delivery_emit(decision, "delivery.resent", delivery);
    notification_progress_recount(decision, delivery, was->status);
}

/* Why it was not sent: an address may work again, and tickets come to its reader. */
static bool may_change(const char *error)
{
    return suppression_is_error(error) ||
           (error != NULL && strcmp(error, OUTGOING_MESSAGE_POINTLESS_ERROR) == 0);
}

static struct answer delivery_resend(struct decision *decision, const struct command_body *body)
{
    const struct delivery *was = named(decision, body);
    if (was == NULL || strcmp(was->notification_id, body->ids[ID_NOTIFICATION]) != 0 ||
        decision_read(decision, &collection_notifications, was->notification_id) == NULL)
        return answer_refuse(decision, PROBLEM_not_found);
    if (decision_stale(decision, was))
        return answer_refuse(decision, PROBLEM_precondition_failed);
    if (was->status == DELIVERY_SUPPRESSED && !may_change(was->error))
        return edit_illegal(decision, record_enum_text(delivery_status_names, DELIVERY_SUPPRESSED),
                            record_enum_text(delivery_status_names, DELIVERY_QUEUED));
    if (was->erased_at.set)
        return edit_illegal(decision, "erased",
                            record_enum_text(delivery_status_names, DELIVERY_QUEUED));
    if (!delivery_is_open(was))
        offer_again(decision, was);
    return answer_ok(decision, &delivery_record,
                     decision_read(decision, &collection_deliveries, was->id));
}

/* A due delivery: nobody took the offer, its time has come again, or its sender fell. */
static struct answer delivery_requeue(struct decision *decision, const struct command_body *body)
{
    const struct delivery *was = named(decision, body);
    if (was == NULL)
        return answer_refuse(decision, PROBLEM_not_found);
    if (!delivery_is_open(was))
        return answer_ok(decision, &delivery_record, was);
    if (was->due_at.ms > decision_now(decision))
        return answer_not_due(decision, &delivery_record, was);
    struct delivery *delivery = decision_change(decision, &collection_deliveries, was->id);
    if (delivery->attempts >= DELIVERY_ATTEMPTS_MAX) {
        delivery->error = "no_outcome";
        delivery_end(decision, delivery, DELIVERY_FAILED);
    } else {
        delivery->status = DELIVERY_QUEUED;
        delivery_offer(decision, delivery);
    }
    return answer_ok(decision, &delivery_record, delivery);
}

const struct handler delivery_handlers[] = {
    {"delivery.resend", delivery_resend},
    {"delivery.requeue", delivery_requeue},
    {0},
};
