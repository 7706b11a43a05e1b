#include "db-svc/rules/messages/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/rules/messages/fold.h"
#include "db-svc/rules/zone_time.h"
#include "libshared/base/mem.h"

static struct icaltimetype utc_time(int64_t ms)
{
    return icaltime_from_timet_with_zone((time_t)(ms / 1000), 0, icaltimezone_get_utc_timezone());
}

static int utc_offset(icaltimezone *zone, int64_t ms)
{
    return zone_time_offset(zone, ms / 1000);
}

/* NULL: the event goes by UTC. */
static icaltimezone *zone_of(const struct event *event)
{
    if (strcmp(event->time_zone, "UTC") == 0)
        return NULL;
    return icaltimezone_get_builtin_timezone(event->time_zone);
}

/* A definition that holds when the event begins, and leaves out the century before. */
static icalcomponent *zone_component(const struct event *event, icaltimezone *zone)
{
    int offset = utc_offset(zone, event->starts_at);
    icalcomponent *rule = icalcomponent_vanew(
        ICAL_XSTANDARD_COMPONENT, icalproperty_new_dtstart(icaltime_from_string("19700101T000000")),
        icalproperty_new_tzoffsetfrom(offset), icalproperty_new_tzoffsetto(offset), (void *)0);
    return icalcomponent_vanew(ICAL_VTIMEZONE_COMPONENT, icalproperty_new_tzid(event->time_zone),
                               rule, (void *)0);
}

#define DAY_MS (24 * 60 * 60 * 1000)

/* Whether the clocks of the zone show the time a second time, as they do when they go back. */
static bool is_repeated(icaltimezone *zone, int64_t ms)
{
    int offset = utc_offset(zone, ms);
    const int others[] = {utc_offset(zone, ms - DAY_MS), utc_offset(zone, ms + DAY_MS)};
    for (size_t i = 0; i < 2; i++) {
        int64_t twin = ms + (offset - others[i]) * INT64_C(1000);
        if (others[i] != offset && utc_offset(zone, twin) == others[i])
            return true;
    }
    return false;
}

/* Local if the offset is the defined one and no other time is the same, else in UTC: readers take
 * the first of two. */
static icalproperty *time_property(icalproperty *(*make)(struct icaltimetype),
                                   const struct event *event, icaltimezone *zone, int64_t ms)
{
    struct icaltimetype time = utc_time(ms);
    if (zone == NULL || utc_offset(zone, ms) != utc_offset(zone, event->starts_at) ||
        is_repeated(zone, ms))
        return make(time);
    icalproperty *property = make(zone_time_local(zone, ms / 1000));
    icalproperty_add_parameter(property, icalparameter_new_tzid(event->time_zone));
    return property;
}

static enum icalproperty_status status_of(const struct event *event)
{
    switch (event->status) {
    case EVENT_CANCELLED:
        return ICAL_STATUS_CANCELLED;
    case EVENT_PUBLISHED:
    case EVENT_FINISHED:
        return ICAL_STATUS_CONFIRMED;
    default:
        return ICAL_STATUS_TENTATIVE;
    }
}

/* It stands in a line of its own. */
static bool is_address(const char *text)
{
    return text != NULL && strchr(text, '@') != NULL && strpbrk(text, " \t\r\n") == NULL;
}

/* NULL: nobody is known. */
static const char *organizer_of(const struct event *event, const char *sender)
{
    if (event->contact != NULL)
        return event->contact;
    return is_address(sender) ? sender : NULL;
}

/* The sender's domain makes the id, since the contact may change. */
static icalcomponent *entry(const void *arena, const struct event *event, const char *sender,
                            int64_t now)
{
    icaltimezone *zone = zone_of(event);
    const char *organizer = organizer_of(event, sender);
    icalcomponent *entry = icalcomponent_vanew(
        ICAL_VEVENT_COMPONENT,
        icalproperty_new_uid(is_address(sender)
                                 ? mem_printf(arena, "%s%s", event->id, strrchr(sender, '@'))
                                 : event->id),
        icalproperty_new_sequence((int)event->version), icalproperty_new_dtstamp(utc_time(now)),
        time_property(icalproperty_new_dtstart, event, zone, event->starts_at),
        icalproperty_new_summary(event->name), icalproperty_new_location(event->location),
        icalproperty_new_status(status_of(event)), (void *)0);
    if (event->ends_at.set)
        icalcomponent_add_property(
            entry, time_property(icalproperty_new_dtend, event, zone, event->ends_at.ms));
    if (organizer != NULL)
        icalcomponent_add_property(
            entry, icalproperty_new_organizer(mem_printf(arena, "mailto:%s", organizer)));
    return entry;
}

/* libical writes none of a later year. */
static bool is_writable(int64_t ms)
{
    return utc_time(ms).year <= 3000;
}

/* Calendars take a cancellation of its organizer alone (RFC 5546, 3.2.5). */
static enum icalproperty_method method_of(const struct event *event, const char *sender)
{
    bool cancels = event->status == EVENT_CANCELLED && organizer_of(event, sender) != NULL;
    return cancels ? ICAL_METHOD_CANCEL : ICAL_METHOD_PUBLISH;
}

char *calendar_text(const void *arena, const struct event *event, const char *sender, int64_t now)
{
    if (!is_writable(event->starts_at) || (event->ends_at.set && !is_writable(event->ends_at.ms)))
        return NULL;
    icaltimezone *zone = zone_of(event);
    icalcomponent *calendar =
        icalcomponent_vanew(ICAL_VCALENDAR_COMPONENT, icalproperty_new_version("2.0"),
                            icalproperty_new_prodid("-//event-ticketing//EN"),
                            icalproperty_new_method(method_of(event, sender)), (void *)0);
    if (zone != NULL)
        icalcomponent_add_component(calendar, zone_component(event, zone));
    icalcomponent_add_component(calendar, entry(arena, event, sender, now));
    char *made = icalcomponent_as_ical_string_r(calendar);
    char *text = fold_lines(arena, made);
    icalmemory_free_buffer(made);
    icalcomponent_free(calendar);
    return text;
}
