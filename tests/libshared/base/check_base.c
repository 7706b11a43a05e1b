/* What the base promises: times, ids, settings, folding. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/clock.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/base/settings.h"
#include "libshared/base/text.h"

START_TEST(times_with_an_offset_become_utc)
{
    int64_t ms = 0;
    char text[CLOCK_TEXT_SIZE];
    ck_assert(clock_parse("2026-05-01T20:00:00.5+02:00", &ms));
    clock_format(text, ms);
    ck_assert_str_eq(text, "2026-05-01T18:00:00.500Z");
}
END_TEST

START_TEST(the_first_and_the_last_time_are_written_as_they_were_read)
{
    static const char *const edges[] = {"0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"};
    for (unsigned i = 0; i < 2; i++) {
        int64_t ms = 0;
        char text[CLOCK_TEXT_SIZE];
        ck_assert(clock_parse(edges[i], &ms));
        clock_format(text, ms);
        ck_assert_str_eq(text, edges[i]);
    }
}
END_TEST

START_TEST(what_is_no_time_is_refused)
{
    static const char *const wrong[] = {"",
                                        "2026-05-01",
                                        "2026-13-01T00:00:00Z",
                                        "2026-04-31T00:00:00Z",
                                        "2026-05-01T24:00:00Z",
                                        "2026-05-01T20:00:00",
                                        "2026-05-01T20:00:00Zx",
                                        "2026-05-01T20:00:00.Z",
                                        "2026-05-01T20:00:00+2",
                                        "0000-01-01T00:00:00+00:01",
                                        "9999-12-31T23:59:59-00:01",
                                        "9999-12-31T23:59:60Z"};
    int64_t ms = 7;
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!clock_parse(wrong[i], &ms), "took %s", wrong[i]);
    ck_assert_int_eq(ms, 7);
}
END_TEST

START_TEST(ids_are_typeids_and_sort_by_time)
{
    char first[ID_SIZE], second[ID_SIZE];
    uint8_t random[ID_RANDOM] = {0xff, 0xff, 0xff};
    id_make(first, "order", 1700000000000, random);
    id_make(second, "order", 1700000000001, (uint8_t[ID_RANDOM]){0});
    ck_assert(id_valid("order", first));
    ck_assert(!id_valid("event", first));
    ck_assert(!id_valid("order", "order_01jz3w4v9he8qb2m5x7k6d0c1u"));
    ck_assert(strcmp(first, second) < 0);
}
END_TEST

START_TEST(settings_come_from_the_environment)
{
    struct settings settings;
    void *arena = mem_arena(NULL, 0);
    char *environment[] = {"KAFKA_BROKERS=a:1", "MAX_PENDING=12", "KAFKA_CONF_SASL_USERNAME=me",
                           NULL};
    ck_assert_int_eq(settings_load(arena, SETTINGS_TICKETS, 8081, environment, stderr, &settings),
                     0);
    ck_assert_str_eq(settings.kafka_brokers, "a:1");
    ck_assert_int_eq(settings.max_pending, 12);
    ck_assert_int_eq(settings.port, 8081);
    ck_assert_str_eq(settings.kafka_conf[0].name, "sasl.username");
    mem_free(arena);
}
END_TEST

START_TEST(every_wrong_setting_is_named)
{
    struct settings settings;
    void *arena = mem_arena(NULL, 0);
    char *environment[] = {"PORT=abc", "MAX_PENDING=0", "SMTP_URL_FILE=/does/not/exist", NULL};
    char *text = NULL;
    size_t size = 0;
    FILE *errors = open_memstream(&text, &size);
    ck_assert_int_eq(settings_load(arena, SETTINGS_NOTIFY, 8083, environment, errors, &settings),
                     -EINVAL);
    fclose(errors);
    ck_assert_ptr_nonnull(strstr(text, "PORT: \"abc\""));
    ck_assert_ptr_nonnull(strstr(text, "MAX_PENDING: \"0\""));
    ck_assert_ptr_nonnull(strstr(text, "SMTP_URL_FILE: cannot read"));
    free(text);
    mem_free(arena);
}
END_TEST

START_TEST(folding_makes_equal_addresses_equal)
{
    void *arena = mem_arena(NULL, 0);
    ck_assert_str_eq(text_fold(arena, "JOSÉ@Example.org", true),
                     text_fold(arena, "jose\xcc\x81@example.ORG", true));
    ck_assert_str_eq(text_fold(arena, "José Núñez", false), "jose nunez");
    ck_assert_str_eq(text_fold(arena, "[Ada@EXAMPLE.org]`z{Z", true), "[ada@example.org]`z{z");
    ck_assert_uint_eq(text_length("José"), 4);
    mem_free(arena);
}
END_TEST

START_TEST(an_address_folds_to_one_text_however_its_domain_is_written)
{
    static const char *const same[][2] = {
        {"Ana@M\xc3\xbcnchen.example", "ana@xn--mnchen-3ya.example"},
        {"ana@XN--MNCHEN-3YA.Example", "ana@xn--mnchen-3ya.example"},
        {"ana@mu\xcc\x88nchen.example", "ana@xn--mnchen-3ya.example"},
        {"ana@stra\xc3\x9f"
         "e.example",
         "ana@xn--strae-oqa.example"},
        {"ana@xn--strae-OQA.example", "ana@xn--strae-oqa.example"},
        {"JOS\xc3\x89@Example.ORG", "jos\xc3\xa9@example.org"},
        {"ana@-no-.domain.", "ana@-no-.domain."},
        {"+34600111222", "+34600111222"},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ck_assert_str_eq(text_fold_email(arena, same[i][0]), same[i][1]);
    mem_free(arena);
}
END_TEST

START_TEST(sixteen_bytes_are_26_digits)
{
    char text[ID_BASE32_SIZE];
    uint8_t bytes[16];
    memset(bytes, 0xff, sizeof bytes);
    id_base32(text, bytes);
    ck_assert_str_eq(text, "7zzzzzzzzzzzzzzzzzzzzzzzzz");
    memset(bytes, 0, sizeof bytes);
    bytes[15] = 33;
    id_base32(text, bytes);
    ck_assert_str_eq(text, "00000000000000000000000011");
}
END_TEST

START_TEST(numbers_are_written_as_printf_does)
{
    static const int64_t numbers[] = {0, 7, -7, 10, -1000, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char text[TEXT_NUMBER], as[TEXT_NUMBER];
        (void)snprintf(as, sizeof as, "%" PRId64, numbers[i]);
        ck_assert_uint_eq(text_number(text, numbers[i]), strlen(as));
        ck_assert_str_eq(text, as);
    }
}
END_TEST

START_TEST(a_uuid_says_that_it_is_one)
{
    static const uint8_t bytes[16] = {0x00, 0x01, 0x1f, 0x23, 0x45, 0x67, 0xff, 0x89,
                                      0xff, 0xab, 0xcd, 0xef, 0x10, 0x32, 0x54, 0x76};
    char uuid[UUID_SIZE];
    id_uuid(uuid, bytes);
    ck_assert_str_eq(uuid, "00011f23-4567-8f89-bfab-cdef10325476");
}
END_TEST

START_TEST(texts_of_any_length_are_printed)
{
    static const size_t lengths[] = {0, 1, 254, 255, 256, 257, 5000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
        char long_text[5001] = "";
        memset(long_text, 'x', lengths[i]);
        ck_assert_str_eq(mem_printf(arena, "%s", long_text), long_text);
        ck_assert_uint_eq(strlen(mem_printf(arena, "%s/%d", long_text, 42)), lengths[i] + 3);
    }
}
END_TEST

CHECK_MAIN("base", times_with_an_offset_become_utc,
           the_first_and_the_last_time_are_written_as_they_were_read, what_is_no_time_is_refused,
           ids_are_typeids_and_sort_by_time, sixteen_bytes_are_26_digits,
           a_uuid_says_that_it_is_one, numbers_are_written_as_printf_does,
           settings_come_from_the_environment, every_wrong_setting_is_named,
           folding_makes_equal_addresses_equal,
           an_address_folds_to_one_text_however_its_domain_is_written,
           texts_of_any_length_are_printed)
