/* When an event is over. */
#include "db-svc/rules/event_time.h"

#include "tests/support/check_main.h"

#define HOUR INT64_C(3600000)
#define CALENDAR (146097 * 24 * HOUR) /* 400 years, after which dates have the same weekdays */
#define JUNE_1 1906495200000          /* 2030-05-31T22:00:00Z, midnight in Madrid */
#define BACK 1919282400000    /* 2030-10-26T22:00:00Z, midnight of a day of 25 hours there */
#define FORWARD 1901142000000 /* 2030-03-30T23:00:00Z, and of one of 23 */
#define BEIRUT 1901138400000  /* 2030-03-30T22:00:00Z: clocks skip the hour after this midnight */

static struct event at(const char *zone, int64_t starts_at)
{
    return (struct event){.time_zone = zone, .starts_at = starts_at};
}

static const int64_t later[] = {0, 2 * CALENDAR, 19 * CALENDAR}; /* 2030, 2830, 9630 */

START_TEST(a_day_ends_where_its_date_does)
{
    static const struct {
        const char *zone;
        int64_t starts_at, end;
    } rows[] = {
        {"Europe/Madrid", JUNE_1, JUNE_1 + 24 * HOUR},
        {"Europe/Madrid", JUNE_1 + 20 * HOUR, JUNE_1 + 24 * HOUR},
        {"Europe/Madrid", JUNE_1 + 24 * HOUR - 1, JUNE_1 + 24 * HOUR},
        {"CET", JUNE_1 + 20 * HOUR, JUNE_1 + 24 * HOUR},
        {"UTC", JUNE_1 + 20 * HOUR, JUNE_1 + 26 * HOUR},
        {"GMT", JUNE_1 + 20 * HOUR, JUNE_1 + 26 * HOUR},
        {"Pacific/Kiritimati", JUNE_1 + 20 * HOUR, JUNE_1 + 36 * HOUR},
        {"No/Where", JUNE_1 + 20 * HOUR, JUNE_1 + 26 * HOUR},
        {"Europe/Madrid", BACK, BACK + 25 * HOUR},
        {"Europe/Madrid", BACK + 3 * HOUR, BACK + 25 * HOUR},
        {"Europe/Madrid", FORWARD + HOUR, FORWARD + 23 * HOUR},
        {"Asia/Beirut", BEIRUT - HOUR, BEIRUT},
        {"Asia/Beirut", BEIRUT, BEIRUT + 23 * HOUR},
    };
    for (size_t k = 0; k < 3 * sizeof rows / sizeof *rows; k++) {
        size_t i = k / 3;
        int64_t starts_at = rows[i].starts_at + later[k % 3], end = rows[i].end + later[k % 3];
        const struct event event = at(rows[i].zone, starts_at);
        ck_assert_msg(event_time_end(&event) == end, "%zu %s: %lld", k, rows[i].zone,
                      (long long)(event_time_end(&event) - end));
        ck_assert(!event_time_is_over(&event, starts_at));
        ck_assert(!event_time_is_over(&event, end - 1));
        ck_assert(event_time_is_over(&event, end));
        ck_assert(event_time_is_over(&event, end + 1000 * HOUR));
        ck_assert(!event_time_is_over(&event, starts_at - 1000 * HOUR));
    }
}
END_TEST

START_TEST(an_end_that_is_said_is_the_end)
{
    struct event event = at("Europe/Madrid", JUNE_1);
    event.ends_at = (struct opt_time){true, JUNE_1 + 100 * HOUR};
    ck_assert_int_eq(event_time_end(&event), JUNE_1 + 100 * HOUR);
    ck_assert(!event_time_is_over(&event, JUNE_1 + 100 * HOUR - 1));
    ck_assert(event_time_is_over(&event, JUNE_1 + 100 * HOUR));
}
END_TEST

START_TEST(a_type_may_be_sold_longer_and_not_shorter)
{
    const struct event event = at("Europe/Madrid", JUNE_1);
    struct ticket_type type = {0};
    ck_assert(event_time_is_over_for(&event, &type, JUNE_1 + 24 * HOUR));
    type.sales_end = (struct opt_time){true, JUNE_1 + 30 * HOUR};
    ck_assert(!event_time_is_over_for(&event, &type, JUNE_1 + 30 * HOUR - 1));
    ck_assert(event_time_is_over_for(&event, &type, JUNE_1 + 30 * HOUR));
    type.sales_end.ms = JUNE_1;
    ck_assert(!event_time_is_over_for(&event, &type, JUNE_1 + HOUR));
}
END_TEST

