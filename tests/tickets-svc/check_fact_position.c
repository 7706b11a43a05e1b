/* Where a reader of an event's facts is, as text. */
#include "tickets-svc/fact_position.h"

#include <string.h>

#include "tests/support/check_main.h"

START_TEST(a_position_comes_back_from_its_text)
{
    const struct fact_position position = {.next = {0, 17, 9223372036854775807, 5}};
    char text[FACT_POSITION_SIZE];
    struct fact_position read;
    fact_position_write(text, &position);
    ck_assert_str_eq(text, "0-17-9223372036854775807-5");
    ck_assert(fact_position_read(text, &read));
    ck_assert_mem_eq(&read, &position, sizeof read);
}
END_TEST

START_TEST(what_is_no_position_is_refused)
{
    static const char *const wrong[] = {"",         "1",
                                        "1-2-3",    "1-2-3-4-5",
                                        "-1-2-3-4", "1-2-3-",
                                        "1--3-4",   "+1-2-3-4",
                                        " 1-2-3-4", "1-2-3-4 ",
                                        "1-2-3-4x", "1-2-3-0x10",
                                        "a-b-c-d",  "1-2-3-9223372036854775808"};
    struct fact_position read = {.next = {7, 7, 7, 7}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!fact_position_read(wrong[i], &read), "%s", wrong[i]);
    ck_assert_int_eq(read.next[3], 7);
}
END_TEST

CHECK_MAIN("fact_position", a_position_comes_back_from_its_text, what_is_no_position_is_refused)
