/* Following facts and asking questions, against a broker in this process; db-svc is the test's. */
#include "tickets-svc/fact_follower.h"

#include <string.h>
#include <sys/epoll.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/envelope.h"
#include "libshared/kafka/producer.h"
#include "libshared/kafka/reader.h"
#include "tests/support/check_main.h"
#include "tests/support/mock_kafka.h"
#include "tests/support/patience.h"
#include "tests/support/ids.h"

#define QUERIES "tickets.queries"
#define REPLIES "tickets-svc.replies"
enum { PARTITIONS = 2, LOOK_MS = 5 };

static struct {
    void *arena;
    struct mock_kafka *mock;
    struct bus_producer *producer;
    struct bus_reader *queries;
    struct loop *loop;
    struct replies *replies;
    struct availability_table *table;
    struct fact_follower *follower;
    int64_t until; /* when patience ends */
    bool (*waited_for)(void);
    int told[QUESTION_UNANSWERED + 1];
    int64_t sold; /* that is waited for */
} t;

/* --- The loop --- */

static int64_t run_replies(void *user, const struct clock_time *now)
{
    (void)user;
    replies_run(t.replies, now->monotonic_ms);
    return LOOP_ANY_SLEEP;
}

static void look(void *user, const struct clock_time *now)
{
    (void)user;
    if (t.waited_for())
        loop_stop(t.loop);
    else
        ck_assert_int_lt(now->monotonic_ms, t.until);
}

static void run_until(bool (*is_so)(void))
{
    t.waited_for = is_so;
    t.until = clock_read().monotonic_ms + PATIENCE_MS;
    ck_assert_int_eq(loop_run(t.loop), 0);
}

static bool is_ready(void)
{
    return fact_follower_unready(t.follower) == NULL && replies_unready(t.replies) == NULL;
}

static bool is_told(void)
{
    return t.told[QUESTION_ANSWERED] + t.told[QUESTION_NO_EVENT] + t.told[QUESTION_UNANSWERED] > 0;
}

/* --- The rig --- */

static void changed(void *context, const char *event_id)
{
    (void)context;
    (void)event_id;
}

static void open_broker(void)
{
    static const char *const topics[] = {"events.facts", "tickets.facts", QUERIES, REPLIES};
    t.mock = mock_kafka_open();
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        mock_kafka_topic(t.mock, topics[i], PARTITIONS);
    ck_assert_int_eq(
        bus_producer_open(mock_kafka_bus(t.mock), &(struct bus_producer_config){0}, &t.producer),
        0);
    ck_assert_int_eq(bus_reader_open(mock_kafka_bus(t.mock), 1 << 20, &t.queries), 0);
    for (int32_t p = 0; p < PARTITIONS; p++)
        ck_assert_int_eq(bus_reader_start(t.queries, QUERIES, p, BUS_BEGINNING), 0);
}

static void open_follower(void)
{
    static const char *const warm[] = {QUERIES};
    ck_assert_int_eq(loop_open(t.arena, &t.loop), 0);
    ck_assert_int_eq(replies_open(&(struct replies_config){.bus = *mock_kafka_bus(t.mock),
                                                           .topic = REPLIES,
                                                           .source = "/rest/anonymous",
                                                           .instance = "one",
                                                           .max_pending = 8,
                                                           .timeout_ms = PATIENCE_MS,
                                                           .warm = warm,
                                                           .n_warm = 1},
                                  &t.replies),
                     0);
    ck_assert_int_eq(loop_add(t.loop, replies_fd(t.replies), EPOLLIN, NULL, NULL), 0);
    loop_each_pass(t.loop, run_replies, NULL);
    loop_every(t.loop, LOOK_MS, look, NULL);
    t.table = availability_new(t.arena, changed, NULL);
    ck_assert_int_eq(
        fact_follower_open(t.arena,
                           &(struct fact_follower_config){.bus = *mock_kafka_bus(t.mock),
                                                          .loop = t.loop,
                                                          .replies = t.replies,
                                                          .table = t.table},
                           &t.follower),
        0);
}

static void begin(void)
{
    memset(&t, 0, sizeof t);
    t.arena = mem_arena(NULL, 0);
    open_broker();
    open_follower();
    run_until(is_ready);
}

static void end(void)
{
    fact_follower_close(t.follower);
    replies_close(t.replies);
    bus_reader_close(t.queries);
    bus_producer_close(t.producer);
    mem_free(t.arena);
    mock_kafka_close(t.mock);
}

/* --- What others send --- */

