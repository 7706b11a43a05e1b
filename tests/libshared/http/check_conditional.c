/* Preconditions, RFC 9110 section 13. */
#include "tests/support/check_main.h"

#include "libshared/http/conditional.h"

START_TEST(a_list_of_tags_is_valid)
{
    static const char *const valid[] = {
        "*",       "\"\"",     "\"7\"",    "W/\"7\"", "\"1\", \"2\"", "\"1\",W/\"2\" , \"a,b\"",
        " \"7\" ", ",\"7\",,", "\"\x80\"",
    };
    static const char *const wrong[] = {
        "",    " ",        ",",           "7",       "\"7", "7\"",    "w/\"7\"",
        "W/7", "*, \"7\"", "\"1\" \"2\"", "\"a b\"", "**",  "\"1\"x", "\"\x7f\"",
    };
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
        ck_assert_msg(conditional_valid(valid[i]), "%s", valid[i]);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!conditional_valid(wrong[i]), "%s", wrong[i]);
}
END_TEST

START_TEST(if_match_compares_strongly)
{
    static const struct {
        const char *header, *etag;
        bool matches;
    } cases[] = {
        {NULL, "\"7\"", true},       {NULL, NULL, true},
        {"*", "\"7\"", true},        {"*", NULL, false},
        {"\"7\"", "\"7\"", true},    {"\"7\"", "\"8\"", false},
        {"\"7\"", NULL, false},      {"\"1\", \"7\"", "\"7\"", true},
        {"W/\"7\"", "\"7\"", false}, {"\"77\"", "\"7\"", false},
        {"\"7\"", "\"77\"", false},  {"\"6,\",\"7\"", "\"7\"", true},
        {"rubbish", "\"7\"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(conditional_if_match(cases[i].header, cases[i].etag) == cases[i].matches,
                      "%s on %s", cases[i].header, cases[i].etag);
}
END_TEST

START_TEST(if_none_match_compares_weakly)
{
    static const struct {
        const char *header, *etag;
        bool none;
    } cases[] = {
        {NULL, "\"7\"", true},     {"*", "\"7\"", false},       {"*", NULL, true},
        {"\"7\"", "\"7\"", false}, {"W/\"7\"", "\"7\"", false}, {"\"6\", W/\"7\"", "\"7\"", false},
        {"\"6\"", "\"7\"", true},  {"\"7\"", NULL, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(conditional_if_none_match(cases[i].header, cases[i].etag) == cases[i].none,
                      "%s on %s", cases[i].header, cases[i].etag);
}
END_TEST

CHECK_MAIN("conditional", a_list_of_tags_is_valid, if_match_compares_strongly,
           if_none_match_compares_weakly)
