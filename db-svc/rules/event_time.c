#include "db-svc/rules/event_time.h"

#include "db-svc/rules/zone_time.h"

/* How long people are let in after the end, where no time is set. */
#define GATES_STAY_MS (12 * 60 * 60 * INT64_C(1000))
#define LONGEST_DAY_MS (26 * 60 * 60 * INT64_C(1000)) /* clocks go back by two hours at most */

static icaltimezone *zone_of(const struct event *event)
{
    return zone_time_zone(event->time_zone);
}

static struct icaltimetype local_time(icaltimezone *zone, int64_t ms)
{
    return zone_time_local(zone, ms / 1000);
}

static bool same_day(icaltimezone *zone, int64_t one, int64_t other)
{
    const struct icaltimetype a = local_time(zone, one), b = local_time(zone, other);
    return a.year == b.year && a.month == b.month && a.day == b.day;
}

/* The second nearest to `behind` that is of another day than `of`, the day of which lies between.
 * A day ends where its date does, whatever clocks do at midnight: so that second is searched for.
 */
static int64_t edge(icaltimezone *zone, int64_t of, int64_t behind)
{
    int64_t within = of / 1000;
    behind /= 1000;
    while (behind - within > 1 || within - behind > 1) {
        int64_t middle = within + (behind - within) / 2;
        if (same_day(zone, middle * 1000, of))
            within = middle;
        else
            behind = middle;
    }
    return behind * 1000;
}

static int64_t end_of_day(const struct event *event, int64_t of)
{
    return edge(zone_of(event), of, of + LONGEST_DAY_MS);
}

int64_t event_time_end(const struct event *event)
{
    return event->ends_at.set ? event->ends_at.ms : end_of_day(event, event->starts_at);
}

int64_t event_time_day_begin(const struct event *event)
{
    return edge(zone_of(event), event->starts_at, event->starts_at - LONGEST_DAY_MS) + 1000;
}

int64_t event_time_day_end(const struct event *event)
{
    return event->ends_at.set ? end_of_day(event, event->ends_at.ms - 1)
                              : end_of_day(event, event->starts_at);
}

/* What clocks of the zone show, as seconds since they showed 1970. */
static int64_t shown(icaltimezone *zone, int64_t ms)
{
    return zone_time_utc(icaltimezone_get_utc_timezone(), local_time(zone, ms));
}

int64_t event_time_moved(const struct event *event, int64_t starts_at, int64_t ms)
{
    icaltimezone *zone = zone_of(event);
    int64_t at = shown(zone, ms) + (shown(zone, starts_at) - shown(zone, event->starts_at));
    int64_t as_long = starts_at + (ms - event->starts_at);
    if (shown(zone, as_long) == at)
        return as_long; /* of an hour that comes twice, the right one */
    struct icaltimetype time = zone_time_local(icaltimezone_get_utc_timezone(), at);
    icaltime_set_timezone(&time, zone);
    return zone_time_utc(zone, time) * 1000 + ms % 1000;
}

bool event_time_is_over(const struct event *event, int64_t now)
{
    if (event->ends_at.set)
        return now >= event->ends_at.ms;
    if (now <= event->starts_at)
        return false;
    return now - event->starts_at > LONGEST_DAY_MS ||
           !same_day(zone_of(event), now, event->starts_at);
}

bool event_time_is_over_for(const struct event *event, const struct ticket_type *type, int64_t now)
{
    bool sells_longer = type->sales_end.set && now < type->sales_end.ms;
    return !sells_longer && event_time_is_over(event, now);
}

bool event_time_gates_are_closed(const struct event *event, int64_t at)
{
    return event->check_in_closes_at.set ? at >= event->check_in_closes_at.ms
                                         : event_time_is_over(event, at - GATES_STAY_MS);
}