static void send(const char *topic, int32_t partition, const char *key, const char *body,
                 const struct envelope_headers *headers)
{
    const struct bus_record record = {.topic = topic,
                                      .partition = partition,
                                      .key = key,
                                      .key_size = key != NULL ? strlen(key) : 0,
                                      .value = body,
                                      .value_size = strlen(body),
                                      .headers = headers->list,
                                      .n_headers = headers->n};
    ck_assert_int_eq(bus_producer_send(t.producer, &record), 0);
    ck_assert_int_eq(bus_producer_flush(t.producer, PATIENCE_MS), 0);
}

static void tell_fact(const char *topic, const char *type, const char *body)
{
    struct envelope_headers headers;
    envelope_write_fact(
        &headers, &(struct envelope_fact){.type = type, .id = "f", .source = "db", .sequence = 1});
    send(topic, BUS_BY_KEY, EVENT_ID, body, &headers);
}

static void tell_sold(int64_t sold, int64_t rev)
{
    tell_fact("tickets.facts", "order.placed",
              mem_printf(t.arena,
                         "{\"event_id\":\"" EVENT_ID
                         "\",\"stock\":[{\"ticket_type_id\":\"" GENERAL_ID
                         "\",\"capacity\":100,\"sold\":%lld,\"held\":0,\"rev\":%lld}]}",
                         (long long)sold, (long long)rev));
}

#define KNOWN                                                                                      \
    "{\"status\":\"published\",\"version\":1,\"items\":[{\"ticket_type_id\":\"" GENERAL_ID         \
    "\",\"type\":\"general\",\"name\":\"N\",\"price\":{\"amount\":1,\"currency\":\"EUR\"},"        \
    "\"capacity\":100,\"sold\":2,\"held\":0,\"version\":1,\"rev\":3}]}"

/* As db-svc does, the next question. */
static void answer_next(int status, const char *body)
{
    struct bus_message question;
    struct envelope asked;
    struct envelope_headers headers;
    ck_assert_int_eq(bus_reader_poll(t.queries, PATIENCE_MS, &question), 1);
    ck_assert_int_eq(envelope_read(t.arena, &question, &asked), 0);
    ck_assert_str_eq(asked.type, "availability.get");
    ck_assert_int_eq(asked.body_size, strlen("{\"event_id\":\"" EVENT_ID "\"}"));
    ck_assert_mem_eq(asked.body, "{\"event_id\":\"" EVENT_ID "\"}", asked.body_size);
    envelope_write_reply(
        &headers, &(struct envelope_reply){.type = asked.type,
                                           .id = "r",
                                           .source = "db",
                                           .status = status,
                                           .correlation = asked.reply_to.correlation,
                                           .correlation_size = asked.reply_to.correlation_size});
    send(asked.reply_to.topic, asked.reply_to.partition, NULL, body, &headers);
    bus_message_free(&question);
}

static void done(void *context, enum question_outcome outcome)
{
    ck_assert_ptr_eq(context, &t);
    t.told[outcome]++;
}

static void learn(void)
{
    fact_follower_ask(t.follower, EVENT_ID, done, &t);
    answer_next(200, KNOWN);
    run_until(is_told);
    ck_assert_int_eq(t.told[QUESTION_ANSWERED], 1);
}

static bool shows_sold(void)
{
    char tag[AVAILABILITY_TAG_SIZE];
    const char *text = availability_text(t.table, t.arena, EVENT_ID, NULL, 1, 1, tag);
    return text != NULL &&
           strstr(text, mem_printf(t.arena, "\"sold\":%lld,", (long long)t.sold)) != NULL;
}

static void run_until_sold(int64_t sold)
{
    t.sold = sold;
    run_until(shows_sold);
}

START_TEST(an_event_is_asked_for_once_and_followed_from_then_on)
{
    begin();
    fact_follower_ask(t.follower, EVENT_ID, done, &t);
    fact_follower_ask(t.follower, EVENT_ID, done, &t);
    ck_assert(!is_told());
    answer_next(200, KNOWN);
    run_until(is_told);
    ck_assert_int_eq(t.told[QUESTION_ANSWERED], 2);
    run_until_sold(2);
    tell_sold(5, 4);
    run_until_sold(5);
    end();
}
END_TEST

START_TEST(facts_that_come_while_the_question_is_out_are_not_lost)
{
    begin();
    fact_follower_ask(t.follower, EVENT_ID, done, &t);
    tell_sold(7, 4);
    answer_next(200, KNOWN); /* older than the fact */
    run_until(is_told);
    run_until_sold(7);
    end();
}
END_TEST

START_TEST(facts_from_before_the_start_are_not_read)
{
    memset(&t, 0, sizeof t);
    t.arena = mem_arena(NULL, 0);
    open_broker();
    tell_sold(50, 60);
    open_follower();
    run_until(is_ready);
    learn();
    tell_sold(5, 4);
    run_until_sold(5);
    end();
}
END_TEST

