/* An event with many notifications that keep to it moves at once; they follow, page by page. */
#include "tests/support/check_main.h"

#include <stdio.h>
#include <stdlib.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "tests/support/given.h"

enum { MANY = 250, PAGE = 100 };
#define STARTS 1783015200000 /* 2026-07-02T18:00:00Z */
#define DAY (24 * 3600 * 1000LL)

static struct scenario t;

static const char *id_of(int i)
{
    return mem_printf(t.arena, "notif_01jz3w4v9he8qb2m5x%08d", i);
}

static const struct notification *notification(int i)
{
    return scenario_record(&t, &collection_notifications, id_of(i));
}

/* What a record borrows. */
static struct audience all = {.all = {true, true}};
static struct notification_counts none;

static void give_notification(int i)
{
    struct notification one = {.event_id = EVENT_ID,
                               .channel = CHANNEL_EMAIL,
                               .subject = "Soon",
                               .message = "Come.",
                               .status = NOTIFICATION_SCHEDULED,
                               .audience = &all,
                               .counts = &none,
                               .before_start = "P1D",
                               .due_at = {true, STARTS - DAY},
                               .planned_at = {true, STARTS - DAY}};
    if (i % 10 == 0) { /* at a time of its own */
        one.before_start = NULL;
        one.send_at = (struct opt_time){true, STARTS - DAY};
        one.planned_at.set = false;
    }
    scenario_given(&t, &collection_notifications, id_of(i), &one);
}

static void begin(void)
{
    given_published(&t);
    struct event event = *(const struct event *)scenario_record(&t, &collection_events, EVENT_ID);
    event.starts_at = STARTS;
    event.ends_at.set = false;
    scenario_given(&t, &collection_events, EVENT_ID, &event);
    for (int i = 0; i < MANY; i++)
        give_notification(i);
}

/* The page that the last command asks for; NULL: none. */
static const char *next_page(void)
{
    json_t *page = scenario_emitted(&t, "event.reschedule_page", 0);
    char *text = json_dumps(page, JSON_COMPACT);
    const char *body = text != NULL ? mem_strdup(t.arena, text) : NULL;
    free(text);
    return body;
}

static int told_of(const char *type)
{
    int n = 0;
    while (scenario_emitted(&t, type, (size_t)n) != NULL)
        n++;
    return n;
}

static void run_page(const char *page)
{
    scenario_when(&t, "event.reschedule_page", "%s", page);
    ck_assert_int_eq(t.result.answer.status, 204);
    ck_assert_uint_le(t.n_changes, PAGE + 1); /* and the job */
}

/* Facts of that type, of all pages. */
static int run_pages(const char *type)
{
    int told = told_of(type);
    for (const char *page = next_page(); page != NULL; page = next_page()) {
        run_page(page);
        told += told_of(type);
    }
    return told;
}

static void move(const char *starts_at)
{
    scenario_when(&t, "event.update", "{" AT ",'patch':{'starts_at':'%s'}}", starts_at);
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_uint_le(t.n_changes, 1 + PAGE + 1);
}

static void are_due(int64_t ms)
{
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(notification(i)->due_at.ms, i % 10 == 0 ? STARTS - DAY : ms);
}

START_TEST(the_event_moves_at_once_and_its_notifications_by_pages)
{
    begin();
    move("2026-08-02T18:00:00Z");
    ck_assert_int_eq(notification(1)->due_at.ms, STARTS + 30 * DAY);
    ck_assert_int_eq(notification(MANY - 1)->due_at.ms, STARTS - DAY);
    ck_assert_int_eq(run_pages("notification.updated"), MANY - MANY / 10);
    are_due(STARTS + 30 * DAY);
    scenario_close(&t);
}
END_TEST

START_TEST(a_page_sent_again_changes_nothing)
{
    begin();
    move("2026-08-02T18:00:00Z");
    const char *page = next_page();
    run_page(page);
    run_page(page);
    scenario_unchanged(&t, 204);
    scenario_close(&t);
}
END_TEST

START_TEST(an_event_that_moves_again_takes_all_with_it)
{
    begin();
    move("2026-08-02T18:00:00Z");
    const char *of_first = next_page();
    move("2026-09-02T18:00:00Z");
    const char *of_second = next_page();
    run_page(of_first); /* the other goes over all of them */
    scenario_unchanged(&t, 204);
    run_page(of_second);
    (void)run_pages("notification.updated");
    are_due(STARTS + 61 * DAY);
    scenario_close(&t);
}
END_TEST

