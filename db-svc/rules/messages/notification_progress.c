#include "db-svc/rules/messages/notification_progress.h"

#include "libshared/base/mem.h"

void notification_progress_emit(struct decision *decision, const char *fact,
                                const struct notification *notification)
{
    decision_fact(
        decision, fact,
        &(struct fact_body){
            .event_id = notification->event_id,
            .notification_id = notification->id,
            .status = record_enum_text(notification_status_names, (int)notification->status),
            .channel = record_enum_text(channel_names, (int)notification->channel)});
}

static void finish(struct decision *decision, const char *notification_id)
{
    struct notification *notification =
        decision_edit(decision, &collection_notifications, notification_id);
    notification->status = NOTIFICATION_SENT;
    notification->sent_at = (struct opt_time){.set = true, .ms = decision_now(decision)};
    notification_progress_emit(decision, "notification.sent", notification);
}

void notification_progress_count(struct decision *decision, const char *notification_id,
                                 const struct notification_counts *more, bool expanded)
{
    if (decision_read(decision, &collection_notifications, notification_id) == NULL)
        return;
    struct notification *notification =
        decision_change(decision, &collection_notifications, notification_id);
    struct notification_counts *counts =
        mem_new(decision_arena(decision), struct notification_counts);
    const struct notification_counts *was = notification->counts;
    counts->queued = was->queued + more->queued;
    counts->sent = was->sent + more->sent;
    counts->failed = was->failed + more->failed;
    counts->suppressed = was->suppressed + more->suppressed;
    notification->counts = counts;
    if (expanded)
        notification->expanded = (struct opt_bool){.set = true, .value = true};
    if (notification->status == NOTIFICATION_SENDING && notification->expanded.value &&
        counts->queued == 0)
        finish(decision, notification_id);
}

/* By which of its notification's counts a delivery of that status is. */
static struct notification_counts counted(enum delivery_status status, int64_t by)
{
    switch (status) {
    case DELIVERY_QUEUED:
    case DELIVERY_SENDING:
        return (struct notification_counts){.queued = by};
    case DELIVERY_SENT:
    case DELIVERY_DELIVERED:
        return (struct notification_counts){.sent = by};
    case DELIVERY_SUPPRESSED:
        return (struct notification_counts){.suppressed = by};
    default:
        return (struct notification_counts){.failed = by};
    }
}

void notification_progress_recount(struct decision *decision, const struct delivery *delivery,
                                   enum delivery_status was)
{
    const struct notification_counts less = counted(was, -1), more = counted(delivery->status, 1);
    notification_progress_count(
        decision, delivery->notification_id,
        &(struct notification_counts){.queued = less.queued + more.queued,
                                      .sent = less.sent + more.sent,
                                      .failed = less.failed + more.failed,
                                      .suppressed = less.suppressed + more.suppressed},
        false);
}
