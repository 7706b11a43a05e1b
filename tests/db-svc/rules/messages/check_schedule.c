/* When a notification that keeps to its event goes out, whatever becomes of the event. */
#include "tests/support/check_main.h"

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define MAIL "'channel':'email','subject':'Soon','message':'Come.','audience':{'all':true}"

/* In Madrid clocks go forward on 2027-03-28 at 02:00 and back on 2026-10-25 at 03:00. */
static void given_times(const char *starts_at, const char *ends_at)
{
    scenario_open(&t);
    struct event event = {.name = "Concert",
                          .time_zone = "Europe/Madrid",
                          .location = "Hall",
                          .category = "music",
                          .currency = "EUR",
                          .status = EVENT_PUBLISHED};
    ck_assert(clock_parse(starts_at, &event.starts_at));
    event.ends_at.set = ends_at != NULL;
    if (ends_at != NULL)
        ck_assert(clock_parse(ends_at, &event.ends_at.ms));
    scenario_given(&t, &collection_events, EVENT_ID, &event);
}

static const char *plan(const char *schedule)
{
    scenario_when(&t, "notification.send", "{" AT "," MAIL ",%s}", schedule);
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static const struct notification *notification(const char *id)
{
    return scenario_record(&t, &collection_notifications, id);
}

static const char *due(const char *id)
{
    char *text = mem_zeroed(t.arena, CLOCK_TEXT_SIZE);
    if (!notification(id)->due_at.set)
        return "never";
    clock_format(text, notification(id)->due_at.ms);
    return text;
}

static void change(const char *patch)
{
    scenario_when(&t, "event.update", "{" AT ",'patch':{%s}}", patch);
    ck_assert_int_eq(t.result.answer.status, 200);
}

static void send(const char *id)
{
    scenario_when(&t, "notification.send", "{" AT ",'notification_id':'%s'}", id);
}

START_TEST(a_day_before_is_the_same_hour_whatever_clocks_do)
{
    static const struct {
        const char *starts_at, *schedule, *due;
    } rows[] = {
        {"2026-07-02T20:00:00+02:00", "'before_start':'P1D'", "2026-07-01T18:00:00.000Z"},
        {"2026-10-25T20:00:00+01:00", "'before_start':'P1D'", "2026-10-24T18:00:00.000Z"},
        {"9626-10-25T20:00:00+01:00", "'before_start':'P1D'", "9626-10-24T18:00:00.000Z"},
        {"2026-10-25T20:00:00+01:00", "'before_start':'PT24H'", "2026-10-24T19:00:00.000Z"},
        {"2027-03-28T20:00:00+02:00", "'before_start':'P1D'", "2027-03-27T19:00:00.000Z"},
        {"2027-03-28T20:00:00+02:00", "'before_start':'P1W'", "2027-03-21T19:00:00.000Z"},
        {"2027-03-29T02:30:00+02:00", "'before_start':'P1D'", "2027-03-28T01:30:00.000Z"},
        {"2027-03-31T20:00:00+02:00", "'before_start':'P1M'", "2027-02-28T19:00:00.000Z"},
        {"2027-01-31T20:00:00+01:00", "'before_start':'P2M'", "2026-11-30T19:00:00.000Z"},
        {"2026-07-02T20:00:00.250+02:00", "'before_start':'P1DT1H30M'", "2026-07-01T16:30:00.250Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        given_times(rows[i].starts_at, NULL);
        const char *id = plan(rows[i].schedule);
        ck_assert_int_eq(t.result.answer.status, 202);
        ck_assert_str_eq(scenario_text(&t, "status"), "scheduled");
        ck_assert_str_eq(due(id), rows[i].due);
        ck_assert_str_eq(scenario_text(&t, "planned_at"), rows[i].due);
        scenario_close(&t);
    }
}
END_TEST

START_TEST(after_the_end_counts_from_the_end)
{
    given_times("2026-10-24T20:00:00+02:00", "2026-10-24T23:00:00+02:00");
    ck_assert_str_eq(due(plan("'after_end':'P1D'")), "2026-10-25T22:00:00.000Z");
    ck_assert_str_eq(due(plan("'after_end':'PT24H'")), "2026-10-25T21:00:00.000Z");
    scenario_close(&t);
}
END_TEST

START_TEST(a_schedule_that_makes_no_sense_is_refused)
{
    given_times("2026-05-02T20:00:00+02:00", NULL); /* a day from now */
    static const struct {
        const char *schedule, *error;
    } rows[] = {
        {"'before_start':'P2D'", "#/before_start must_be_future"},
        {"'before_start':'P1D'", "#/before_start must_be_future"},
        {"'after_end':'P1D'", "#/after_end needs_end"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)plan(rows[i].schedule);
        SCENARIO_INVALID(&t, rows[i].error);
    }
    scenario_close(&t);
}
END_TEST

START_TEST(when_the_event_moves_its_notifications_move)
{
    given_times("2026-07-02T20:00:00+02:00", "2026-07-02T23:00:00+02:00");
    const char *before = plan("'before_start':'P1D'"), *after = plan("'after_end':'PT1H'");
    const char *fixed = plan("'send_at':'2026-06-01T00:00:00Z'");
    int64_t version = notification(before)->version;
    change("'starts_at':'2026-08-01T21:00:00+02:00','ends_at':'2026-08-02T01:00:00+02:00'");
    ck_assert_str_eq(due(before), "2026-07-31T19:00:00.000Z");
    ck_assert_str_eq(due(after), "2026-08-02T00:00:00.000Z");
    ck_assert_str_eq(due(fixed), "2026-06-01T00:00:00.000Z");
    ck_assert_int_eq(notification(before)->version, version + 1);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "notification.updated", 1));
    ck_assert_ptr_null(scenario_emitted(&t, "notification.updated", 2));
    change("'time_zone':'Atlantic/Canary'");
    ck_assert_str_eq(due(before), "2026-07-31T19:00:00.000Z");
    ck_assert_int_eq(notification(before)->version, version + 1);
    change("'name':'Another'");
    ck_assert_int_eq(notification(before)->version, version + 1);
    change("'ends_at':null");
    ck_assert_str_eq(due(after), "never");
    scenario_close(&t);
}
END_TEST