static const struct job *job(void)
{
    return scenario_record(&t, &collection_jobs, "reschedule/" EVENT_ID);
}

/* A timer sends it again if it was lost. */
START_TEST(the_next_page_is_kept_until_it_is_decided)
{
    begin();
    move("2026-08-02T18:00:00Z");
    const char *first = next_page();
    ck_assert_str_eq(job()->body, first);
    run_page(first);
    ck_assert_str_eq(job()->body, next_page());
    (void)run_pages("notification.updated");
    ck_assert_ptr_null(job());
    scenario_close(&t);
}
END_TEST

START_TEST(with_the_event_all_are_cancelled)
{
    begin();
    scenario_when(&t, "event.cancel", "{" AT "}");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_uint_le(t.n_changes, 2 + PAGE + 2);
    ck_assert_int_eq(run_pages("notification.cancelled"), MANY - MANY / 10);
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(notification(i)->status,
                         i % 10 == 0 ? NOTIFICATION_SCHEDULED : NOTIFICATION_CANCELLED);
    scenario_close(&t);
}
END_TEST

/* The timer may fire before its page comes. */
START_TEST(what_is_not_moved_yet_does_not_go_out_at_the_old_time)
{
    begin();
    move("2026-08-02T18:00:00Z");
    t.now = STARTS - DAY;
    scenario_when(&t, "notification.send", "{" AT ",'notification_id':'%s'}", id_of(MANY - 1));
    ck_assert_int_eq(notification(MANY - 1)->status, NOTIFICATION_SCHEDULED);
    ck_assert_int_eq(notification(MANY - 1)->due_at.ms, STARTS + 30 * DAY);
    ck_assert_int_eq(told_of("notification.updated"), 1);
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_not_cancelled_yet_does_not_go_out)
{
    begin();
    scenario_when(&t, "event.cancel", "{" AT "}");
    t.now = STARTS - DAY;
    scenario_when(&t, "notification.send", "{" AT ",'notification_id':'%s'}", id_of(MANY - 1));
    ck_assert_int_eq(notification(MANY - 1)->status, NOTIFICATION_CANCELLED);
    ck_assert_int_eq(told_of("notification.cancelled"), 1);
    scenario_close(&t);
}
END_TEST

START_TEST(what_moves_to_an_earlier_time_goes_out_once_that_has_come)
{
    begin();
    move("2026-06-02T18:00:00Z");
    t.now = STARTS - 30 * DAY;
    scenario_when(&t, "notification.send", "{" AT ",'notification_id':'%s'}", id_of(MANY - 1));
    ck_assert_str_eq(scenario_text(&t, "status"), "sending");
    scenario_close(&t);
}
END_TEST

START_TEST(pages_end_when_the_event_is_gone)
{
    begin();
    move("2026-08-02T18:00:00Z");
    const char *page = next_page();
    scenario_when(&t, "event.delete", "{" AT "}");
    ck_assert_int_eq(t.result.answer.status, 204);
    run_page(page);
    scenario_unchanged(&t, 204);
    scenario_close(&t);
}
END_TEST

/* Nobody could cancel them any more. */
START_TEST(a_deleted_event_takes_all_with_it_page_by_page)
{
    begin();
    scenario_when(&t, "event.delete", "{" AT "}");
    ck_assert_int_eq(t.result.answer.status, 204);
    ck_assert_uint_le(t.n_changes, 3);
    scenario_when(&t, "notification.send", "{" AT ",'notification_id':'%s'}", id_of(1));
    scenario_refused(&t, 404, "not_found");
    int told = 0;
    scenario_when(&t, "event.delete_page", "{" AT ",'page':1}");
    for (int page = 2; notification(MANY - 1) != NULL; page++) {
        told += told_of("notification.deleted");
        scenario_when(&t, "event.delete_page", "{" AT ",'page':%d}", page);
    }
    ck_assert_int_eq(told + told_of("notification.deleted"), MANY);
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("reschedule", the_event_moves_at_once_and_its_notifications_by_pages,
           a_page_sent_again_changes_nothing, an_event_that_moves_again_takes_all_with_it,
           the_next_page_is_kept_until_it_is_decided, with_the_event_all_are_cancelled,
           what_is_not_moved_yet_does_not_go_out_at_the_old_time,
           what_is_not_cancelled_yet_does_not_go_out,
           what_moves_to_an_earlier_time_goes_out_once_that_has_come,
           pages_end_when_the_event_is_gone, a_deleted_event_takes_all_with_it_page_by_page)
