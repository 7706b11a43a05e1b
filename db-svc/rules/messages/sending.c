#include "db-svc/rules/messages/sending.h"

#include "libshared/base/mem.h"

void sending_tell(struct turn *turn, const char *fact, const struct notification *notification)
{
    turn_fact(turn, fact,
              &(struct fact_body){
                  .event_id = notification->event_id,
                  .notification_id = notification->id,
                  .status = record_enum_text(notification_status_names, (int)notification->status),
                  .channel = record_enum_text(channel_names, (int)notification->channel)});
}

static void finish(struct turn *turn, const char *notification_id)
{
    struct notification *notification = turn_edit(turn, &collection_notifications, notification_id);
    notification->status = NOTIFICATION_SENT;
    notification->sent_at = (struct opt_time){.set = true, .ms = turn_now(turn)};
    sending_tell(turn, "notification.sent", notification);
}

void sending_count(struct turn *turn, const char *notification_id,
                   const struct notification_counts *more, bool expanded)
{
    if (turn_read(turn, &collection_notifications, notification_id) == NULL)
        return;
    struct notification *notification =
        turn_change(turn, &collection_notifications, notification_id);
    struct notification_counts *counts = mem_new(turn_arena(turn), struct notification_counts);
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
        finish(turn, notification_id);
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

void sending_recount(struct turn *turn, const struct delivery *delivery, enum delivery_status was)
{
    const struct notification_counts less = counted(was, -1), more = counted(delivery->status, 1);
    sending_count(turn, delivery->notification_id,
                  &(struct notification_counts){.queued = less.queued + more.queued,
                                                .sent = less.sent + more.sent,
                                                .failed = less.failed + more.failed,
                                                .suppressed = less.suppressed + more.suppressed},
                  false);
}
