#include "db-svc/rules/sending.h"

#include "libshared/base/mem.h"

static void finish(struct turn *turn, const char *notification_id)
{
    struct notification *notification = turn_edit(turn, &collection_notifications, notification_id);
    notification->status = NOTIFICATION_SENT;
    notification->sent_at = (struct opt_time){.set = true, .ms = turn_now(turn)};
    turn_fact(turn, "notification.sent",
              &(struct fact_body){
                  .event_id = notification->event_id,
                  .notification_id = notification->id,
                  .status = record_enum_text(notification_status_names, NOTIFICATION_SENT),
                  .channel = record_enum_text(channel_names, (int)notification->channel)});
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
