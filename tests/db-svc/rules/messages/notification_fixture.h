/* notification_fixture: an event with attendees, and notifications to them. */
#pragma once

#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define MAIL "'channel':'email','subject':'Hello','message':'Doors at eight.'"
#define ALL MAIL ",'audience':{'all':true}"
#define LATER ",'send_at':'2026-05-01T19:00:00Z'"
#define HOUR 3600000
#define NOBODY "attendee_7zzzzzzzzzzzzzzzzzzzzzzzzz"

static inline void begin(void)
{
    given_published(&t);
    given_event(&t, OTHER_EVENT_ID, EVENT_PUBLISHED);
}

static inline const char *make(const char *type, const char *body)
{
    scenario_when(&t, type, "{" AT ",%s}", body);
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static inline void when(const char *type, const char *id, const char *more)
{
    scenario_when(&t, type, "{" AT ",'notification_id':'%s'%s}", id, more);
}

static inline const struct notification *notification(const char *id)
{
    return scenario_record(&t, &collection_notifications, id);
}

/* Attendee number n, with a phone if n is even. */
static inline const char *attendee_id(int n)
{
    return mem_printf(t.arena, "attendee_01jz3w4v9he8qb2m5x7k6d%04d", n);
}

static inline void given_attendees(int n, enum attendee_status status, int first)
{
    for (int i = first; i < first + n; i++)
        scenario_given(&t, &collection_attendees, attendee_id(i),
                       &(struct attendee){.event_id = EVENT_ID,
                                          .name = "Ana Secret",
                                          .email = mem_printf(t.arena, "a%d@example.org", i),
                                          .phone = i % 2 == 0 ? "+34600111222" : NULL,
                                          .status = status});
}