START_TEST(an_event_that_there_is_not_is_said_to_be_none)
{
    begin();
    fact_follower_ask(t.follower, EVENT_ID, done, &t);
    answer_next(404, "{}");
    run_until(is_told);
    ck_assert_int_eq(t.told[QUESTION_NO_EVENT], 1);
    ck_assert(!availability_known(t.table, EVENT_ID, NULL));
    end();
}
END_TEST

START_TEST(what_is_no_answer_is_said_to_be_none_and_asked_again)
{
    static const struct {
        int status;
        const char *body;
    } none[] = {{503, "{}"}, {200, "junk"}, {200, "{\"items\":7}"}};
    begin();
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        t.told[QUESTION_UNANSWERED] = 0;
        fact_follower_ask(t.follower, EVENT_ID, done, &t);
        answer_next(none[i].status, none[i].body);
        run_until(is_told);
        ck_assert_int_eq(t.told[QUESTION_UNANSWERED], 1);
    }
    t.told[QUESTION_UNANSWERED] = 0;
    learn();
    end();
}
END_TEST

static bool asks_by_itself(void)
{
    return availability_asked(t.table, EVENT_ID);
}

START_TEST(a_fact_that_cannot_be_read_has_its_event_asked_for_anew)
{
    begin();
    learn();
    tell_fact("tickets.facts", "order.placed", "junk");
    run_until(asks_by_itself);
    answer_next(200, KNOWN);
    tell_sold(6, 4);
    run_until_sold(6);
    end();
}
END_TEST

/* Learnt so long ago. */
static void learn_before(int64_t ms)
{
    json_t *json = json_loads(KNOWN, 0, NULL);
    availability_ask(t.table, EVENT_ID, loop_now(t.loop)->monotonic_ms - ms);
    ck_assert_int_eq(availability_answer(t.table, EVENT_ID, json), 0);
    json_decref(json);
}

START_TEST(what_is_shown_though_old_is_asked_about_in_the_background)
{
    begin();
    learn_before(20000);
    fact_follower_read(t.follower, EVENT_ID);
    ck_assert(!availability_asked(t.table, EVENT_ID));
    availability_forget(t.table);
    learn_before(40000);
    fact_follower_read(t.follower, EVENT_ID);
    ck_assert(availability_known(t.table, EVENT_ID, NULL));
    fact_follower_ask(t.follower, EVENT_ID, done, &t); /* joins it */
    answer_next(200, KNOWN);
    run_until(is_told);
    fact_follower_read(t.follower, EVENT_ID);
    ck_assert(!availability_asked(t.table, EVENT_ID));
    end();
}
END_TEST

START_TEST(a_forged_fact_has_its_event_asked_about_and_does_not_count)
{
    begin();
    learn_before(2000);
    tell_sold(99, 1000000);
    run_until(asks_by_itself);
    tell_sold(5, 4);
    run_until_sold(5);
    answer_next(200, KNOWN);
    tell_sold(6, 5);
    run_until_sold(6);
    end();
}
END_TEST

static bool is_forgotten(void)
{
    return !availability_known(t.table, EVENT_ID, NULL);
}

START_TEST(both_topics_are_followed)
{
    begin();
    learn();
    tell_sold(4, 4);
    run_until_sold(4);
    tell_fact("events.facts", "event.deleted", "{\"event_id\":\"" EVENT_ID "\"}");
    run_until(is_forgotten);
    end();
}
END_TEST

START_TEST(nothing_is_asked_while_nothing_is_followed)
{
    memset(&t, 0, sizeof t);
    t.arena = mem_arena(NULL, 0);
    open_broker();
    mock_kafka_down(t.mock, true);
    open_follower();
    ck_assert_ptr_nonnull(fact_follower_unready(t.follower));
    fact_follower_ask(t.follower, EVENT_ID, done, &t);
    ck_assert_int_eq(t.told[QUESTION_UNANSWERED], 1);
    mock_kafka_down(t.mock, false);
    t.told[QUESTION_UNANSWERED] = 0;
    run_until(is_ready);
    learn();
    end();
}
END_TEST

CHECK_MAIN("fact_follower", an_event_is_asked_for_once_and_followed_from_then_on,
           facts_that_come_while_the_question_is_out_are_not_lost,
           facts_from_before_the_start_are_not_read, an_event_that_there_is_not_is_said_to_be_none,
           what_is_no_answer_is_said_to_be_none_and_asked_again,
           a_fact_that_cannot_be_read_has_its_event_asked_for_anew,
           what_is_shown_though_old_is_asked_about_in_the_background,
           a_forged_fact_has_its_event_asked_about_and_does_not_count, both_topics_are_followed,
           nothing_is_asked_while_nothing_is_followed)
