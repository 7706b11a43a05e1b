/* Times and amounts as people read them. */
#include "db-svc/rules/messages/locale_format.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

#define SUMMER 1906567200000 /* 2030-06-01T18:00:00Z, a Saturday */
#define WINTER 1925884740000 /* 2031-01-11T07:59:00Z, a Saturday */

START_TEST(a_time_is_local_and_in_words_of_the_language)
{
    static const struct {
        const char *locale, *zone;
        int64_t ms;
        const char *text;
    } rows[] = {
        {NULL, "Europe/Madrid", SUMMER, "2030-06-01 20:00"},
        {"fr", "Europe/Madrid", SUMMER, "2030-06-01 20:00"},
        {"en", "Europe/Madrid", SUMMER, "Saturday 1 June 2030, 20:00"},
        {"en-US", "America/New_York", SUMMER, "Saturday 1 June 2030, 14:00"},
        {"es", "Europe/Madrid", SUMMER, "sábado, 1 de junio de 2030, 20:00"},
        {"es-MX", "America/Mexico_City", WINTER, "sábado, 11 de enero de 2031, 1:59"},
        {"en", "Europe/Madrid", WINTER, "Saturday 11 January 2031, 8:59"},
        {"en", "Europe/Madrid", SUMMER + 19 * 146097 * 86400000LL, "Saturday 1 June 9630, 20:00"},
        {"en", "No/Where", SUMMER, "Saturday 1 June 2030, 18:00"},
        {"en", "UTC", SUMMER, "Saturday 1 June 2030, 18:00"},
        {"en", "GMT", SUMMER, "Saturday 1 June 2030, 18:00"},
        {"en", "CET", SUMMER, "Saturday 1 June 2030, 20:00"},
        {"en", "Etc/GMT+5", SUMMER, "Saturday 1 June 2030, 13:00"},
        {"en", "EST5EDT", SUMMER, "Saturday 1 June 2030, 14:00"},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_str_eq(locale_format_time(arena, rows[i].locale, rows[i].zone, rows[i].ms),
                         rows[i].text);
    mem_free(arena);
}
END_TEST

START_TEST(every_day_and_month_has_its_name)
{
    void *arena = mem_arena(NULL, 0);
    const char *last = "";
    for (int day = 0; day < 366; day++) {
        int64_t ms = SUMMER + day * INT64_C(86400000);
        const char *text = locale_format_time(arena, "es", "UTC", ms);
        ck_assert_str_ne(text, last);
        ck_assert_ptr_null(strstr(text, "null"));
        last = text;
    }
    mem_free(arena);
}
END_TEST

START_TEST(an_amount_has_the_decimals_of_its_currency)
{
    static const struct {
        const char *locale;
        struct money money;
        const char *text;
    } rows[] = {
        {NULL, {2500, "EUR"}, "25.00 EUR"},
        {"en", {2500, "EUR"}, "25.00 EUR"},
        {"es", {2500, "EUR"}, "25,00 EUR"},
        {"es-MX", {2500, "MXN"}, "25.00 MXN"},
        {"es", {5, "EUR"}, "0,05 EUR"},
        {"es", {0, "EUR"}, "0,00 EUR"},
        {"es", {2500, "JPY"}, "2500 JPY"},
        {"en", {2500, "KWD"}, "2.500 KWD"},
        {"es", {123456789, "KWD"}, "123456,789 KWD"},
        {"en", {12345, "CLF"}, "1.2345 CLF"},
        {"en", {7, "UYW"}, "0.0007 UYW"},
        {"en", {2500, "UYI"}, "2500 UYI"},
        {"en", {2500, "XYZ"}, "25.00 XYZ"}, /* stored before codes were checked */
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_str_eq(locale_format_money(arena, rows[i].locale, rows[i].money), rows[i].text);
    mem_free(arena);
}
END_TEST

CHECK_MAIN("locale_format", a_time_is_local_and_in_words_of_the_language,
           every_day_and_month_has_its_name, an_amount_has_the_decimals_of_its_currency)
