/* The event as a file for calendars. */
#include "db-svc/rules/messages/calendar.h"

#include <libical/ical.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"
#include "tests/support/ids.h"

#define NOW 1777658400000    /* 2026-05-01T18:00:00Z */
#define STARTS 1906567200000 /* 2030-06-01T18:00:00Z */

static void *arena;
static struct event gala;

static void begin(void)
{
    arena = mem_arena(NULL, 0);
    gala = (struct event){.id = EVENT_ID,
                          .name = "Gala",
                          .location = "Palau, Barcelona",
                          .time_zone = "Europe/Madrid",
                          .status = EVENT_PUBLISHED,
                          .version = 3,
                          .starts_at = STARTS,
                          .ends_at = {true, STARTS + 9000000}};
}

static const char *text(void)
{
    return calendar_text(arena, &gala, "tickets@example.org", NOW);
}

static bool has_line(const char *line)
{
    return strstr(text(), mem_printf(arena, "\r\n%s\r\n", line)) != NULL;
}

static void check_line(const char *line)
{
    ck_assert_msg(has_line(line), "%s is not in\n%s", line, text());
}

START_TEST(an_event_is_a_published_entry)
{
    begin();
    check_line("METHOD:PUBLISH");
    check_line("VERSION:2.0");
    check_line("UID:" EVENT_ID "@example.org");
    check_line("SEQUENCE:3");
    check_line("DTSTAMP:20260501T180000Z");
    check_line("DTSTART;TZID=Europe/Madrid:20300601T200000");
    check_line("DTEND;TZID=Europe/Madrid:20300601T223000");
    check_line("SUMMARY:Gala");
    check_line("LOCATION:Palau\\, Barcelona");
    check_line("STATUS:CONFIRMED");
    check_line("ORGANIZER:mailto:tickets@example.org");
    mem_free(arena);
}
END_TEST

/* RFC 5545 section 3.6.5: a zone that is named is told, as it is at that time. */
START_TEST(the_time_zone_is_told)
{
    begin();
    check_line("TZID:Europe/Madrid");
    check_line("TZOFFSETTO:+0200");
    gala.starts_at = 1925884800000; /* 2031-01-11T08:00:00Z */
    gala.ends_at.set = false;
    check_line("TZOFFSETTO:+0100");
    check_line("DTSTART;TZID=Europe/Madrid:20310111T090000");
    ck_assert_ptr_null(strstr(text(), "DTEND"));
    mem_free(arena);
}
END_TEST

/* 2030-10-27T01:00:00Z: the clocks go back. */
START_TEST(an_event_over_a_clock_change_ends_when_it_does)
{
    begin();
    gala.starts_at = 1919286000000; /* 2030-10-26T23:00:00Z */
    gala.ends_at.ms = gala.starts_at + 4 * 3600000;
    check_line("DTSTART;TZID=Europe/Madrid:20301027T010000");
    check_line("DTEND:20301027T030000Z");
    mem_free(arena);
}
END_TEST

