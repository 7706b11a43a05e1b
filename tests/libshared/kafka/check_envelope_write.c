/* What is written into a message: commands, replies, facts and copies. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/envelope.h"
#include "tests/libshared/kafka/envelope_fixture.h"

static void expect(const struct envelope_headers *headers, const char *name, const char *value)
{
    size_t found = 0;
    for (size_t i = 0; i < headers->n; i++) {
        if (strcmp(headers->list[i].name, name) == 0) {
            ck_assert_msg(value != NULL, "%s is not wanted", name);
            ck_assert_uint_eq(headers->list[i].size, strlen(value));
            ck_assert_mem_eq(headers->list[i].value, value, strlen(value));
            found++;
        }
    }
    ck_assert_msg(found == (value != NULL), "%s: %zu times", name, found);
}

START_TEST(a_command_is_written_as_it_is_read)
{
    void *arena = mem_arena(NULL, 0);
    struct envelope_headers headers;
    envelope_write_command(&headers, &(struct envelope_command){
                                         .type = "order.place",
                                         .id = "k",
                                         .source = "/rest/anonymous",
                                         .time_ms = 1777658400000,
                                         .if_match = "\"1\"",
                                         .timeout_ms = 5000,
                                         .reply_to = {"tickets-svc.replies", 7, "cid", 3},
                                     });
    expect(&headers, "ce_specversion", "1.0");
    expect(&headers, "ce_time", "2026-05-01T18:00:00.000Z");
    expect(&headers, "content-type", "application/json");
    expect(&headers, "kafka_replyPartition", "7");
    expect(&headers, "traceparent", NULL);
    struct bus_message m = message_of(headers.list, headers.n, "{}");
    struct envelope e;
    ck_assert_int_eq(envelope_read(arena, &m, &e), 0);
    ck_assert_str_eq(e.id, "k");
    ck_assert_str_eq(e.source, "/rest/anonymous");
    ck_assert_str_eq(e.type, "order.place");
    ck_assert_int_eq(e.time_ms, 1777658400000);
    ck_assert_int_eq(e.timeout_ms, 5000);
    ck_assert_str_eq(e.if_match, "\"1\"");
    ck_assert_str_eq(e.reply_to.topic, "tickets-svc.replies");
    ck_assert_int_eq(e.reply_to.partition, 7);
    ck_assert_mem_eq(e.reply_to.correlation, "cid", 3);
    mem_free(arena);
}
END_TEST

START_TEST(a_reply_says_what_spring_and_nestjs_look_for)
{
    struct envelope_headers headers;
    struct envelope_reply reply = {
        .type = "order.place",
        .id = "r",
        .source = "db-svc",
        .status = 201,
        .problem = "not a problem",
        .stock = "[]",
        .any_buyer = true,
        .etag = "\"1\"",
        .location = "/v1/events/e/orders/o",
        .correlation = "c",
        .correlation_size = 1,
    };
    envelope_write_reply(&headers, &reply);
    expect(&headers, "ce_type", "order.place.reply");
    expect(&headers, "status", "201");
    expect(&headers, "kafka_correlationId", "c");
    expect(&headers, "kafka_nest-is-disposed", "true");
    expect(&headers, "kafka_nest-err", NULL);
    expect(&headers, "content-type", "application/json");
    expect(&headers, "stock", "[]");
    expect(&headers, "any_buyer", "true");
    expect(&headers, "etag", "\"1\"");
    expect(&headers, "location", "/v1/events/e/orders/o");
    reply.status = 409;
    reply.problem = "{\"code\":\"sold_out\"}";
    envelope_write_reply(&headers, &reply);
    expect(&headers, "status", "409");
    expect(&headers, "kafka_nest-err", "{\"code\":\"sold_out\"}");
    expect(&headers, "content-type", "application/problem+json");
}
END_TEST

START_TEST(a_fact_carries_its_sequence)
{
    struct envelope_headers headers;
    envelope_write_fact(&headers, &(struct envelope_fact){.type = "order.placed",
                                                          .id = "r/0",
                                                          .source = "db-svc",
                                                          .subject = "event_1",
                                                          .sequence = INT64_MAX});
    expect(&headers, "ce_sequence", "9223372036854775807");
    expect(&headers, "ce_subject", "event_1");
    expect(&headers, "ce_id", "r/0");
    envelope_add(&headers, "x", "y");
    expect(&headers, "x", "y");
}
END_TEST

START_TEST(an_overlong_type_is_cut_in_a_reply)
{
    char type[5000];
    memset(type, 'a', sizeof type - 1);
    type[sizeof type - 1] = '\0';
    struct envelope_headers headers;
    envelope_write_reply(
        &headers, &(struct envelope_reply){
                      .type = type, .id = "r", .source = "db-svc", .time_ms = 0, .status = 500});
    expect(&headers, "status", "500");
}
END_TEST

/* A copy stands at another place: it says who it is, and when it was written. */
START_TEST(a_copy_keeps_headers_identity_and_age)
{
    void *arena = mem_arena(NULL, 0);
    const struct bus_header headers[] = {
        TEXT("ce_type", "order.place"), {"b", NULL, 0}, BYTES("a", "\0\xff")};
    struct bus_message m = message_of(headers, COUNT(headers), "{}"), again;
    struct envelope first, second;
    size_t n;
    ck_assert_int_eq(envelope_read(arena, &m, &first), 0);
    struct bus_header *copy = envelope_copy(arena, &m, &first, &n);
    ck_assert_uint_eq(n, 6);
    ck_assert_str_eq(copy[0].name, "ce_type");
    ck_assert_ptr_null(copy[1].value);
    ck_assert_mem_eq(copy[2].value, "\0\xff", 2);
    again = message_of(copy, n, "{}");
    again.partition++;
    again.offset += 7;
    again.timestamp_ms += 1000;
    ck_assert_int_eq(envelope_read(arena, &again, &second), 0);
    ck_assert_str_eq(second.id, first.id);
    ck_assert_str_eq(second.source, first.source);
    ck_assert_int_eq(second.written_ms, first.written_ms);
    copy = envelope_copy(arena, &again, &second, &n);
    ck_assert_uint_eq(n, 6); /* a copy's copy is the same */
    mem_free(arena);
}
END_TEST

START_TEST(a_copy_has_the_age_of_the_first_though_a_header_of_it_is_unreadable)
{
    void *arena = mem_arena(NULL, 0);
    const struct bus_header headers[] = {TEXT("ce_type", "order.place"),
                                         TEXT("original_timestamp_ms", "soon")};
    struct bus_message m = message_of(headers, COUNT(headers), "{}"), again;
    struct envelope first, second;
    size_t n;
    ck_assert_int_eq(envelope_read(arena, &m, &first), 0);
    struct bus_header *copy = envelope_copy(arena, &m, &first, &n);
    again = message_of(copy, n, "{}");
    again.timestamp_ms += 1000;
    ck_assert_int_eq(envelope_read(arena, &again, &second), 0);
    ck_assert_int_eq(second.written_ms, first.written_ms);
    mem_free(arena);
}
END_TEST

CHECK_MAIN("envelope_write", a_command_is_written_as_it_is_read,
           a_reply_says_what_spring_and_nestjs_look_for, a_fact_carries_its_sequence,
           an_overlong_type_is_cut_in_a_reply, a_copy_keeps_headers_identity_and_age,
           a_copy_has_the_age_of_the_first_though_a_header_of_it_is_unreadable)
