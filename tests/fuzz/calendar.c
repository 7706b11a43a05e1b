/* An event as JSON: whatever is a right event makes a file that a reader of calendars takes, with
 * the event's own name. */
#include <jansson.h>
#include <libical/ical.h>
#include <string.h>

#include "db-svc/rules/messages/calendar.h"
#include "libshared/base/mem.h"
#include "libshared/contract/event.h"
#include "libshared/record/violation.h"
#include "tests/fuzz/fuzz.h"

/* libical's reader leaves out the blanks around a value. */
static bool is_all_but_blanks(const char *part, const char *text)
{
    const size_t length = strlen(part);
    const char *begin = text + strspn(text, " \t");
    return strncmp(begin, part, length) == 0 &&
           strspn(begin + length, " \t") == strlen(begin + length);
}

static void check_entry(const struct event *event, icalcomponent *calendar)
{
    HOLDS(calendar != NULL && icalcomponent_count_errors(calendar) == 0);
    icalcomponent *entry = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
    HOLDS(entry != NULL);
    HOLDS(icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT) == NULL);
    const char *summary = icalcomponent_get_summary(entry);
    HOLDS(summary != NULL && is_all_but_blanks(summary, event->name));
}

static void try(const void *arena, struct event *event)
{
    event->id = "event_01jxxxxxxxxxxxxxxxxxxxxxxx";
    event->version = 1;
    char *text = calendar_text(arena, event, "tickets@example.org", 1);
    if (text == NULL)
        return;
    icalcomponent *calendar = icalparser_parse_string(text);
    check_entry(event, calendar);
    icalcomponent_free(calendar);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    void *arena = mem_arena(NULL, 0);
    json_t *body = json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES, NULL);
    struct violations violations = {.arena = arena};
    struct decoder decoder = {.arena = arena, .violations = &violations};
    struct event event;
    if (json_is_object(body) && record_decode(&decoder, &event_record, body, &event))
        try(arena, &event);
    json_decref(body);
    mem_free(arena);
    return 0;
}
