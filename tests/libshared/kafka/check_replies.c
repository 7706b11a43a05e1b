/* Requests and their answers. */
#include "tests/libshared/kafka/replies_fixture.h"

START_TEST(a_request_is_answered_once)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told told = {0};
    request(&room, &told, 0);
    ck_assert_uint_eq(replies_pending(room.replies), 1);
    struct bus_message m = serve(&room);
    void *arena = mem_arena(NULL, 0);
    struct envelope e;
    ck_assert_int_eq(envelope_read(arena, &m, &e), 0);
    ck_assert_int_eq(m.partition, partitioner_murmur2("event_1", 7, PARTITIONS));
    ck_assert_mem_eq(m.key, "event_1", 7);
    ck_assert_str_eq(e.type, "order.place");
    ck_assert_str_eq(e.id, "k");
    ck_assert_str_eq(e.source, "/rest/anonymous");
    ck_assert_str_eq(e.if_match, "\"1\"");
    ck_assert_int_eq(e.timeout_ms, TIMEOUT_MS);
    ck_assert_int_eq(e.time_ms, 1777658400000);
    ck_assert_uint_eq(e.reply_to.correlation_size, strlen("one") + 32);
    ck_assert_mem_eq(e.reply_to.correlation, "one", 3);
    mem_free(arena);

    answer(&room, &m, "\"1\"");
    answer(&room, &m, "\"2\"");
    bus_message_free(&m);
    RUN_UNTIL(&room, 0, late, 1);
    ck_assert_int_eq(told.times, 1);
    ck_assert_int_eq(told.outcome, REPLY_ANSWERED);
    ck_assert_int_eq(told.status, 201);
    ck_assert_str_eq(told.body, "{\"a\":1}");
    ck_assert_str_eq(told.etag, "\"1\"");
    ck_assert_str_eq(told.location, "/v1");
    ck_assert_str_eq(told.stock, "[]");
    ck_assert(told.any_buyer);
    ck_assert_uint_eq(replies_pending(room.replies), 0);
    ck_assert_uint_eq(replies_counts(room.replies).answered, 1);
    ck_assert_uint_eq(replies_counts(room.replies).sent, 1);
    close_room(&room);
    ck_assert_int_eq(told.times, 1);
}
END_TEST

START_TEST(a_reply_without_further_headers_has_none)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told told = {0};
    request(&room, &told, 0);
    struct bus_message m = serve(&room);
    answer(&room, &m, NULL);
    bus_message_free(&m);
    RUN_UNTIL(&room, 0, answered, 1);
    ck_assert_str_eq(told.etag, "-");
    ck_assert_str_eq(told.location, "-");
    ck_assert_str_eq(told.stock, "-");
    ck_assert(!told.any_buyer);
    close_room(&room);
}
END_TEST

START_TEST(what_is_not_ours_or_not_readable_is_dropped)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told told = {0};
    request(&room, &told, 0);
    struct bus_message m = serve(&room);
    struct bus_header id, wrong[2] = {{"kafka_correlationId", "two", 3}, {"status", "2x", 2}};
    ck_assert(bus_message_header(&m, "kafka_correlationId", &id));
    send_reply(&room, wrong, 1);
    send_reply(&room, NULL, 0);
    wrong[0] = id;
    send_reply(&room, wrong, 1);
    send_reply(&room, wrong, 2);
    wrong[1] = (struct bus_header){"status", NULL, 0};
    send_reply(&room, wrong, 2);
    wrong[1] = wrong[0];
    wrong[0] = (struct bus_header){"status", "099", 3};
    send_reply(&room, wrong, 2);
    RUN_UNTIL(&room, 0, bad, 4);
    ck_assert_uint_eq(replies_counts(room.replies).foreign, 2);
    ck_assert_int_eq(told.times, 0);
    answer(&room, &m, NULL);
    bus_message_free(&m);
    RUN_UNTIL(&room, 0, answered, 1);
    ck_assert_int_eq(told.outcome, REPLY_ANSWERED);
    close_room(&room);
}
END_TEST

START_TEST(more_than_may_wait_are_refused)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told told[MAX_PENDING + 1] = {0};
    for (int i = 0; i <= MAX_PENDING; i++)
        request(&room, &told[i], 0);
    ck_assert_int_eq(told[0].times, 0);
    ck_assert_int_eq(told[MAX_PENDING].times, 1);
    ck_assert_int_eq(told[MAX_PENDING].outcome, REPLY_NOT_DONE);
    ck_assert_uint_eq(replies_counts(room.replies).refused, 1);
    ck_assert_uint_eq(replies_counts(room.replies).sent, MAX_PENDING);
    close_room(&room);
    ck_assert_int_eq(told[0].times, 1);
    ck_assert_int_eq(told[0].outcome, REPLY_UNKNOWN);
    ck_assert_int_eq(told[MAX_PENDING].times, 1);
}
END_TEST