START_TEST(gates_close_half_a_day_later_unless_they_say_when)
{
    struct event event = at("Europe/Madrid", JUNE_1 + 20 * HOUR);
    ck_assert(!event_time_gates_are_closed(&event, JUNE_1 + 36 * HOUR - 1));
    ck_assert(event_time_gates_are_closed(&event, JUNE_1 + 36 * HOUR));
    event.ends_at = (struct opt_time){true, JUNE_1 + 22 * HOUR};
    ck_assert(!event_time_gates_are_closed(&event, JUNE_1 + 34 * HOUR - 1));
    ck_assert(event_time_gates_are_closed(&event, JUNE_1 + 34 * HOUR));
    event.check_in_closes_at = (struct opt_time){true, JUNE_1 + 21 * HOUR};
    ck_assert(!event_time_gates_are_closed(&event, JUNE_1 + 21 * HOUR - 1));
    ck_assert(event_time_gates_are_closed(&event, JUNE_1 + 21 * HOUR));
}
END_TEST

START_TEST(the_days_of_an_event_begin_and_end_with_their_dates)
{
    struct event event = at("Europe/Madrid", BACK + 3 * HOUR);
    ck_assert_int_eq(event_time_day_begin(&event), BACK);
    ck_assert_int_eq(event_time_day_end(&event), BACK + 25 * HOUR);
    event.starts_at = BACK;
    ck_assert_int_eq(event_time_day_begin(&event), BACK);
    event.ends_at = (struct opt_time){true, BACK + 25 * HOUR};
    ck_assert_int_eq(event_time_day_end(&event), BACK + 25 * HOUR);
    event.ends_at.ms++;
    ck_assert_int_eq(event_time_day_end(&event), BACK + 49 * HOUR);
    event = at("Asia/Beirut", BEIRUT + HOUR);
    ck_assert_int_eq(event_time_day_begin(&event), BEIRUT);
}
END_TEST

START_TEST(times_move_with_the_start_by_the_clock)
{
    const struct event event = at("Europe/Madrid", FORWARD - 24 * HOUR + 20 * HOUR);
    int64_t next_day = FORWARD + 19 * HOUR; /* 20:00 again, of a day of 23 hours */
    ck_assert_int_eq(event_time_moved(&event, next_day, event.starts_at), next_day);
    ck_assert_int_eq(event_time_moved(&event, next_day, event.starts_at + 3 * HOUR + 7),
                     next_day + 3 * HOUR + 7);
    ck_assert_int_eq(event_time_moved(&event, next_day, event.starts_at - 20 * HOUR), FORWARD);
    ck_assert_int_eq(
        event_time_moved(&event, next_day + 19 * CALENDAR, event.starts_at - 20 * HOUR),
        FORWARD + 19 * CALENDAR);
    ck_assert_int_eq(event_time_moved(&event, event.starts_at, event.starts_at + 1),
                     event.starts_at + 1);
}
END_TEST

/* 02:10 to 02:50, moved to where the clocks show both twice. */
START_TEST(what_comes_later_stays_later_where_an_hour_comes_twice)
{
    const struct event event = at("Europe/Madrid", BACK - 24 * HOUR + 130 * 60000);
    for (int twice = 0; twice < 2; twice++) {
        int64_t starts_at = BACK + 130 * 60000 + twice * HOUR;
        ck_assert_int_eq(event_time_moved(&event, starts_at, event.starts_at + 40 * 60000),
                         starts_at + 40 * 60000);
        ck_assert_int_eq(event_time_moved(&event, starts_at, event.starts_at - 5 * 60000),
                         starts_at - 5 * 60000);
    }
}
END_TEST

CHECK_MAIN("event_time", a_day_ends_where_its_date_does, an_end_that_is_said_is_the_end,
           a_type_may_be_sold_longer_and_not_shorter,
           gates_close_half_a_day_later_unless_they_say_when,
           the_days_of_an_event_begin_and_end_with_their_dates,
           times_move_with_the_start_by_the_clock,
           what_comes_later_stays_later_where_an_hour_comes_twice)
