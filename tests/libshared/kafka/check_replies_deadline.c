/* How long a request is waited for. */
#include "tests/libshared/kafka/replies_fixture.h"

START_TEST(a_deadline_passed_is_unknown_and_its_reply_late)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told told = {0};
    request(&room, &told, 1000);
    ck_assert_int_le(replies_next(room.replies, 1000), 1000 + TIMEOUT_MS);
    replies_run(room.replies, 1000 + TIMEOUT_MS - 1);
    ck_assert_int_eq(told.times, 0);
    replies_run(room.replies, 1000 + TIMEOUT_MS);
    ck_assert_int_eq(told.times, 1);
    ck_assert_int_eq(told.outcome, REPLY_UNKNOWN);
    struct bus_message m = serve(&room);
    answer(&room, &m, NULL);
    bus_message_free(&m);
    RUN_UNTIL(&room, 1000 + TIMEOUT_MS, late, 1);
    ck_assert_int_eq(told.times, 1);
    ck_assert_uint_eq(replies_counts(room.replies).expired, 1);
    close_room(&room);
}
END_TEST

START_TEST(a_request_may_be_waited_for_longer_than_others)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told slow = {0}, quick = {0};
    request_patiently(&room, &slow, 1000, 3 * TIMEOUT_MS);
    request(&room, &quick, 1000);
    struct bus_message m = serve(&room);
    struct envelope e;
    void *arena = mem_arena(NULL, 0);
    ck_assert_int_eq(envelope_read(arena, &m, &e), 0);
    ck_assert_int_eq(e.timeout_ms, 3 * TIMEOUT_MS);
    mem_free(arena);
    bus_message_free(&m);
    replies_run(room.replies, 1000 + TIMEOUT_MS);
    ck_assert_int_eq(quick.outcome, REPLY_UNKNOWN);
    ck_assert_int_eq(quick.times, 1);
    replies_run(room.replies, 1000 + 3 * TIMEOUT_MS - 1);
    ck_assert_int_eq(slow.times, 0);
    replies_run(room.replies, 1000 + 3 * TIMEOUT_MS);
    ck_assert_int_eq(slow.times, 1);
    close_room(&room);
}
END_TEST

START_TEST(what_has_waited_has_only_the_rest_of_its_time)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told late = {0}, too_late = {0};
    struct replies_request order = place_order(&late);
    order.since_ms = 1000;
    replies_request(room.replies, &order, 1000 + TIMEOUT_MS - 1, 1777658400000);
    struct bus_message m = serve(&room);
    struct envelope e;
    void *arena = mem_arena(NULL, 0);
    ck_assert_int_eq(envelope_read(arena, &m, &e), 0);
    ck_assert_int_eq(e.timeout_ms, 1);
    mem_free(arena);
    bus_message_free(&m);
    replies_run(room.replies, 1000 + TIMEOUT_MS);
    ck_assert_int_eq(late.outcome, REPLY_UNKNOWN);
    ck_assert_int_eq(late.times, 1);
    order.context = &too_late;
    replies_request(room.replies, &order, 1000 + TIMEOUT_MS, 1777658400000);
    ck_assert_int_eq(too_late.outcome, REPLY_NOT_DONE);
    ck_assert_int_eq(too_late.times, 1);
    ck_assert_uint_eq(replies_counts(room.replies).sent, 1);
    close_room(&room);
}
END_TEST

/* What is asked again under its id until it is answered: an answer that its time is over would be
 * the only one that it ever gets. */
START_TEST(a_request_may_be_done_however_late)
{
    struct room room = open_room(TIMEOUT_MS);
    struct told told = {0};
    struct replies_request order = place_order(&told);
    order.no_deadline = true;
    replies_request(room.replies, &order, 0, 1777658400000);
    struct bus_message m = serve(&room);
    void *arena = mem_arena(NULL, 0);
    struct envelope e;
    ck_assert_int_eq(envelope_read(arena, &m, &e), 0);
    ck_assert_int_eq(e.timeout_ms, -1);
    mem_free(arena);
    bus_message_free(&m);
    replies_run(room.replies, TIMEOUT_MS + 1); /* who asked is told in time all the same */
    ck_assert_int_eq(told.outcome, REPLY_UNKNOWN);
    close_room(&room);
}
END_TEST

CHECK_MAIN("replies_deadline", a_deadline_passed_is_unknown_and_its_reply_late,
           a_request_may_be_waited_for_longer_than_others,
           what_has_waited_has_only_the_rest_of_its_time, a_request_may_be_done_however_late)