/* 02:30 in Madrid comes twice on 2030-10-27: readers take the first. */
START_TEST(a_time_of_a_repeated_hour_is_in_utc)
{
    static const struct {
        const char *zone;
        int64_t starts_at;
        const char *line;
    } rows[] = {
        {"Europe/Madrid", 1919289599000, "DTSTART;TZID=Europe/Madrid:20301027T015959"},
        {"Europe/Madrid", 1919289600000, "DTSTART:20301027T000000Z"},
        {"Europe/Madrid", 1919291400000, "DTSTART:20301027T003000Z"},
        {"Europe/Madrid", 1919295000000, "DTSTART:20301027T013000Z"},
        {"Europe/Madrid", 1919296800000, "DTSTART;TZID=Europe/Madrid:20301027T030000"},
        {"Australia/Lord_Howe", 1901718000000, "DTSTART:20300406T150000Z"},
        {"Australia/Lord_Howe", 1901717400000, "DTSTART:20300406T145000Z"},
        {"Australia/Lord_Howe", 1901716199000, "DTSTART;TZID=Australia/Lord_Howe:20300407T012959"},
        {"CET", 1919295000000, "DTSTART:20301027T013000Z"},
        {"Europe/Madrid", 1919289599000 + 2 * 146097 * 86400000LL,
         "DTSTART;TZID=Europe/Madrid:28301027T015959"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        gala.time_zone = rows[i].zone;
        gala.starts_at = rows[i].starts_at;
        gala.ends_at.set = false;
        check_line(rows[i].line);
        mem_free(arena);
    }
}
END_TEST

START_TEST(an_end_in_a_repeated_hour_is_in_utc)
{
    begin();
    gala.starts_at = 1919286000000; /* 2030-10-26T23:00:00Z */
    gala.ends_at.ms = 1919291400000;
    check_line("DTSTART;TZID=Europe/Madrid:20301027T010000");
    check_line("DTEND:20301027T003000Z");
    mem_free(arena);
}
END_TEST

START_TEST(in_utc_no_zone_is_named)
{
    begin();
    gala.time_zone = "UTC";
    check_line("DTSTART:20300601T180000Z");
    ck_assert_ptr_null(strstr(text(), "VTIMEZONE"));
    gala.time_zone = "No/Where";
    check_line("DTSTART:20300601T180000Z");
    mem_free(arena);
}
END_TEST

START_TEST(without_a_sender_there_is_no_organizer)
{
    begin();
    const char *alone = calendar_text(arena, &gala, NULL, NOW);
    ck_assert_ptr_null(strstr(alone, "ORGANIZER"));
    ck_assert_ptr_nonnull(strstr(alone, "\r\nUID:" EVENT_ID "\r\n"));
    ck_assert_ptr_null(strstr(calendar_text(arena, &gala, "a@b\r\nX:y", NOW), "ORGANIZER"));
    mem_free(arena);
}
END_TEST

START_TEST(a_status_is_told)
{
    begin();
    gala.status = EVENT_CANCELLED;
    check_line("STATUS:CANCELLED");
    gala.status = EVENT_POSTPONED;
    check_line("STATUS:TENTATIVE");
    gala.status = EVENT_DRAFT;
    check_line("STATUS:TENTATIVE");
    mem_free(arena);
}
END_TEST

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* RFC 5545 section 3.1: lines end with CR and LF, have at most 75 octets, and are cut between
 * characters only. */
static void check_lines(const char *file)
{
    while (*file != '\0') {
        size_t size = strcspn(file, "\r\n");
        ck_assert_msg(size > 0 && size <= 75, "%zu octets: %s", size, file);
        ck_assert_msg(strncmp(file + size, "\r\n", 2) == 0, "%s", file + size);
        file += size + 2;
        ck_assert_msg(!is_continuation(*file) && !(*file == ' ' && is_continuation(file[1])), "%s",
                      file);
    }
}

START_TEST(a_name_of_any_length_is_folded_right)
{
    static const char *const pieces[] = {"a", "\xc3\xb1", "\xe2\x82\xac", "\xf0\x9f\x8e\xab", "a,"};
    begin();
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++)
        for (size_t n = 1; n <= 240; n++) {
            char *name = mem_strdup(arena, n % 2 == 0 ? "x" : "");
            for (size_t i = 0; i < n; i++)
                name = talloc_strdup_append_buffer(name, pieces[p]);
            gala.name = name;
            const char *file = text();
            check_lines(file);
            icalcomponent *parsed = icalparser_parse_string(file);
            ck_assert_ptr_nonnull(parsed);
            ck_assert_int_eq(icalcomponent_count_errors(parsed), 0);
            ck_assert_str_eq(icalcomponent_get_summary(
                                 icalcomponent_get_first_component(parsed, ICAL_VEVENT_COMPONENT)),
                             name);
            icalcomponent_free(parsed);
            talloc_free(name);
        }
    mem_free(arena);
}
END_TEST

START_TEST(a_name_stays_within_its_line)
{
    begin();
    gala.name = "Gala\r\nATTENDEE:mailto:x@y.org;\\, \xc3\xb1 and a name that is much longer than "
                "a line of "
                "seventy-five octets has room for";
    ck_assert_ptr_null(strstr(text(), "\nATTENDEE"));
    icalcomponent *parsed = icalparser_parse_string(text());
    icalcomponent *entry = icalcomponent_get_first_component(parsed, ICAL_VEVENT_COMPONENT);
    ck_assert_ptr_nonnull(entry);
    ck_assert_int_eq(icalcomponent_count_errors(parsed), 0);
    ck_assert_ptr_nonnull(
        strstr(icalcomponent_get_summary(entry), "ATTENDEE:mailto:x@y.org;\\, \xc3\xb1"));
    icalcomponent_free(parsed);
    const char *line = text();
    for (const char *end; (end = strstr(line, "\r\n")) != NULL; line = end + 2)
        ck_assert_int_le(end - line, 75);
    mem_free(arena);
}
END_TEST

START_TEST(an_event_beyond_what_calendars_write_has_none)
{
    begin();
    gala.starts_at = INT64_C(32503680000) * 1000 - 7200000; /* the last hours of the year 2999 */
    gala.ends_at.ms = gala.starts_at + 3600000;
    check_line("DTSTART;TZID=Europe/Madrid:29991231T230000");
    gala.ends_at.ms = INT64_C(65967242400) * 1000;
    ck_assert_ptr_null(text());
    gala.ends_at.set = false;
    gala.starts_at = INT64_C(65967242400) * 1000;
    ck_assert_ptr_null(text());
    mem_free(arena);
}
END_TEST

CHECK_MAIN("calendar", an_event_is_a_published_entry, the_time_zone_is_told,
           an_event_over_a_clock_change_ends_when_it_does, a_time_of_a_repeated_hour_is_in_utc,
           an_end_in_a_repeated_hour_is_in_utc, in_utc_no_zone_is_named,
           without_a_sender_there_is_no_organizer, a_status_is_told, a_name_stays_within_its_line,
           a_name_of_any_length_is_folded_right, an_event_beyond_what_calendars_write_has_none)
