#include "db-svc/rules/messages/delivery.h"

#include <string.h>

#include "db-svc/rules/rules.h"
#include "db-svc/rules/edit.h"
#include "db-svc/rules/messages/sending.h"
#include "db-svc/rules/messages/suppression.h"

static struct opt_time later(struct turn *turn, int64_t ms)
{
    return (struct opt_time){.set = true, .ms = turn_now(turn) + ms};
}

void delivery_offer(struct turn *turn, struct delivery *delivery)
{
    delivery->due_at = later(turn, DELIVERY_OFFER_MS);
    turn_deliver(turn, delivery);
}

/* Deliveries outlive their event: what has been begun is finished. */
const struct delivery *delivery_find(struct turn *turn, const char *event_id, const char *id)
{
    const struct delivery *delivery = turn_read(turn, &collection_deliveries, id);
    bool own = delivery != NULL && strcmp(delivery->event_id, event_id) == 0;
    return own ? delivery : NULL;
}

static const struct delivery *named(struct turn *turn, const struct command_body *body)
{
    return delivery_find(turn, body->ids[ID_EVENT], body->ids[ID_DELIVERY]);
}

bool delivery_is_open(const struct delivery *delivery)
{
    return delivery->status == DELIVERY_QUEUED || delivery->status == DELIVERY_SENDING;
}

void delivery_tell(struct turn *turn, const char *fact, const struct delivery *delivery)
{
    turn_fact(turn, fact,
              &(struct fact_body){
                  .event_id = delivery->event_id,
                  .notification_id = delivery->notification_id,
                  .delivery_id = delivery->id,
                  .status = record_enum_text(delivery_status_names, (int)delivery->status),
                  .channel = record_enum_text(channel_names, (int)delivery->channel)});
}

void delivery_end(struct turn *turn, struct delivery *delivery, enum delivery_status status)
{
    bool sent = status == DELIVERY_SENT;
    const char *fact = sent                            ? "delivery.sent"
                       : status == DELIVERY_SUPPRESSED ? "delivery.suppressed"
                                                       : "delivery.failed";
    delivery->status = status;
    delivery->due_at.set = false;
    if (sent)
        delivery->sent_at = later(turn, 0);
    delivery_tell(turn, fact, delivery);
    sending_recount(turn, delivery, DELIVERY_QUEUED);
}

/* Counts attempts anew; the text stays as it was. */
static void offer_again(struct turn *turn, const struct delivery *was)
{
    struct delivery *delivery = turn_change(turn, &collection_deliveries, was->id);
    delivery->status = DELIVERY_QUEUED;
    delivery->attempts = 0;
    delivery->resends++;
    delivery->claim = delivery->provider_id = delivery->error = NULL;
    delivery->sent_at.set = false;
    delivery_offer(turn, delivery);
    delivery_tell(turn, "delivery.resent", delivery);
    sending_recount(turn, delivery, was->status);
}

static struct answer delivery_resend(struct turn *turn, const struct command_body *body)
{
    const struct delivery *was = named(turn, body);
    if (was == NULL || strcmp(was->notification_id, body->ids[ID_NOTIFICATION]) != 0 ||
        turn_read(turn, &collection_notifications, was->notification_id) == NULL)
        return answer_refuse(turn, PROBLEM_not_found);
    if (turn_stale(turn, was))
        return answer_refuse(turn, PROBLEM_precondition_failed);
    if (was->status == DELIVERY_SUPPRESSED && !suppression_is_error(was->error))
        return edit_illegal(turn, record_enum_text(delivery_status_names, DELIVERY_SUPPRESSED),
                            record_enum_text(delivery_status_names, DELIVERY_QUEUED));
    if (was->erased_at.set)
        return edit_illegal(turn, "erased",
                            record_enum_text(delivery_status_names, DELIVERY_QUEUED));
    if (!delivery_is_open(was))
        offer_again(turn, was);
    return answer_ok(turn, &delivery_record, turn_read(turn, &collection_deliveries, was->id));
}

/* A due delivery: nobody took the offer, its time has come again, or its sender fell. */
static struct answer delivery_requeue(struct turn *turn, const struct command_body *body)
{
    const struct delivery *was = named(turn, body);
    if (was == NULL)
        return answer_refuse(turn, PROBLEM_not_found);
    if (!delivery_is_open(was))
        return answer_ok(turn, &delivery_record, was);
    if (was->due_at.ms > turn_now(turn))
        return answer_not_due(turn, &delivery_record, was);
    struct delivery *delivery = turn_change(turn, &collection_deliveries, was->id);
    if (delivery->attempts >= DELIVERY_ATTEMPTS_MAX) {
        delivery->error = "no_outcome";
        delivery_end(turn, delivery, DELIVERY_FAILED);
    } else {
        delivery->status = DELIVERY_QUEUED;
        delivery_offer(turn, delivery);
    }
    return answer_ok(turn, &delivery_record, delivery);
}

const struct handler delivery_handlers[] = {
    {"delivery.resend", delivery_resend},
    {"delivery.requeue", delivery_requeue},
    {0},
};
