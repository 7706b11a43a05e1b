/* A crowd that asks for what is sold out: one request of each kind is under way, and whoever waits
 * is answered with what was decided after they had come. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/libshared/service/facade_fixture.h"

#define SALE_OF(quantity, buyer, more)                                                             \
    "{\"items\":[{\"ticket_type_id\":\"" TYPE "\",\"quantity\":" quantity "}],"                    \
    "\"buyer\":{\"name\":\"" buyer "\",\"email\":\"" buyer "@example.org\"}" more "}"
#define SOLD_OUT                                                                                   \
    "{\"type\":\"/problems/sold_out\",\"title\":\"Sold out\",\"status\":409,\"detail\":\"No.\","   \
    "\"instance\":\"urn:uuid:00000000-0000-4000-8000-000000000000\",\"code\":\"sold_out\","        \
    "\"available\":1,\"ticket_type_id\":\"" TYPE "\"}"

/* Sends a request on a connection of its own, which the server reads. */
static int post(const char *target, const char *headers, const char *body)
{
    dial();
    const char *text = mem_printf(
        t.arena, "POST %s HTTP/1.1\r\nHost: x\r\n" JSON "%sContent-Length: %zu\r\n\r\n%s", target,
        headers, strlen(body), body);
    size_t asked = t.asked, sent = 0;
    for (int i = 0; i < 20 || sent < strlen(text); i++) {
        ssize_t n = send(t.fd, text + sent, strlen(text) - sent, MSG_NOSIGNAL);
        sent += n > 0 ? (size_t)n : 0;
        struct clock_time now = fixture_now();
        facade_at(t.facade, &now);
        (void)http_server_run(t.server, &now);
        if (t.asked > asked)
            break;
    }
    int fd = t.fd;
    t.fd = -1;
    return fd;
}

static int buy(const char *body)
{
    return post(EVENTS "/orders", "", body);
}

static void hear_on(int fd)
{
    t.fd = fd;
    t.size = 0;
    t.answer[0] = '\0';
    t.status = 0;
    while (!hear(false))
        turn();
    hang_up();
}

static bool silent(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
}

static void tell(const struct replies_request *request, const struct reply *answer)
{
    t.status = 0;
    request->done(request->context, answer);
}

static void refuse(const struct replies_request *request, bool any_buyer)
{
    tell(request, &(struct reply){.outcome = REPLY_ANSWERED,
                                  .status = 409,
                                  .body = SOLD_OUT,
                                  .body_size = strlen(SOLD_OUT),
                                  .any_buyer = any_buyer});
}

/* One was refused whatever buyer it had been. */
static void begin_sold_out(void)
{
    begin();
    int first = buy(SALE_OF("2", "ada", ""));
    refuse(&t.request, true);
    hear_on(first);
    is_problem(409, "sold_out", NULL);
    ck_assert_uint_eq(t.asked, 1);
}

START_TEST(who_waits_is_answered_with_what_was_decided_after_they_came)
{
    begin_sold_out();
    int one = buy(SALE_OF("2", "bea", ""));
    const struct replies_request first = t.request;
    ck_assert_uint_eq(t.asked, 2);
    int two = buy(SALE_OF("2", "cal", ",\"external_id\":\"x-1\"")),
        three = buy(SALE_OF("2", "dan", ""));
    ck_assert_uint_eq(t.asked, 2);

    refuse(&first, true);
    hear_on(one);
    is_problem(409, "sold_out", NULL);
    ck_assert_str_eq(header("Idempotency-Key"), first.id);
    ck_assert_uint_eq(t.asked, 3);
    ck_assert(silent(two) && silent(three));

    const struct replies_request second = t.request;
    refuse(&second, true);
    hear_on(two);
    is_problem(409, "sold_out", NULL);
    ck_assert_str_eq(header("Idempotency-Key"), second.id);
    hear_on(three);
    is_problem(409, "sold_out", NULL);
    ck_assert_ptr_null(header("Idempotency-Key"));
    ck_assert_ptr_null(header("Operation-Id"));
    ck_assert_str_eq(header("Cache-Control"), "no-store");
    json_t *body = answered();
    ck_assert_int_eq(json_integer_value(json_object_get(body, "available")), 1);
    ck_assert_str_eq(json_string_value(json_object_get(body, "ticket_type_id")), TYPE);
    ck_assert_str_ne(json_string_value(json_object_get(body, "instance")),
                     "urn:uuid:00000000-0000-4000-8000-000000000000");
    json_decref(body);
    ck_assert_uint_eq(t.asked, 3);
    end();
}
END_TEST

