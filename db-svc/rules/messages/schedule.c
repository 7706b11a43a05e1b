#include "db-svc/rules/messages/schedule.h"

#include <string.h>

#include "db-svc/rules/zone_time.h"
#include "libshared/base/duration.h"
#include "libshared/base/text.h"

static void shift_months(struct icaltimetype *day, int64_t months)
{
    int64_t month = (int64_t)day->year * 12 + day->month - 1 + months;
    day->year = (int)(month / 12);
    day->month = (int)(month % 12) + 1;
    int last = icaltime_days_in_month(day->month, day->year);
    if (day->day > last)
        day->day = last;
}

/* A time that the clocks skip is as much later as they skip (RFC 5545 section 3.3.5). */
static int64_t utc_of(struct icaltimetype local, icaltimezone *zone)
{
    icaltimezone *utc = icaltimezone_get_utc_timezone();
    int64_t at = zone_time_utc(zone, local);
    return at + zone_time_utc(utc, local) - zone_time_utc(utc, zone_time_local(zone, at));
}

static int64_t shifted(const struct event *event, int64_t from, const char *by, int sign)
{
    struct duration duration = {0};
    icaltimezone *zone = zone_time_zone(event->time_zone);
    (void)duration_parse(by, &duration);
    struct icaltimetype day = zone_time_local(zone, from / 1000);
    shift_months(&day, sign * duration.months);
    icaltime_adjust(&day, sign * (int)duration.days, 0, 0, 0);
    return utc_of(day, zone) * 1000 + from % 1000 + sign * duration.ms;
}

static bool keeps_to_event(const struct notification *notification)
{
    return notification->before_start != NULL || notification->after_end != NULL;
}

static struct opt_time due_at(const struct event *event, const struct notification *notification)
{
    const struct opt_time never = {0};
    if (!keeps_to_event(notification))
        return notification->send_at;
    if (event->status == EVENT_POSTPONED)
        return never;
    if (notification->before_start != NULL)
        return (struct opt_time){true,
                                 shifted(event, event->starts_at, notification->before_start, -1)};
    if (!event->ends_at.set)
        return never;
    return (struct opt_time){true, shifted(event, event->ends_at.ms, notification->after_end, 1)};
}

static bool same_time(struct opt_time one, struct opt_time other)
{
    return one.set == other.set && (!one.set || one.ms == other.ms);
}

void schedule_check(struct decoder *decoder, const struct event *event,
                    const struct notification *was, const struct notification *wanted, int64_t now)
{
    const char *member = wanted->before_start != NULL ? "before_start"
                         : wanted->after_end != NULL  ? "after_end"
                                                      : "send_at";
    const struct opt_time due = due_at(event, wanted);
    if (text_equal(was->before_start, wanted->before_start) &&
        text_equal(was->after_end, wanted->after_end) && same_time(was->send_at, wanted->send_at))
        return;
    if (wanted->after_end != NULL && !event->ends_at.set)
        violations_add(decoder->violations, &(struct path){.name = member}, VIOLATION_needs_end);
    else if (due.set && due.ms <= now)
        violations_add(decoder->violations, &(struct path){.name = member},
                       VIOLATION_must_be_future);
}

void schedule_plan(const struct event *event, struct notification *notification)
{
    bool planned = keeps_to_event(notification) || notification->send_at.set;
    notification->status = planned ? NOTIFICATION_SCHEDULED : NOTIFICATION_DRAFT;
    notification->due_at = due_at(event, notification);
    notification->planned_at.set = false;
    if (keeps_to_event(notification))
        notification->planned_at = notification->due_at;
}

bool schedule_waits(const struct notification *notification, int64_t now)
{
    if (notification->due_at.set)
        return notification->due_at.ms > now;
    return notification->status == NOTIFICATION_SCHEDULED && keeps_to_event(notification);
}

bool schedule_moves(const struct event *was, const struct event *event)
{
    return was->status != event->status || was->starts_at != event->starts_at ||
           !same_time(was->ends_at, event->ends_at) ||
           !text_equal(was->time_zone, event->time_zone);
}

bool schedule_is_outdated(const struct event *event, const struct notification *notification)
{
    return notification->status == NOTIFICATION_SCHEDULED && keeps_to_event(notification) &&
           (event->status == EVENT_CANCELLED ||
            !same_time(notification->due_at, due_at(event, notification)));
}
