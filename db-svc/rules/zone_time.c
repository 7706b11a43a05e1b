#include "db-svc/rules/zone_time.h"

#define YEARS 400
#define YEARS_S (INT64_C(146097) * 24 * 60 * 60)
/* Where years begin to be looked up as earlier ones: behind every change that zones announce. */
#define LAST_YEAR 2500
#define LAST_S INT64_C(16725225600)

icaltimezone *zone_time_zone(const char *name)
{
    icaltimezone *zone = icaltimezone_get_builtin_timezone(name);
    return zone != NULL ? zone : icaltimezone_get_utc_timezone();
}

static int calendars_behind(int64_t seconds)
{
    return seconds < LAST_S ? 0 : (int)((seconds - LAST_S) / YEARS_S) + 1;
}

static struct icaltimetype utc_time(int64_t seconds)
{
    return icaltime_from_timet_with_zone((time_t)seconds, 0, icaltimezone_get_utc_timezone());
}

struct icaltimetype zone_time_local(icaltimezone *zone, int64_t seconds)
{
    int calendars = calendars_behind(seconds);
    struct icaltimetype time =
        icaltime_convert_to_zone(utc_time(seconds - calendars * YEARS_S), zone);
    time.year += calendars * YEARS;
    return time;
}

int64_t zone_time_utc(icaltimezone *zone, struct icaltimetype local)
{
    int calendars = local.year < LAST_YEAR ? 0 : (local.year - LAST_YEAR) / YEARS + 1;
    local.year -= calendars * YEARS;
    return (int64_t)icaltime_as_timet_with_zone(local, zone) + calendars * YEARS_S;
}

int zone_time_offset(icaltimezone *zone, int64_t seconds)
{
    struct icaltimetype time = utc_time(seconds - calendars_behind(seconds) * YEARS_S);
    return icaltimezone_get_utc_offset_of_utc_time(zone, &time, NULL);
}
