/* Phone numbers as people write them. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/record/record.h"

struct person {
    const char *phone;
};
static const struct field fields[] = {FIELD_AS(kind_phone, struct person, phone)};
static const struct record person_record = RECORD("person", struct person, fields);

static const char *read_phone(void *arena, const char *text)
{
    struct violations violations = {.arena = arena};
    struct decoder decoder = {.arena = arena, .violations = &violations};
    json_t *json = json_pack("{ss}", "phone", text);
    struct person person;
    bool good = record_decode(&decoder, &person_record, json, &person);
    json_decref(json);
    if (good)
        return person.phone;
    ck_assert_uint_eq(violations.n, 1);
    ck_assert_str_eq(violations.at[0].pointer, "#/phone");
    return violation_code_text(violations.at[0].code);
}

START_TEST(phones_are_read_as_they_are_written)
{
    static const char *const rows[][2] = {
        {"+34600123456", "+34600123456"},
        {"+34 600 123 456", "+34600123456"},
        {" +34-600-123.456 ", "+34600123456"},
        {"+1 (555) 123-4567", "+15551234567"},
        {"(+49) 30/1234567", "+49301234567"},
        {"0034 600 123 456", "+34600123456"},
        {"00 34 600 123 456", "+34600123456"},
        {"0049 (0)30 1234568", "+49301234568"},
        {"+49 (0) 30 1234568", "+49301234568"},
        {"+39 06 1234567", "+39061234567"},
        {"+34\u00a0600\u202f123\u2009456", "+34600123456"},
        {"+34\u2011600\u2013123\u2212456", "+34600123456"},
        {"\u202a+34 600 123 456\u202c", "+34600123456"},
        {"\uff0b\uff13\uff14 \uff16\uff10\uff10 \uff11\uff12\uff13", "+34600123"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *arena = mem_arena(NULL, 0);
        ck_assert_str_eq(read_phone(arena, rows[i][0]), rows[i][1]);
        mem_free(arena);
    }
}
END_TEST

START_TEST(what_is_no_phone_is_refused)
{
    static const char *const rows[] = {"",
                                       " ",
                                       "600 123 456",
                                       "+",
                                       "+0034600123456",
                                       "000 34 600 123 456",
                                       "+34 600 1",
                                       "+34 600 123 456 789 012",
                                       "+34 600 123 456 ext. 2",
                                       "+34 600 123 456, +34 600 123 457",
                                       "++34600123456",
                                       "34+600123456",
                                       "+34 600\n123 456",
                                       "+34_600_123_456",
                                       "call me"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *arena = mem_arena(NULL, 0);
        ck_assert_msg(strcmp(read_phone(arena, rows[i]), "invalid_phone") == 0, "took %s", rows[i]);
        mem_free(arena);
    }
}
END_TEST

CHECK_MAIN("phone", phones_are_read_as_they_are_written, what_is_no_phone_is_refused)
