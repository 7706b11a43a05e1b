/* What a client of a facade sees, over real sockets. Kafka is not there: replies_request() is this
 * suite's own, so that each test decides what is replied. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/service/facade.h"
#include "tests/libshared/service/facade_fixture.h"

START_TEST(a_command_goes_to_its_topic_under_its_event)
{
    begin();
    ask("POST", EVENTS "/orders",
        JSON "Idempotency-Key: once\r\nIf-Match: \"3\"\r\n"
             "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
        SALE);
    ck_assert_uint_eq(t.asked, 1);
    ck_assert_str_eq(t.request.topic, "tickets.commands");
    ck_assert_str_eq(t.request.type, "order.place");
    ck_assert_str_eq(t.request.key, EVENT);
    ck_assert_str_eq(t.request.id, "once");
    ck_assert_str_eq(t.request.source, "/rest/anonymous");
    ck_assert_str_eq(t.request.if_match, "\"3\"");
    ck_assert_str_eq(t.request.traceparent,
                     "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    ck_assert_str_eq(message("event_id"), EVENT);
    ck_assert_uint_eq(json_array_size(json_object_get(t.message, "items")), 1);
    reply_with(201, "{}");
    end();
}
END_TEST

START_TEST(an_answer_is_passed_on_as_it_came)
{
    begin();
    ask("POST", EVENTS "/orders", JSON "Idempotency-Key: once\r\n", SALE);
    reply(&(struct reply){.outcome = REPLY_ANSWERED,
                          .status = 201,
                          .body = "{ \"id\" : 1 }",
                          .body_size = 12,
                          .etag = "\"1\"",
                          .location = EVENTS "/orders/" ORDER});
    ck_assert_int_eq(t.status, 201);
    ck_assert_str_eq(t.body, "{ \"id\" : 1 }");
    ck_assert_str_eq(header("Content-Type"), "application/json");
    ck_assert_str_eq(header("ETag"), "\"1\"");
    ck_assert_str_eq(header("Location"), EVENTS "/orders/" ORDER);
    ck_assert_str_eq(header("Idempotency-Key"), "once");
    ck_assert_str_eq(header("Cache-Control"), "no-store");
    end();
}
END_TEST

START_TEST(a_refusal_is_passed_on_as_a_problem)
{
    begin();
    ask("POST", EVENTS "/orders", JSON, SALE);
    reply_with(409, "{\"code\":\"sold_out\"}");
    ck_assert_int_eq(t.status, 409);
    ck_assert_str_eq(t.body, "{\"code\":\"sold_out\"}");
    ck_assert_str_eq(header("Content-Type"), "application/problem+json");
    end();
}
END_TEST

START_TEST(a_deletion_is_answered_without_a_body)
{
    begin();
    ask("DELETE", EVENTS, "", NULL);
    ck_assert_str_eq(t.request.type, "event.delete");
    reply_with(204, "");
    ck_assert_int_eq(t.status, 204);
    ck_assert_str_eq(t.body, "");
    ck_assert_ptr_null(header("Content-Type"));
    end();
}
END_TEST

START_TEST(a_key_is_drawn_for_who_brings_none_and_told)
{
    begin();
    ask("POST", EVENTS "/orders", JSON, SALE);
    char first[64];
    snprintf(first, sizeof first, "%s", t.request.id);
    ck_assert_uint_eq(strlen(first), UUID_SIZE - 1);
    reply_with(201, "{}");
    ck_assert_str_eq(header("Idempotency-Key"), first);
    ask("POST", EVENTS "/orders", JSON, SALE);
    ck_assert_str_ne(t.request.id, first);
    reply_with(201, "{}");
    end();
}
END_TEST

START_TEST(a_new_event_is_keyed_by_its_command)
{
    begin();
    ask("POST", "/v1/events", JSON "Idempotency-Key: once\r\n",
        "{\"name\":\"Gala\",\"starts_at\":\"2026-05-01T18:00:00Z\",\"time_zone\":\"Europe/Madrid\","
        "\"location\":\"Hall\",\"category\":\"music\",\"currency\":\"EUR\"}");
    ck_assert_str_eq(t.request.key, "once");
    reply_with(201, "{}");
    end();
}
END_TEST

START_TEST(a_query_has_the_query_strings_names_and_no_key)
{
    begin();
    ask("GET", "/v1/events?limit=3&category=rock%26roll&status=draft", "", NULL);
    ck_assert_str_eq(t.request.topic, "events.queries");
    ck_assert_ptr_null(t.request.key);
    ck_assert_int_eq(json_integer_value(json_object_get(t.message, "limit")), 3);
    ck_assert_str_eq(message("category"), "rock&roll");
    reply_with(200, "{\"items\":[],\"next\":null}");
    ck_assert_int_eq(t.status, 200);
    ck_assert_ptr_null(header("Idempotency-Key"));
    ask("GET", EVENTS "/ticket-types/" TYPE "/availability", "", NULL);
    ck_assert_str_eq(message("ticket_type_id"), TYPE);
    reply_with(200, "{}");
    end();
}
END_TEST

START_TEST(a_get_with_the_known_tag_is_not_modified)
{
    begin();
    const struct reply tagged = {
        .outcome = REPLY_ANSWERED, .status = 200, .body = "{}", .body_size = 2, .etag = "\"7\""};
    ask("GET", EVENTS, "If-None-Match: \"6\", \"7\"\r\n", NULL);
    reply(&tagged);
    ck_assert_int_eq(t.status, 304);
    ck_assert_str_eq(header("ETag"), "\"7\"");
    ask("GET", EVENTS, "If-None-Match: \"6\"\r\n", NULL);
    reply(&tagged);
    ck_assert_int_eq(t.status, 200);
    ask("HEAD", EVENTS, "", NULL);
    ck_assert_str_eq(t.request.type, "event.get");
    t.request.done(t.request.context, &tagged);
    while (!hear(true))
        turn();
    ck_assert_int_eq(t.status, 200);
    ck_assert_str_eq(header("ETag"), "\"7\"");
    ck_assert_str_eq(t.body, "");
    end();
}
END_TEST

START_TEST(a_patch_goes_under_patch)
{
    begin();
    ask("PATCH", EVENTS, "Content-Type: application/merge-patch+json\r\n",
        "{\"location\":null,\"event_id\":\"kept\"}");
    const json_t *patch = json_object_get(t.message, "patch");
    ck_assert(json_is_null(json_object_get(patch, "location")));
    ck_assert(json_is_string(json_object_get(patch, "event_id")));
    ck_assert_str_eq(message("event_id"), EVENT);
    reply_with(200, "{}");
    ask("PATCH", EVENTS, JSON, "{}");
    reply_with(200, "{}");
    ask("PATCH", EVENTS, JSON, "[]");
    is_problem(422, "validation_failed", ERRORS("# wrong_type"));
    end();
}
END_TEST

START_TEST(ids_of_the_path_win)
{
    begin();
    ask("POST", EVENTS "/orders", JSON,
        "{\"event_id\":\"other\",\"items\":[{\"ticket_type_id\":\"" TYPE
        "\",\"quantity\":2}],\"buyer\":{\"name\":\"Ada\",\"email\":\"ada@example.org\"}}");
    ck_assert_str_eq(message("event_id"), EVENT);
    reply_with(201, "{}");
    ask("PUT", EVENTS, JSON, "{\"event_id\":\"event_01jz3w4v9he8qb2m5x7k6d0c1p\"}");
    is_problem(422, "validation_failed", ERRORS("#/event_id read_only"));
    ask("POST", EVENTS "/orders/" ORDER "/confirm", JSON, "{\"order_id\":\"other\"}");
    is_problem(422, "validation_failed", ERRORS("#/order_id read_only"));
    ask("POST", EVENTS "/orders/" ORDER "/confirm", JSON, "{\"order_id\":\"" ORDER "\"}");
    reply_with(200, "{}");
    end();
}
END_TEST

START_TEST(a_verb_needs_no_body)
{
    begin();
    ask("POST", EVENTS "/orders/" ORDER "/confirm", "", "");
    ck_assert_str_eq(message("order_id"), ORDER);
    reply_with(200, "{}");
    ask("POST", EVENTS "/orders/" ORDER "/confirm", JSON, "{}");
    reply_with(200, "{}");
    ask("POST", EVENTS "/orders/" ORDER "/confirm", JSON, "{\"quick\":true}");
    is_problem(422, "validation_failed", ERRORS("#/quick unknown_member"));
    end();
}
END_TEST

START_TEST(a_query_may_come_as_a_post)
{
    begin();
    ask("POST", EVENTS "/tickets/lookup", JSON, "{\"code\":\"abc\"}");
    if (t.status == 0) {
        ck_assert_str_eq(t.request.topic, "tickets.queries");
        ck_assert_str_eq(message("code"), "abc");
        reply_with(200, "{}");
    }
    ask("POST", EVENTS "/tickets/lookup", JSON, "{}");
    is_problem(422, "validation_failed", ERRORS("#/code required"));
    end();
}
END_TEST

START_TEST(a_body_whose_members_are_all_optional_may_be_left_out)
{
    begin();
    ask("POST", EVENTS "/orders/" ORDER "/extend", "", "");
    ck_assert_uint_eq(t.asked, 1);
    ck_assert_str_eq(t.request.type, "order.extend");
    end();
}
END_TEST

START_TEST(a_client_that_left_is_answered_into_the_void)
{
    begin();
    ask("POST", EVENTS "/orders", JSON, SALE);
    hang_up();
    turn();
    const struct reply answer = {
        .outcome = REPLY_ANSWERED, .status = 201, .body = "{}", .body_size = 2};
    t.request.done(t.request.context, &answer);
    turn();
    ask("GET", EVENTS, "", NULL);
    reply_with(200, "{}");
    ck_assert_int_eq(t.status, 200);
    end();
}
END_TEST

START_TEST(a_number_in_the_path_is_one_of_the_ids)
{
    begin();
    ask("GET", EVENTS "/orders/" ORDER "/tickets/2", "", NULL);
    ck_assert_str_eq(message("n"), "2");
    reply_with(200, "{}");
    ask("GET", EVENTS "/orders/" ORDER "/tickets/0", "", NULL);
    is_problem(404, "not_found", NULL);
    end();
}
END_TEST

START_TEST(a_row_may_show_a_reply_in_its_own_way)
{
    begin();
    ask("GET", EVENTS "/orders/" ORDER "/tickets/2/picture", "Accept: image/x\r\n", NULL);
    reply_with(200, "{\"code\":\"c\"}");
    ck_assert_int_eq(t.status, 200);
    ck_assert_str_eq(header("Content-Type"), "image/x");
    ck_assert_str_eq(header("Cache-Control"), "private");
    ck_assert_str_eq(t.body, "{\"code\":\"c\"}");
    ask("GET", EVENTS "/orders/" ORDER "/tickets/2/picture", "", NULL);
    reply_with(404, "{\"code\":\"not_found\"}");
    ck_assert_int_eq(t.status, 404);
    ck_assert_str_eq(header("Content-Type"), "application/problem+json");
    ask("GET", EVENTS "/orders/" ORDER "/tickets/2/picture", "Accept: application/json\r\n", NULL);
    is_problem(406, "not_acceptable", NULL);
    end();
}
END_TEST

START_TEST(a_row_may_answer_a_query_itself)
{
    begin();
    ask("GET", EVENTS "/memory", "Accept: text/x\r\n", NULL);
    ck_assert_int_eq(t.status, 200);
    ck_assert_uint_eq(t.asked, 0);
    ck_assert_str_eq(t.body, EVENT " ");
    ask("GET", "/v1/events/event_1/memory", "", NULL);
    is_problem(404, "not_found", NULL);
    ask("GET", EVENTS "/memory?colour=red", "", NULL);
    is_problem(422, "validation_failed", ERRORS("colour unknown_member"));
    ask("GET", EVENTS "/memory", "Accept: application/json\r\n", NULL);
    is_problem(406, "not_acceptable", NULL);
    end();
}
END_TEST

START_TEST(a_reply_is_heard_before_it_is_passed_on)
{
    begin();
    ask("POST", EVENTS "/orders", JSON, SALE);
    reply(&(struct reply){.outcome = REPLY_ANSWERED,
                          .status = 201,
                          .body = "{}",
                          .body_size = 2,
                          .stock = "[moved]"});
    ck_assert_int_eq(t.status, 201);
    ask("GET", EVENTS "/memory", "", NULL);
    ck_assert_str_eq(t.body, EVENT " [moved]");
    end();
}
END_TEST

START_TEST(topics_are_those_of_the_commands)
{
    void *arena = mem_arena(NULL, 0);
    size_t n;
    static const char *const asks[] = {"event.get", "attendee.list", NULL};
    const char *const *topics = facade_topics(arena, tables, asks, &n);
    ck_assert_uint_eq(n, 5);
    ck_assert_str_eq(topics[0], "events.commands");
    ck_assert_str_eq(topics[1], "events.queries");
    ck_assert_str_eq(topics[2], "tickets.queries");
    ck_assert_str_eq(topics[3], "tickets.commands");
    ck_assert_str_eq(topics[4], "attendees.queries");
    mem_free(arena);
}
END_TEST

CHECK_MAIN("facade", a_command_goes_to_its_topic_under_its_event, an_answer_is_passed_on_as_it_came,
           a_number_in_the_path_is_one_of_the_ids, a_row_may_show_a_reply_in_its_own_way,
           a_refusal_is_passed_on_as_a_problem, a_deletion_is_answered_without_a_body,
           a_key_is_drawn_for_who_brings_none_and_told, a_new_event_is_keyed_by_its_command,
           a_query_has_the_query_strings_names_and_no_key, a_get_with_the_known_tag_is_not_modified,
           a_patch_goes_under_patch, ids_of_the_path_win, a_verb_needs_no_body,
           a_query_may_come_as_a_post, a_body_whose_members_are_all_optional_may_be_left_out,
           a_client_that_left_is_answered_into_the_void, a_row_may_answer_a_query_itself,
           a_reply_is_heard_before_it_is_passed_on, topics_are_those_of_the_commands)