START_TEST(a_broker_away_at_the_start_is_waited_for)
{
    struct room room = {.mock = mock_kafka_open()};
    room.bus = *mock_kafka_bus(room.mock);
    struct told told = {0};
    mock_kafka_topic(room.mock, COMMANDS, PARTITIONS);
    mock_kafka_topic(room.mock, REPLIES, PARTITIONS);
    mock_kafka_down(room.mock, true);
    open_replies(&room, TIMEOUT_MS);
    ck_assert_ptr_nonnull(replies_unready(room.replies));
    request(&room, &told, 0);
    ck_assert_int_eq(told.times, 1);
    ck_assert_int_eq(told.outcome, REPLY_NOT_DONE);
    mock_kafka_down(room.mock, false);
    wait_ready(&room);
    open_service(&room);
    request(&room, &told, 0);
    struct bus_message m = serve(&room);
    answer(&room, &m, NULL);
    bus_message_free(&m);
    RUN_UNTIL(&room, 0, answered, 1);
    close_room(&room);
}
END_TEST

START_TEST(what_could_not_be_sent_is_certainly_not_done)
{
    struct room room = open_room(500);
    struct told told = {0};
    mock_kafka_down(room.mock, true);
    request(&room, &told, 0);
    RUN_UNTIL(&room, 0, refused, 1);
    ck_assert_int_eq(told.times, 1);
    ck_assert_int_eq(told.outcome, REPLY_NOT_DONE);
    for (int waited = 0; replies_unready(room.replies) == NULL; waited += 10) {
        ck_assert_int_lt(waited, PATIENCE_MS);
        (void)poll(NULL, 0, 10);
    }
    mock_kafka_down(room.mock, false);
    wait_ready(&room);
    close_room(&room);
}
END_TEST

/* Only an idempotent one can be, as KAFKA_CONF_ENABLE_IDEMPOTENCE makes it. */
START_TEST(a_producer_beyond_repair_is_replaced)
{
    static const struct settings_pair conf[] = {
        {"fetch.wait.max.ms", "1"}, {"enable.idempotence", "true"}, {NULL, NULL}};
    struct room room = open_room_with(conf, TIMEOUT_MS);
    struct told told[2] = {0};
    mock_kafka_break_producer(room.mock);
    request(&room, &told[0], 0);
    for (int waited = 0; replies_unready(room.replies) == NULL; waited += 10) {
        ck_assert_int_lt(waited, PATIENCE_MS);
        (void)poll(NULL, 0, 10);
    }
    replies_run(room.replies, 0);
    ck_assert_ptr_null(replies_unready(room.replies));
    request(&room, &told[1], 0);
    struct bus_message m = serve(&room);
    answer(&room, &m, NULL);
    bus_message_free(&m);
    RUN_UNTIL(&room, 0, answered, 1);
    ck_assert_int_eq(told[1].outcome, REPLY_ANSWERED);
    replies_run(room.replies, TIMEOUT_MS);
    ck_assert_int_eq(told[0].times, 1);
    ck_assert_int_ne(told[0].outcome, REPLY_ANSWERED);
    close_room(&room);
}
END_TEST

START_TEST(whoever_asked_logs_the_answer_under_the_trace_of_the_request)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told answered = {0}, overdue = {0};
    request(&room, &answered, 0);
    struct bus_message m = serve(&room);
    answer(&room, &m, NULL);
    bus_message_free(&m);
    RUN_UNTIL(&room, 0, answered, 1);
    ck_assert_str_eq(answered.trace_id, TRACE);
    request(&room, &overdue, 0);
    replies_run(room.replies, TIMEOUT_MS);
    ck_assert_int_eq(overdue.outcome, REPLY_UNKNOWN);
    ck_assert_str_eq(overdue.trace_id, TRACE);
    ck_assert_str_eq(log_trace_get().id, "");
    close_room(&room);
}
END_TEST

CHECK_MAIN("replies", a_request_is_answered_once,
           whoever_asked_logs_the_answer_under_the_trace_of_the_request,
           a_reply_without_further_headers_has_none, what_is_not_ours_or_not_readable_is_dropped,
           more_than_may_wait_are_refused, a_broker_away_at_the_start_is_waited_for,
           what_could_not_be_sent_is_certainly_not_done, a_producer_beyond_repair_is_replaced)
