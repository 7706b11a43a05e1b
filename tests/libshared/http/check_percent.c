/* Percent-encoding, query strings and media types: what is read, what is refused. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/http/media_type.h"
#include "libshared/http/percent.h"
#include "libshared/http/query.h"

START_TEST(escapes_are_decoded)
{
    static const struct {
        const char *from;
        bool plus;
        const char *to;
    } cases[] = {
        {"", false, ""},
        {"abc", false, "abc"},
        {"a%20b", false, "a b"},
        {"a+b", false, "a+b"},
        {"a+b", true, "a b"},
        {"%2B%2b", true, "++"},
        {"%C3%A9%e2%82%ac%F0%9F%8E%AB", false, "é€🎫"},
        {"100%25", false, "100%"},
        {"%", false, NULL},
        {"%4", false, NULL},
        {"%4g", false, NULL},
        {"a%00b", false, NULL},
        {"%ff", false, NULL},
        {"%C3", false, NULL},
        {"%ED%A0%80", false, NULL}, /* a surrogate */
        {"%C0%AF", false, NULL},    /* an overlong slash */
    };
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *to = percent_decode(arena, cases[i].from, strlen(cases[i].from), cases[i].plus);
        if (cases[i].to == NULL)
            ck_assert_msg(to == NULL, "took %s", cases[i].from);
        else
            ck_assert_pstr_eq(to, cases[i].to);
    }
}
END_TEST

START_TEST(a_query_is_pairs_in_order)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct query query;
    ck_assert_int_eq(query_parse(arena, "limit=5&q=a+b%26c&&empty=&flag&x==y", &query), 0);
    ck_assert_uint_eq(query.count, 5);
    ck_assert_str_eq(query.pairs[0].name, "limit");
    ck_assert_str_eq(query_get(&query, "q"), "a b&c");
    ck_assert_str_eq(query_get(&query, "empty"), "");
    ck_assert_str_eq(query_get(&query, "flag"), "");
    ck_assert_str_eq(query_get(&query, "x"), "=y");
    ck_assert_ptr_null(query_get(&query, "none"));
    ck_assert(!query_repeats(&query, 1));
    ck_assert_ptr_null(query.pairs[query.count].name);
}
END_TEST

START_TEST(no_query_is_no_pairs)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct query query;
    ck_assert_int_eq(query_parse(arena, "", &query), 0);
    ck_assert_uint_eq(query.count, 0);
    ck_assert_ptr_null(query_get(&query, "a"));
}
END_TEST

START_TEST(a_name_given_twice_is_told)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct query query;
    ck_assert_int_eq(query_parse(arena, "a=1&b=2&%61=3&b=4&a=5", &query), 0);
    static const bool repeats[] = {false, false, true, true, false};
    for (size_t i = 0; i < query.count; i++)
        ck_assert_int_eq(query_repeats(&query, i), repeats[i]);
    ck_assert_str_eq(query_get(&query, "a"), "1");
}
END_TEST

START_TEST(a_broken_query_is_refused)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct query query;
    ck_assert_int_eq(query_parse(arena, "a%=1", &query), -EINVAL);
    ck_assert_int_eq(query_parse(arena, "a%00=1", &query), -EINVAL);
    ck_assert_int_eq(query_parse(arena, "a=%ff&b=%&c=1", &query), 0);
    ck_assert_str_eq(query.pairs[0].name, "a");
    ck_assert_ptr_null(query.pairs[0].value);
    ck_assert_ptr_null(query.pairs[1].value);
    ck_assert_str_eq(query.pairs[2].value, "1");
    char many[2 * (QUERY_MAX + 1) + 1] = "";
    for (int i = 0; i <= QUERY_MAX; i++)
        strcat(many, "a&");
    ck_assert_int_eq(query_parse(arena, many, &query), -EINVAL);
    many[2 * QUERY_MAX] = '\0';
    ck_assert_int_eq(query_parse(arena, many, &query), 0);
}
END_TEST

START_TEST(a_content_type_is_known_whatever_its_parameters)
{
    static const struct {
        const char *header, *type;
        bool is;
    } cases[] = {
        {"application/json", "application/json", true},
        {"Application/JSON ; charset=UTF-8", "application/json", true},
        {"application/json;charset=\"utf-8\"", "application/json", true},
        {"application/json; profile=x; charset=us-ascii", "application/json", true},
        {" application/json", "application/json", true},
        {"application/json;", "application/json", true},
        {"application/json; charset=iso-8859-1", "application/json", false},
        {"application/json; charset=", "application/json", false},
        {"application/jsonp", "application/json", false},
        {"application/merge-patch+json", "application/json", false},
        {"application/merge-patch+json", "application/merge-patch+json", true},
        {"text/csv; header=present", "text/csv", true},
        {"", "text/csv", false},
        {NULL, "text/csv", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(media_type_is(cases[i].header, cases[i].type) == cases[i].is, "%s as %s",
                      cases[i].header, cases[i].type);
}
END_TEST

START_TEST(accept_is_lenient)
{
    static const struct {
        const char *header, *type;
        bool accepted;
    } cases[] = {
        {NULL, "application/json", true},
        {"", "application/json", true},
        {"*/*", "application/json", true},
        {"text/html, application/xhtml+xml, */*;q=0.8", "application/json", true},
        {"application/*", "application/json", true},
        {"application/json", "text/csv", false},
        {"text/csv, application/json;q=0.5", "application/json", true},
        {"application/json;q=0, text/csv", "application/json", false},
        {"application/json; q=0.000", "application/json", false},
        {"*/*;q=0", "application/json", false},
        {"text/*", "application/json", false},
        {"gibberish", "application/json", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(media_type_accepted(cases[i].header, cases[i].type) == cases[i].accepted,
                      "%s for %s", cases[i].header, cases[i].type);
}
END_TEST

CHECK_MAIN("percent", escapes_are_decoded, a_query_is_pairs_in_order, no_query_is_no_pairs,
           a_name_given_twice_is_told, a_broken_query_is_refused,
           a_content_type_is_known_whatever_its_parameters, accept_is_lenient)