START_TEST(what_is_asked_otherwise_is_asked_by_itself)
{
    begin_sold_out();
    (void)buy(SALE_OF("2", "bea", ""));
    ck_assert_uint_eq(t.asked, 2);
    (void)post(EVENTS "/orders", "Idempotency-Key: mine\r\n", SALE_OF("2", "cal", ""));
    ck_assert_uint_eq(t.asked, 3);
    (void)buy(SALE_OF("1", "dan", ""));
    ck_assert_uint_eq(t.asked, 4);
    (void)buy(SALE_OF("2", "eva", ",\"hold_seconds\":60"));
    ck_assert_uint_eq(t.asked, 5);
    (void)post("/v1/events/event_01jz3w4v9he8qb2m5x7k6d0c1p/orders", "", SALE_OF("2", "fay", ""));
    ck_assert_uint_eq(t.asked, 6);
    (void)buy(SALE_OF("2", "gus", ",\"answers_later\":true"));
    ck_assert_uint_eq(t.asked, 7);
    (void)buy(SALE_OF("0", "hal", ""));
    ck_assert_uint_eq(t.asked, 7);
    end();
}
END_TEST

START_TEST(once_one_can_buy_those_who_wait_ask_themselves)
{
    begin_sold_out();
    int one = buy(SALE_OF("2", "bea", ""));
    const struct replies_request first = t.request;
    int two = buy(SALE_OF("2", "cal", "")), three = buy(SALE_OF("2", "dan", ""));
    tell(&first,
         &(struct reply){.outcome = REPLY_ANSWERED, .status = 201, .body = "{}", .body_size = 2});
    hear_on(one);
    ck_assert_int_eq(t.status, 201);
    ck_assert_uint_eq(t.asked, 4);
    ck_assert(silent(two) && silent(three));
    refuse(&t.request, false);
    hear_on(three);
    is_problem(409, "sold_out", NULL);
    ck_assert_str_eq(header("Idempotency-Key"), t.request.id);
    (void)buy(SALE_OF("2", "eva", ""));
    (void)buy(SALE_OF("2", "fay", ""));
    ck_assert_uint_eq(t.asked, 6);
    end();
}
END_TEST

START_TEST(who_waits_for_an_answer_that_does_not_come_may_ask_again)
{
    begin_sold_out();
    int one = buy(SALE_OF("2", "bea", ""));
    const struct replies_request first = t.request;
    int two = buy(SALE_OF("2", "cal", ""));
    tell(&first, &(struct reply){.outcome = REPLY_UNKNOWN});
    hear_on(one);
    is_problem(504, "outcome_unknown", NULL);
    hear_on(two);
    is_problem(503, "overloaded", NULL);
    ck_assert_str_eq(header("Retry-After"), "1");
    ck_assert_uint_eq(t.asked, 2);
    end();
}
END_TEST

START_TEST(a_refusal_of_this_buyer_is_nobody_elses)
{
    begin();
    int one = buy(SALE_OF("2", "ada", ""));
    refuse(&t.request, false);
    hear_on(one);
    (void)buy(SALE_OF("2", "bea", ""));
    (void)buy(SALE_OF("2", "cal", ""));
    ck_assert_uint_eq(t.asked, 3);
    end();
}
END_TEST

static const char *buyer_of_last(void)
{
    return json_string_value(json_object_get(json_object_get(t.message, "buyer"), "name"));
}

