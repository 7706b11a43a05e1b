/* What browsers are told. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/http/cors.h"

static const char *value_of(const struct http_header *headers, const char *name)
{
    for (; headers->name != NULL; headers++)
        if (strcmp(headers->name, name) == 0)
            return headers->value;
    return NULL;
}

START_TEST(a_listed_origin_is_let_in)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct cors *cors = cors_new(arena, "https://a.example, http://localhost:3000");
    struct http_header headers[CORS_HEADERS + 1];
    ck_assert_uint_gt(cors_headers(cors, "http://localhost:3000", NULL, headers), 0);
    ck_assert_str_eq(value_of(headers, "Access-Control-Allow-Origin"), "http://localhost:3000");
    ck_assert_str_eq(value_of(headers, "Vary"), "Origin");
    ck_assert_str_eq(value_of(headers, "Access-Control-Expose-Headers"),
                     "ETag, Location, Idempotency-Key, Operation-Id, Retry-After");
    ck_assert_ptr_null(value_of(headers, "Access-Control-Allow-Methods"));
}
END_TEST

START_TEST(another_origin_is_not_but_caches_are_told)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct cors *cors = cors_new(arena, "https://a.example");
    static const char *const others[] = {
        "https://b.example", "https://a.example.evil", "null", "https://a.exampl", "", NULL};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct http_header headers[CORS_HEADERS + 1];
        (void)cors_headers(cors, others[i], "GET", headers);
        ck_assert_ptr_null(value_of(headers, "Access-Control-Allow-Origin"));
        ck_assert_str_eq(value_of(headers, "Vary"), "Origin");
    }
}
END_TEST

START_TEST(a_star_lets_everyone_in)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct cors *cors = cors_new(arena, "*");
    struct http_header headers[CORS_HEADERS + 1];
    (void)cors_headers(cors, "https://x.example", "GET, OPTIONS", headers);
    ck_assert_str_eq(value_of(headers, "Access-Control-Allow-Origin"), "*");
    ck_assert_str_eq(value_of(headers, "Access-Control-Allow-Methods"), "GET, OPTIONS");
    ck_assert_str_eq(value_of(headers, "Access-Control-Allow-Headers"),
                     "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
                     "traceparent");
    ck_assert_ptr_nonnull(value_of(headers, "Access-Control-Max-Age"));
    ck_assert_ptr_null(value_of(headers, "Vary"));
}
END_TEST

START_TEST(without_origins_nothing_is_said)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    static const char *const none[] = {NULL, "", " , "};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct http_header headers[CORS_HEADERS + 1];
        ck_assert_uint_eq(
            cors_headers(cors_new(arena, none[i]), "https://a.example", "GET", headers), 0);
        ck_assert_ptr_null(headers[0].name);
    }
}
END_TEST

CHECK_MAIN("cors", a_listed_origin_is_let_in, another_origin_is_not_but_caches_are_told,
           a_star_lets_everyone_in, without_origins_nothing_is_said)
