/* Language tags: which are well formed, and which of some texts a reader is best served by. */
#include "libshared/base/locale.h"

#include "tests/support/check_main.h"

START_TEST(tags_of_languages_are_well_formed)
{
    static const char *const right[] = {"en",      "es",          "es-MX",      "zh-Hant-TW",
                                        "ast",     "sl-rozaj",    "de-CH-1901", "es-419",
                                        "x-local", "en-u-hc-h12", "EN-us",      NULL};
    static const char *const wrong[] = {"",
                                        "e",
                                        "-",
                                        "en-",
                                        "-en",
                                        "en--US",
                                        "en_US",
                                        "en US",
                                        "español",
                                        "e1",
                                        "en-US\r\nBcc: x",
                                        "toolonglanguage",
                                        "en-toolongpart",
                                        "en-a1-a2-a3-a4-a5-a6-a7-a8-a9-a10-a11",
                                        NULL};
    for (size_t i = 0; right[i] != NULL; i++)
        ck_assert_msg(locale_valid(right[i]), "%s", right[i]);
    for (size_t i = 0; wrong[i] != NULL; i++)
        ck_assert_msg(!locale_valid(wrong[i]), "%s", wrong[i]);
}
END_TEST

/* RFC 4647 section 3.4. */
START_TEST(the_nearest_of_some_languages_is_found)
{
    static const char *const tags[] = {"en", "es", "es-MX", "zh-Hant", NULL};
    static const struct {
        const char *wanted;
        int found;
    } rows[] = {
        {"en", 0},    {"en-GB", 0},     {"EN-gb", 0},      {"es", 1},  {"es-AR", 1},
        {"es-mx", 2}, {"es-MX-x-y", 2}, {"zh-Hant-TW", 3}, {"zh", -1}, {"fr", -1},
        {"esp", -1},  {"e", -1},        {"", -1},          {NULL, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_msg(locale_lookup(rows[i].wanted, tags) == rows[i].found, "%s",
                      rows[i].wanted != NULL ? rows[i].wanted : "none");
}
END_TEST

CHECK_MAIN("locale", tags_of_languages_are_well_formed, the_nearest_of_some_languages_is_found)
