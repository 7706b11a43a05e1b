/* Which durations are taken, and how long they are. */
#include "libshared/base/duration.h"

#include "tests/support/check_main.h"

#define HOUR INT64_C(3600000)

START_TEST(durations_are_read)
{
    static const struct {
        const char *text;
        int64_t months, days, ms;
    } rows[] = {
        {"P1D", 0, 1, 0},
        {"PT2H30M", 0, 0, 2 * HOUR + HOUR / 2},
        {"PT24H", 0, 0, 24 * HOUR},
        {"P2W", 0, 14, 0},
        {"P1M", 1, 0, 0},
        {"PT1M", 0, 0, 60000},
        {"P1Y2M3DT4H5M6S", 14, 3, 4 * HOUR + 5 * 60000 + 6000},
        {"P0DT15M", 0, 0, HOUR / 4},
        {"P10Y", 120, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct duration duration;
        ck_assert_msg(duration_parse(rows[i].text, &duration), "%s", rows[i].text);
        ck_assert_int_eq(duration.months, rows[i].months);
        ck_assert_int_eq(duration.days, rows[i].days);
        ck_assert_int_eq(duration.ms, rows[i].ms);
    }
}
END_TEST

START_TEST(what_is_none_is_refused)
{
    static const char *const texts[] = {"",
                                        "P",
                                        "PT",
                                        "P1",
                                        "1D",
                                        "p1d",
                                        "P1H",
                                        "PT1D",
                                        "P1DT",
                                        "P-1D",
                                        "-P1D",
                                        "P1.5D",
                                        "PT1,5H",
                                        "P1D2M",
                                        "PT1S1H",
                                        "P1D1D",
                                        "P1W2D",
                                        "P0D",
                                        "PT0S",
                                        "P1D ",
                                        " P1D",
                                        "P4000D",
                                        "P999999999999D",
                                        "PT99999999H",
                                        "P11Y",
                                        "P1DT1",
                                        "P1YT1D",
                                        "P1D\n",
                                        "PD",
                                        "PTH"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct duration duration;
        ck_assert_msg(!duration_parse(texts[i], &duration), "%s", texts[i]);
    }
}
END_TEST

CHECK_MAIN("duration", durations_are_read, what_is_none_is_refused)
