/* Settlement: what carriers say became of a message that was handed over. */
#include "db-svc/rules/rules.h"
#include "db-svc/rules/messages/delivery.h"
#include "db-svc/rules/edit.h"
#include "db-svc/rules/messages/notification_progress.h"
#include "db-svc/rules/messages/suppression.h"

/* Reports come in any order: the one that says more counts. A message that was said to have failed
 * may have arrived after all, and what has arrived may still come back. */
static int weight(enum delivery_status status)
{
    switch (status) {
    case DELIVERY_FAILED:
        return 1;
    case DELIVERY_DELIVERED:
        return 2;
    case DELIVERY_BOUNCED:
        return 3;
    default:
        return 0;
    }
}

static const struct {
    enum delivery_status status;
    const char *fact;
} ends[] = {
    [SETTLEMENT_FAILED] = {DELIVERY_FAILED, "delivery.failed"},
    [SETTLEMENT_DELIVERED] = {DELIVERY_DELIVERED, "delivery.delivered"},
    [SETTLEMENT_BOUNCED] = {DELIVERY_BOUNCED, "delivery.bounced"},
    [SETTLEMENT_COMPLAINED] = {DELIVERY_DELIVERED, "delivery.delivered"},
};

static void put_end(struct decision *decision, const struct delivery *was,
                    const struct delivery_settlement *settlement)
{
    struct delivery *delivery = decision_change(decision, &collection_deliveries, was->id);
    delivery->status = ends[settlement->status].status;
    delivery->due_at.set = false;
    delivery->error = delivery->status == DELIVERY_DELIVERED ? NULL : settlement->error;
    if (!delivery->sent_at.set)
        delivery->sent_at = (struct opt_time){.set = true, .ms = decision_now(decision)};
    delivery_emit(decision, ends[settlement->status].fact, delivery);
    notification_progress_recount(decision, delivery, was->status);
}

/* A recipient who complained, or is not there, is not written to again. */
static void set_aside(struct decision *decision, const struct delivery *delivery,
                      const struct delivery_settlement *settlement)
{
    bool permanent = !settlement->permanent.set || settlement->permanent.value;
    if (settlement->status == SETTLEMENT_COMPLAINED)
        suppression_add(decision, delivery, SUPPRESSION_COMPLAINED, settlement->error);
    else if (settlement->status == SETTLEMENT_BOUNCED && permanent)
        suppression_add(decision, delivery, SUPPRESSION_BOUNCED, settlement->error);
}

DECISION(delivery_settle, delivery_settlement_record)
{
    const struct delivery *was =
        delivery_find(decision, body->ids[ID_EVENT], body->ids[ID_DELIVERY]);
    if (was == NULL)
        return answer_refuse(decision, PROBLEM_not_found);
    if (request->resends.set && request->resends.value < was->resends)
        return answer_ok(decision, &delivery_record, was);
    enum delivery_status status = ends[request->status].status;
    if (was->attempts == 0)
        return edit_illegal(decision, record_enum_text(delivery_status_names, (int)was->status),
                            record_enum_text(delivery_status_names, (int)status));
    decision_want(decision, &collection_notifications,
                  was->notification_id); /* at once with the suppression */
    set_aside(decision, was, request);
    if (weight(status) > weight(was->status))
        put_end(decision, was, request);
    return answer_ok(decision, &delivery_record,
                     decision_read(decision, &collection_deliveries, was->id));
}

const struct handler delivery_settle_handlers[] = {
    {"delivery.settle", delivery_settle, &delivery_settlement_record},
    {0},
};
