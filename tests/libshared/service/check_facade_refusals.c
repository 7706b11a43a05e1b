/* What a facade refuses before anything is sent, and what it says when nothing came back. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/libshared/service/facade_fixture.h"

START_TEST(a_key_is_of_1_to_255_printable_characters)
{
    begin();
    ask("POST", EVENTS "/orders", mem_printf(t.arena, JSON "Idempotency-Key: %0255d\r\n", 0), SALE);
    ck_assert_uint_eq(strlen(t.request.id), 255);
    reply_with(201, "{}");
    ask("POST", EVENTS "/orders", mem_printf(t.arena, JSON "Idempotency-Key: %0256d\r\n", 0), SALE);
    is_problem(400, "invalid_idempotency_key", ERRORS("Idempotency-Key invalid_idempotency_key"));
    ask("POST", EVENTS "/orders", JSON "Idempotency-Key: caf\xc3\xa9\r\n", SALE);
    is_problem(400, "invalid_idempotency_key", NULL);
    ask("POST", EVENTS "/orders", JSON "Idempotency-Key:\r\n", SALE);
    is_problem(400, "invalid_idempotency_key", NULL);
    ck_assert_uint_eq(t.asked, 1);
    end();
}
END_TEST

START_TEST(every_wrong_parameter_is_named)
{
    begin();
    ask("GET", "/v1/events?limit=501&status=lost&colour=red&event_id=" EVENT, "", NULL);
    is_problem(422, "validation_failed",
               ERRORS("colour unknown_member", "event_id unknown_member", "limit too_large",
                      "status not_allowed"));
    ask("GET", EVENTS "?event_id=" EVENT, "", NULL);
    is_problem(422, "validation_failed", ERRORS("event_id unknown_member"));
    ask("GET", "/v1/events?limit=1&limit=2", "", NULL);
    is_problem(422, "validation_failed", ERRORS("limit duplicate"));
    ask("GET", "/v1/events?limit=1&status=lost&limit=2&a/b=1&status=x&=y&limit=3", "", NULL);
    is_problem(422, "validation_failed",
               ERRORS("limit duplicate", "a/b unknown_member", "status duplicate",
                      " unknown_member", "status not_allowed"));
    static const char *const broken[] = {"%zz", "%00", "Garc%EDa"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        ask("GET", mem_printf(t.arena, "/v1/events?external_id=%s&colour=red", broken[i]), "",
            NULL);
        is_problem(422, "validation_failed",
                   ERRORS("external_id invalid_text", "colour unknown_member"));
    }
    ask("GET", "/v1/events?%zz=1", "", NULL);
    is_problem(400, "invalid_request", NULL);
    ask("POST", EVENTS "/orders?dry=1", JSON, SALE);
    is_problem(422, "validation_failed", ERRORS("dry unknown_member"));
    ask("POST", EVENTS "/orders?dry=1", JSON, "{");
    is_problem(422, "validation_failed", ERRORS("dry unknown_member"));
    ask("POST", EVENTS "/orders?dry=1", JSON, "{\"items\":1,\"buyer\":{}}");
    is_problem(422, "validation_failed",
               ERRORS("dry unknown_member", "#/items wrong_type", "#/buyer/name required",
                      "#/buyer/email required"));
    ck_assert_uint_eq(t.asked, 0);
    end();
}
END_TEST

START_TEST(what_is_no_json_is_refused)
{
    begin();
    static const char *const bodies[] = {
        "", "{", "{} {}", "{\"a\":1,\"a\":2}", "\xff", "{\"a\":\"\\u0000\"}", "nul"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        ask("POST", EVENTS "/orders", JSON, bodies[i]);
        is_problem(400, "invalid_json", NULL);
    }
    char *deep = mem_zeroed(t.arena, 200001);
    memset(deep, '[', 200000);
    ask("POST", EVENTS "/orders", JSON, deep);
    is_problem(400, "invalid_json", NULL);
    ask("POST", EVENTS "/orders", JSON, "[1]");
    is_problem(422, "validation_failed", ERRORS("# wrong_type"));
    ck_assert_uint_eq(t.asked, 0);
    end();
}
END_TEST

#define LARGE "99999999999999999999"
START_TEST(a_number_too_large_for_any_member_is_named_where_it_stands)
{
    begin();
    ask("POST", EVENTS "/orders", JSON,
        "{\"items\":[{\"ticket_type_id\":\"" TYPE "\",\"quantity\":" LARGE "},"
        "{\"ticket_type_id\":" LARGE ",\"quantity\":-9223372036854775809}],"
        "\"buyer\":{\"name\":\"\\\"" LARGE "\",\"email\":\"nobody\"},"
        "\"hold_seconds\":-1e999,\"metadata\":{\"a\":1E+400},\"colour\":" LARGE "}");
    is_problem(422, "validation_failed",
               ERRORS("#/colour unknown_member", "#/items/0/quantity too_large",
                      "#/items/1/ticket_type_id wrong_type", "#/items/1/quantity too_small",
                      "#/buyer/email invalid_email", "#/hold_seconds wrong_type",
                      "#/metadata/a wrong_type"));
    ask("POST", EVENTS "/orders", JSON, LARGE);
    is_problem(422, "validation_failed", ERRORS("# wrong_type"));
    ask("POST", EVENTS "/orders", JSON, "{\"items\":" LARGE ",\"items\":1}");
    is_problem(400, "invalid_json", NULL);
    ask("POST", EVENTS "/orders", JSON, "{\"items\":" LARGE);
    is_problem(400, "invalid_json", NULL);
    ck_assert_uint_eq(t.asked, 0);
    end();
}
END_TEST

START_TEST(a_coded_body_is_not_taken)
{
    static const char *const codings[] = {"gzip", "GZIP", "br", "identity, gzip", "x"};
    begin();
    for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
        const char *headers = mem_printf(t.arena, JSON "Content-Encoding: %s\r\n", codings[i]);
        ask("POST", EVENTS "/orders", headers, SALE);
        is_problem(415, "unsupported_media_type", NULL);
        ck_assert_str_eq(header("Accept-Encoding"), "identity");
        json_t *body = answered();
        const json_t *one = json_array_get(json_object_get(body, "errors"), 0);
        ck_assert_str_eq(json_string_value(json_object_get(one, "header")), "Content-Encoding");
        json_decref(body);
        ask("PATCH", EVENTS, headers, "{}");
        is_problem(415, "unsupported_media_type", NULL);
        ask("POST", "/local", headers, "{}");
        is_problem(415, "unsupported_media_type", NULL);
    }
    ck_assert_uint_eq(t.asked, 0);
    ask("POST", EVENTS "/orders", JSON "Content-Encoding: identity\r\n", SALE);
    reply_with(201, "{}");
    ask("GET", EVENTS, "Content-Encoding: gzip\r\n", NULL);
    reply_with(200, "{}");
    end();
}
END_TEST

START_TEST(every_wrong_member_is_named_before_anything_is_sent)
{
    begin();
    ask("POST", EVENTS "/orders", JSON,
        "{\"items\":[{\"ticket_type_id\":\"" TYPE "\",\"quantity\":0}],"
        "\"buyer\":{\"name\":\"Ada\",\"email\":\"nobody\"},\"colour\":1}");
    is_problem(422, "validation_failed",
               ERRORS("#/colour unknown_member", "#/items/0/quantity too_small",
                      "#/buyer/email invalid_email"));
    ck_assert_uint_eq(t.asked, 0);
    end();
}
END_TEST

START_TEST(only_json_is_taken)
{
    begin();
    static const char *const types[] = {"", "Content-Type: text/plain\r\n",
                                        "Content-Type: application/json; charset=latin1\r\n",
                                        "Content-Type: application/merge-patch+json\r\n"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        ask("POST", EVENTS "/orders", types[i], SALE);
        is_problem(415, "unsupported_media_type", NULL);
    }
    ask("POST", EVENTS "/orders", "Content-Type: application/json; charset=utf-8\r\n", SALE);
    reply_with(201, "{}");
    ask("GET", EVENTS, "Accept: text/html\r\n", NULL);
    is_problem(406, "not_acceptable", NULL);
    end();
}
END_TEST

START_TEST(an_unknown_address_is_404_and_a_wrong_method_405)
{
    begin();
    ask("GET", "/v1/nothing", "", NULL);
    is_problem(404, "not_found", NULL);
    ask("GET", "/v1/events/not-an-id", "", NULL);
    is_problem(404, "not_found", NULL);
    ask("GET", "/v1/events/" ORDER, "", NULL);
    is_problem(404, "not_found", NULL);
    ask("DELETE", "/v1/events", "", NULL);
    is_problem(405, "method_not_allowed", NULL);
    ck_assert_ptr_nonnull(strstr(header("Allow"), "POST"));
    ask("OPTIONS", "/v1/events", "", NULL);
    ck_assert_int_eq(t.status, 204);
    ck_assert_ptr_nonnull(strstr(header("Allow"), "GET"));
    ck_assert_uint_eq(t.asked, 0);
    end();
}
END_TEST

START_TEST(a_tag_that_is_none_is_refused)
{
    begin();
    ask("PATCH", EVENTS, JSON "If-Match: 3\r\n", "{}");
    is_problem(400, "invalid_request", ERRORS("If-Match invalid_request"));
    end();
}
END_TEST

START_TEST(wrong_headers_are_named_beside_what_else_is_wrong)
{
    static const char wrong[] = JSON "Idempotency-Key: caf\xc3\xa9\r\nIf-Match: 3\r\n";
    begin();
    ask("POST", EVENTS "/orders?dry=1", wrong, "{\"items\":1,\"buyer\":{}}");
    is_problem(422, "validation_failed",
               ERRORS("dry unknown_member", "#/items wrong_type", "#/buyer/name required",
                      "#/buyer/email required", "Idempotency-Key not_allowed",
                      "If-Match not_allowed"));
    ask("POST", EVENTS "/orders", wrong, SALE);
    is_problem(400, "invalid_request",
               ERRORS("Idempotency-Key not_allowed", "If-Match not_allowed"));
    ck_assert_uint_eq(t.asked, 0);
    end();
}
END_TEST

START_TEST(a_header_given_twice_is_named)
{
    begin();
    ask("POST", EVENTS "/orders",
        JSON "If-Match: \"1\"\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\nIf-Match: *\r\n",
        SALE);
    is_problem(400, "invalid_request",
               ERRORS("Idempotency-Key invalid_request", "If-Match invalid_request"));
    ck_assert_uint_eq(t.asked, 0);
    end();
}
END_TEST

START_TEST(what_nobody_could_read_is_not_passed_on)
{
    begin();
    ask("PATCH", EVENTS, JSON "traceparent: caf\xff\r\n", "{}");
    ck_assert_ptr_null(t.request.traceparent);
    reply_with(200, "{}");
    end();
}
END_TEST

START_TEST(what_was_not_done_is_503)
{
    begin();
    ask("POST", EVENTS "/orders", JSON "Idempotency-Key: once\r\n", SALE);
    reply(&(struct reply){.outcome = REPLY_NOT_DONE});
    is_problem(503, "overloaded", NULL);
    ck_assert_str_eq(header("Retry-After"), "1");
    ck_assert_str_eq(header("Idempotency-Key"), "once");
    t.unready = "The broker is away.";
    ask("POST", EVENTS "/orders", JSON, SALE);
    reply(&(struct reply){.outcome = REPLY_NOT_DONE});
    is_problem(503, "unavailable", NULL);
    ask("GET", EVENTS, "", NULL);
    reply_with(503, "{}");
    ck_assert_str_eq(header("Retry-After"), "1");
    end();
}
END_TEST

START_TEST(what_may_have_been_done_is_504_with_the_key_to_ask_again)
{
    begin();
    ask("POST", EVENTS "/orders", JSON, SALE);
    reply(&(struct reply){.outcome = REPLY_UNKNOWN});
    is_problem(504, "outcome_unknown", NULL);
    ck_assert_str_eq(header("Idempotency-Key"), t.request.id);
    ask("GET", EVENTS, "", NULL);
    reply(&(struct reply){.outcome = REPLY_UNKNOWN});
    is_problem(503, "unavailable", NULL);
    ck_assert_str_eq(header("Retry-After"), "1");
    end();
}
END_TEST

START_TEST(a_reply_with_a_status_that_is_none_is_500)
{
    begin();
    ask("POST", EVENTS "/orders", JSON, SALE);
    reply_with(7, "{}");
    is_problem(500, "internal_error", NULL);
    end();
}
END_TEST

START_TEST(a_body_too_large_is_a_problem_too)
{
    begin();
    char *large = mem_zeroed(t.arena, HTTP_BODY_LIMIT + 2);
    memset(large, ' ', HTTP_BODY_LIMIT + 1);
    ask("POST", EVENTS "/orders", JSON, large);
    is_problem(413, "payload_too_large", NULL);
    end();
}
END_TEST

CHECK_MAIN("facade_refusals", a_key_is_of_1_to_255_printable_characters,
           every_wrong_parameter_is_named, what_is_no_json_is_refused,
           every_wrong_member_is_named_before_anything_is_sent, only_json_is_taken,
           a_number_too_large_for_any_member_is_named_where_it_stands, a_coded_body_is_not_taken,
           an_unknown_address_is_404_and_a_wrong_method_405, a_tag_that_is_none_is_refused,
           a_header_given_twice_is_named, wrong_headers_are_named_beside_what_else_is_wrong,
           what_nobody_could_read_is_not_passed_on, what_was_not_done_is_503,
           what_may_have_been_done_is_504_with_the_key_to_ask_again,
           a_reply_with_a_status_that_is_none_is_500, a_body_too_large_is_a_problem_too)
