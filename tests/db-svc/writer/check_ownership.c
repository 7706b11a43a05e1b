/* Where a writer begins to read what it has taken over. */
#include "tests/support/check_main.h"

#include "db-svc/writer/ownership.h"

START_TEST(a_log_is_read_from_what_was_committed_or_else_from_its_beginning)
{
    static const struct {
        int64_t committed, low, high, start;
    } rows[] = {
        {7, 0, 9, 7},        {9, 0, 9, 9},        {0, 0, 0, 0},
        {BUS_NONE, 0, 9, 0}, {BUS_NONE, 4, 9, 4}, /* a writer killed before its first commit */
        {2, 4, 9, 4},                             /* those before are no longer kept */
        {12, 0, 9, 0},                            /* a restored log: what it holds now is new */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_int_eq(ownership_start(rows[i].committed, rows[i].low, rows[i].high),
                         rows[i].start);
}
END_TEST

CHECK_MAIN("ownership", a_log_is_read_from_what_was_committed_or_else_from_its_beginning)