START_TEST(what_an_earlier_event_leaves_no_time_for_goes_at_once)
{
    given_times("2026-07-02T20:00:00+02:00", NULL);
    const char *id = plan("'before_start':'P1D'");
    change("'starts_at':'2026-05-02T10:00:00Z'");
    ck_assert_str_eq(due(id), "2026-05-01T10:00:00.000Z");
    send(id);
    ck_assert_str_eq(scenario_text(&t, "status"), "sending");
    scenario_close(&t);
}
END_TEST

START_TEST(while_the_event_is_postponed_nothing_goes_out)
{
    given_times("2026-05-10T20:00:00+02:00", NULL);
    const char *id = plan("'before_start':'P1D'");
    change("'status':'postponed'");
    ck_assert_str_eq(due(id), "never");
    ck_assert_int_eq(notification(id)->status, NOTIFICATION_SCHEDULED);
    t.now = SCENARIO_NOW + INT64_C(30) * 86400000;
    send(id);
    scenario_unchanged(&t, 200);
    change("'status':'published','starts_at':'2026-09-10T20:00:00+02:00'");
    ck_assert_str_eq(due(id), "2026-09-09T18:00:00.000Z");
    scenario_close(&t);
}
END_TEST

START_TEST(with_the_event_its_notifications_are_cancelled)
{
    static const char *const ways[] = {"event.cancel", "event.update"};
    for (size_t i = 0; i < 2; i++) {
        given_times("2026-07-02T20:00:00+02:00", NULL);
        const char *id = plan("'before_start':'P1D'"),
                   *fixed = plan("'send_at':'2026-06-01T00:00:00Z'");
        scenario_when(&t, ways[i], "{" AT "%s}", i == 1 ? ",'patch':{'status':'cancelled'}" : "");
        ck_assert_int_eq(t.result.answer.status, 200);
        ck_assert_int_eq(notification(id)->status, NOTIFICATION_CANCELLED);
        ck_assert_str_eq(due(id), "never");
        ck_assert_ptr_nonnull(scenario_emitted(&t, "notification.cancelled", 0));
        ck_assert_int_eq(notification(fixed)->status, NOTIFICATION_SCHEDULED);
        scenario_close(&t);
    }
}
END_TEST

START_TEST(a_schedule_can_be_changed_and_taken_back_until_it_begins)
{
    given_times("2026-07-02T20:00:00+02:00", NULL);
    const char *id = plan("'before_start':'P1D'");
    scenario_when(&t, "notification.update",
                  "{" AT ",'notification_id':'%s','patch':{'before_start':'PT3H'}}", id);
    ck_assert_str_eq(due(id), "2026-07-02T15:00:00.000Z");
    scenario_when(&t, "notification.update",
                  "{" AT ",'notification_id':'%s','patch':{'before_start':null,"
                  "'send_at':'2026-06-01T00:00:00Z'}}",
                  id);
    ck_assert_str_eq(due(id), "2026-06-01T00:00:00.000Z");
    scenario_when(&t, "notification.update",
                  "{" AT ",'notification_id':'%s','patch':{'send_at':null}}", id);
    ck_assert_str_eq(scenario_text(&t, "status"), "draft");
    scenario_when(&t, "notification.update",
                  "{" AT ",'notification_id':'%s','patch':{'before_start':'P1D'}}", id);
    scenario_when(&t, "notification.cancel", "{" AT ",'notification_id':'%s'}", id);
    ck_assert_int_eq(notification(id)->status, NOTIFICATION_CANCELLED);
    change("'starts_at':'2026-08-01T21:00:00+02:00'");
    ck_assert_str_eq(due(id), "never");
    scenario_close(&t);
}
END_TEST

START_TEST(it_is_sent_when_its_time_has_come)
{
    given_times("2026-07-02T20:00:00+02:00", NULL);
    const char *id = plan("'before_start':'P1D'");
    t.now = notification(id)->due_at.ms - 1;
    send(id);
    scenario_unchanged(&t, 200);
    t.now++;
    send(id);
    ck_assert_str_eq(scenario_text(&t, "status"), "sending");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("schedule", a_day_before_is_the_same_hour_whatever_clocks_do,
           after_the_end_counts_from_the_end, a_schedule_that_makes_no_sense_is_refused,
           when_the_event_moves_its_notifications_move,
           what_an_earlier_event_leaves_no_time_for_goes_at_once,
           while_the_event_is_postponed_nothing_goes_out,
           with_the_event_its_notifications_are_cancelled,
           a_schedule_can_be_changed_and_taken_back_until_it_begins,
           it_is_sent_when_its_time_has_come)