START_TEST(who_hangs_up_while_waiting_buys_nothing)
{
    begin_sold_out();
    int one = buy(SALE_OF("2", "bea", ""));
    struct replies_request under_way = t.request;
    (void)close(buy(SALE_OF("2", "cal", "")));
    int three = buy(SALE_OF("2", "dan", ""));
    int four = buy(SALE_OF("2", "eva", ""));
    (void)close(buy(SALE_OF("2", "fay", "")));
    refuse(&under_way, true);
    hear_on(one);
    ck_assert_uint_eq(t.asked, 3);
    ck_assert_str_eq(buyer_of_last(), "dan");
    under_way = t.request;
    (void)close(buy(SALE_OF("2", "gus", "")));
    tell(&under_way,
         &(struct reply){.outcome = REPLY_ANSWERED, .status = 201, .body = "{}", .body_size = 2});
    hear_on(three);
    ck_assert_uint_eq(t.asked, 4);
    ck_assert_str_eq(buyer_of_last(), "eva");
    refuse(&t.request, true);
    hear_on(four);
    end();
}
END_TEST

START_TEST(once_all_who_wait_have_hung_up_the_next_asks)
{
    begin_sold_out();
    int one = buy(SALE_OF("2", "bea", ""));
    const struct replies_request first = t.request;
    (void)close(buy(SALE_OF("2", "cal", "")));
    (void)close(buy(SALE_OF("2", "dan", "")));
    refuse(&first, true);
    hear_on(one);
    ck_assert_uint_eq(t.asked, 2);
    (void)buy(SALE_OF("2", "eva", ""));
    ck_assert_uint_eq(t.asked, 3);
    end();
}
END_TEST

START_TEST(who_has_waited_has_only_the_rest_of_the_time)
{
    begin_sold_out();
    int one = buy(SALE_OF("2", "bea", ""));
    const struct replies_request first = t.request;
    ck_assert_int_eq(first.since_ms, 0);
    int64_t came_ms = fixture_now().monotonic_ms;
    int two = buy(SALE_OF("2", "cal", ""));
    t.later_ms = 60000;
    refuse(&first, true);
    hear_on(one);
    ck_assert_uint_eq(t.asked, 3);
    ck_assert_int_ge(t.request.since_ms, came_ms);
    ck_assert_int_lt(t.request.since_ms, came_ms + 60000);
    ck_assert(silent(two));
    end();
}
END_TEST

START_TEST(only_so_many_wait)
{
    begin_as((struct facade_config){.max_waiting = 1});
    int first = buy(SALE_OF("2", "ada", ""));
    refuse(&t.request, true);
    hear_on(first);
    (void)buy(SALE_OF("2", "bea", ""));
    (void)buy(SALE_OF("2", "cal", ""));
    ck_assert_uint_eq(t.asked, 2);
    (void)buy(SALE_OF("2", "dan", ""));
    ck_assert_uint_eq(t.asked, 3);
    end();
}
END_TEST

START_TEST(many_kinds_of_refusals_are_remembered_and_no_more)
{
    begin();
    for (int i = 0; i < 2000; i++) {
        const char *sale = mem_printf(t.arena,
                                      "{\"items\":[{\"ticket_type_id\":\"tkttype_"
                                      "01jz3w4v9he8qb2m5x7k6d%04d\",\"quantity\":1}],"
                                      "\"buyer\":{\"name\":\"Ada\",\"email\":\"ada@example.org\"}}",
                                      i);
        int one = buy(sale);
        refuse(&t.request, true);
        hear_on(one);
        ck_assert_int_eq(t.status, 409);
    }
    ck_assert_uint_eq(t.asked, 2000);
    end();
}
END_TEST

CHECK_MAIN("refused_alike", who_waits_is_answered_with_what_was_decided_after_they_came,
           what_is_asked_otherwise_is_asked_by_itself,
           once_one_can_buy_those_who_wait_ask_themselves,
           who_waits_for_an_answer_that_does_not_come_may_ask_again,
           a_refusal_of_this_buyer_is_nobody_elses, who_hangs_up_while_waiting_buys_nothing,
           once_all_who_wait_have_hung_up_the_next_asks,
           who_has_waited_has_only_the_rest_of_the_time, only_so_many_wait,
           many_kinds_of_refusals_are_remembered_and_no_more)
