/* Paths to rows. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/http/router.h"

static const struct router_row rows[] = {
    {"GET", "/v1/events", "list events"},
    {"POST", "/v1/events", "create event"},
    {"GET", "/v1/events/{event_id}", "get event"},
    {"PATCH", "/v1/events/{event_id}", "update event"},
    {"POST", "/v1/events/{event_id}/check-ins", "check in"},
    {"POST", "/v1/events/{event_id}/check-ins/undo", "undo"},
    {"GET", "/v1/events/{event_id}/attendees/export", "export"},
    {"GET", "/v1/events/{event_id}/attendees/{attendee_id}", "get attendee"},
    {"PATCH", "/v1/events/{event_id}/attendees/{attendee_id}", "update attendee"},
    {"GET", "/v1/events/{event_id}/orders/{order_id}/tickets/{n}/qr.svg", "qr"},
    {"GET", "/livez", "live"},
    {NULL},
};

static enum router_outcome match(void *arena, const char *method, const char *path,
                                 struct router_match *ret)
{
    return router_match(router_new(arena, rows), arena, method, path, ret);
}

START_TEST(a_path_finds_its_row)
{
    static const struct {
        const char *method, *path, *target;
    } cases[] = {
        {"GET", "/v1/events", "list events"},
        {"HEAD", "/v1/events", "list events"},
        {"POST", "/v1/events", "create event"},
        {"GET", "/v1/events/event_1", "get event"},
        {"POST", "/v1/events/event_1/check-ins/undo", "undo"},
        {"GET", "/v1/events/event_1/attendees/export", "export"},
        {"GET", "/v1/events/e/attendees/a", "get attendee"},
        {"GET", "/v1/events/e/orders/o/tickets/3/qr.svg", "qr"},
        {"GET", "/livez", "live"},
        {"GET", "/%6civez", "live"},
    };
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct router_match found;
        ck_assert_msg(match(arena, cases[i].method, cases[i].path, &found) == ROUTER_FOUND, "%s %s",
                      cases[i].method, cases[i].path);
        ck_assert_str_eq(found.row->target, cases[i].target);
    }
}
END_TEST

START_TEST(parameters_come_decoded)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct router_match found;
    ck_assert_int_eq(match(arena, "GET", "/v1/events/a%2Fb/attendees/%C3%A9", &found),
                     ROUTER_FOUND);
    ck_assert_str_eq(router_parameter(&found, "event_id"), "a/b");
    ck_assert_str_eq(router_parameter(&found, "attendee_id"), "é");
    ck_assert_ptr_null(router_parameter(&found, "order_id"));
}
END_TEST

START_TEST(another_path_is_no_path)
{
    static const char *const paths[] = {
        "",
        "/",
        "v1/events",
        "/v1",
        "/v1/events/",
        "/v1//x",
        "/v1/events?",
        "/v1/events/a/b",
        "/v1/events/%ff",
        "/v1/events/%00",
        "/v1/EVENTS",
        "/livez/",
        "/v1/events/%",
        "//livez",
        "*",
        "/v1/events/e/attendees/",
        "/v1/events//attendees/a",
    };
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct router_match found;
        ck_assert_msg(match(arena, "GET", paths[i], &found) == ROUTER_NO_PATH, "%s", paths[i]);
        ck_assert_ptr_null(found.row);
        ck_assert_ptr_null(found.allow);
    }
}
END_TEST

START_TEST(a_parameter_has_at_most_255_bytes)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct router_match found;
    char path[300] = "/v1/events/";
    memset(path + 11, 'a', 256);
    ck_assert_int_eq(match(arena, "GET", path, &found), ROUTER_NO_PATH);
    path[11 + 255] = '\0';
    ck_assert_int_eq(match(arena, "GET", path, &found), ROUTER_FOUND);
}
END_TEST

START_TEST(another_method_is_told_which_there_are)
{
    static const struct {
        const char *method, *path, *allow;
    } cases[] = {
        {"DELETE", "/v1/events", "GET, HEAD, POST, OPTIONS"},
        {"PUT", "/v1/events/e", "GET, HEAD, PATCH, OPTIONS"},
        {"GET", "/v1/events/e/check-ins", "POST, OPTIONS"},
        {"HEAD", "/v1/events/e/check-ins", "POST, OPTIONS"},
        /* The literal address serves GET only; an attendee called "export" cannot be. */
        {"POST", "/v1/events/e/attendees/export", "GET, HEAD, OPTIONS"},
    };
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct router_match found;
        ck_assert_int_eq(match(arena, cases[i].method, cases[i].path, &found), ROUTER_NO_METHOD);
        ck_assert_str_eq(found.allow, cases[i].allow);
        ck_assert_ptr_null(found.row);
    }
}
END_TEST

START_TEST(options_names_the_methods)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct router_match found;
    ck_assert_int_eq(match(arena, "OPTIONS", "/v1/events/e", &found), ROUTER_OPTIONS);
    ck_assert_str_eq(found.allow, "GET, HEAD, PATCH, OPTIONS");
    ck_assert_int_eq(match(arena, "OPTIONS", "/v1/events/e/attendees/export", &found),
                     ROUTER_OPTIONS);
    ck_assert_str_eq(found.allow, "GET, HEAD, OPTIONS");
    ck_assert_int_eq(match(arena, "OPTIONS", "/nowhere", &found), ROUTER_NO_PATH);
}
END_TEST

CHECK_MAIN("router", a_path_finds_its_row, parameters_come_decoded, another_path_is_no_path,
           a_parameter_has_at_most_255_bytes, another_method_is_told_which_there_are,
           options_names_the_methods)
