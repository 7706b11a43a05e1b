/* Offers in, claims and reports out, against a broker in this process and a db-svc that the test
 * plays. Nothing leaves the machine: without a gateway a text message fails at once. */
#include "notify-svc/deliver.h"
#include "notify-svc/jobs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/command.h"
#include "libshared/contract/notification.h"
#include "libshared/kafka/consumer.h"
#include "libshared/kafka/envelope.h"
#include "libshared/kafka/producer.h"
#include "libshared/kafka/reader.h"
#include "tests/support/check_main.h"
#include "tests/support/mock_kafka.h"
#include "tests/support/patience.h"
#include "tests/support/ids.h"

#define OFFERS "notifications.deliveries"
#define COMMANDS "notifications.commands"
#define REPLIES "notify-svc.replies"
enum { TIMEOUT_MS = 2000 };

/* Three deliveries: one for which all goes well, one whose first claim and first report by
 * themselves are not answered, one that somebody else has claimed. */
enum { GOOD, LATE, TAKEN, DELIVERIES };
static const char *const deliveries[DELIVERIES] = {"delivery_01jz3w4v9he8qb2m5x7k6d0c1a",
                                                   "delivery_01jz3w4v9he8qb2m5x7k6d0c1b",
                                                   "delivery_01jz3w4v9he8qb2m5x7k6d0c1c"};

struct heard {
    int claims, reports;
    char claim_id[128], report_id[128];
};

static struct {
    void *arena;
    struct mock_kafka *mock;
    struct bus_reader *commands;
    struct bus_producer *producer;
    struct service_context context;
    struct settings settings;
    struct heard heard[DELIVERIES];
    int bulks;
    bool deaf;                      /* what comes together is not answered */
    const char *traces[DELIVERIES]; /* of the offers; NULL: none */
    bool offered, done;
    int64_t give_up_ms;
} t;

static void produce(const char *topic, int32_t partition, const char *value,
                    const struct envelope_headers *headers)
{
    struct bus_record record = {.topic = topic,
                                .partition = partition,
                                .value = value,
                                .value_size = strlen(value),
                                .headers = headers != NULL ? headers->list : NULL,
                                .n_headers = headers != NULL ? headers->n : 0};
    ck_assert_int_eq(bus_producer_send(t.producer, &record), 0);
}

static void offer(int which)
{
    const struct delivery_offer said = {
        .event_id = EVENT_ID, .delivery_id = deliveries[which], .attempt = 1};
    struct envelope_headers headers = {0};
    if (t.traces[which] != NULL)
        envelope_add(&headers, "traceparent",
                     mem_printf(t.arena, "00-%s-00f067aa0ba902b7-00", t.traces[which]));
    produce(OFFERS, 0, record_text(t.arena, &delivery_offer_record, &said), &headers);
}

/* The one that is answered late also comes again meanwhile. */
static void offer_all(void)
{
    produce(OFFERS, 0, "junk", NULL);
    for (int i = 0; i < DELIVERIES; i++)
        offer(i);
    offer(LATE);
}

static void answer(const struct envelope *command, int status, const char *body)
{
    struct envelope_headers headers = {0};
    envelope_write_reply(&headers, &(struct envelope_reply){
                                       .type = command->type,
                                       .id = command->id,
                                       .source = "/db-svc",
                                       .status = status,
                                       .correlation = command->reply_to.correlation,
                                       .correlation_size = command->reply_to.correlation_size,
                                   });
    produce(command->reply_to.topic, command->reply_to.partition, body, &headers);
}

/* The same id every time, however often: a slow machine asks more often than it must. */
static void remember(char remembered[128], const char *id)
{
    if (*remembered == '\0')
        (void)snprintf(remembered, 128, "%s", id);
    ck_assert_str_eq(remembered, id);
}

static const char *order_text(int which)
{
    return mem_printf(
        t.arena,
        "{\"id\":\"%s\",\"status\":\"sending\",\"channel\":\"sms\",\"address\":\"+34600000000\","
        "\"message\":\"Hello\"}",
        deliveries[which]);
}

static void hear_claim(const struct envelope *command, int which)
{
    struct heard *heard = &t.heard[which];
    remember(heard->claim_id, command->id);
    heard->claims++;
    if (which == TAKEN)
        answer(command, 409, "{}");
    else if (which == GOOD || heard->claims > 1)
        answer(command, 200, order_text(which));
}

static void check_report(const struct delivery_report *report)
{
    ck_assert_int_eq(report->status, DELIVERY_FAILED);
    ck_assert_str_eq(report->error, "channel_unavailable");
}

static void hear_report(const struct envelope *command, int which,
                        const struct delivery_report *report)
{
    struct heard *heard = &t.heard[which];
    remember(heard->report_id, command->id);
    heard->reports++;
    check_report(report);
    if (*heard->claim_id != '\0')
        ck_assert_ptr_nonnull(strstr(heard->claim_id, report->claim));
    if (which == GOOD || heard->reports > 1)
        answer(command, 200, "{}");
}

static int index_of(const char *delivery_id)
{
    int which = 0;
    while (which < DELIVERIES && strcmp(deliveries[which], delivery_id) != 0)
        which++;
    ck_assert_int_lt(which, DELIVERIES);
    return which;
}

/* What is late is never settled together with others. */
static const char *outcome_of(const struct delivery_report *report)
{
    int which = index_of(report->delivery_id);
    bool claims = report->status == DELIVERY_SENDING;
    if (!claims)
        check_report(report);
    if (which == LATE)
        return "{\"result\":\"alone\"}";
    if (claims)
        t.heard[which].claims++;
    else
        t.heard[which].reports++;
    if (which == TAKEN)
        return "{\"result\":\"refused\"}";
    return claims ? mem_printf(t.arena, "{\"result\":\"taken\",\"order\":%s}", order_text(which))
                  : "{\"result\":\"taken\"}";
}

static bool is_of(const char *traceparent, const char *trace)
{
    return trace == NULL ? traceparent == NULL
                         : traceparent != NULL && strstr(traceparent, trace) != NULL;
}

static bool are_of_one_trace(const struct delivery_bulk *bulk)
{
    const char *first = t.traces[index_of(bulk->reports.at[0].delivery_id)];
    for (size_t i = 1; i < bulk->reports.n; i++)
        if (t.traces[index_of(bulk->reports.at[i].delivery_id)] != first)
            return false;
    return true;
}

static void hear_bulk(const struct envelope *command, const struct delivery_bulk *bulk)
{
    const char *results = "";
    t.bulks++;
    ck_assert_uint_gt(bulk->reports.n, 1);
    ck_assert(is_of(command->traceparent, are_of_one_trace(bulk)
                                              ? t.traces[index_of(bulk->reports.at[0].delivery_id)]
                                              : NULL));
    if (t.deaf)
        return;
    for (size_t i = 0; i < bulk->reports.n; i++)
        results = mem_printf(t.arena, "%s%s%s", results, i > 0 ? "," : "",
                             outcome_of(&bulk->reports.at[i]));
    answer(command, 200, mem_printf(t.arena, "{\"results\":[%s]}", results));
}

static void hear_one(const struct envelope *command, const char *delivery_id,
                     const struct delivery_report *report)
{
    ck_assert(is_of(command->traceparent, t.traces[index_of(delivery_id)]));
    if (report->status == DELIVERY_SENDING)
        hear_claim(command, index_of(delivery_id));
    else
        hear_report(command, index_of(delivery_id), report);
}

static void hear(const struct bus_message *message)
{
    struct envelope command;
    ck_assert_int_eq(envelope_read(t.arena, message, &command), 0);
    ck_assert_uint_eq(message->key_size, strlen(EVENT_ID));
    ck_assert_mem_eq(message->key, EVENT_ID, message->key_size);

    struct violations violations = {.arena = t.arena};
    struct decoder decoder = {.arena = t.arena, .violations = &violations};
    struct command_body body;
    json_t *hold, *json = json_loadb(command.body, command.body_size, 0, NULL);
    ck_assert(command_decode(&decoder, command_find(command.type), json, &body, &hold));
    if (strcmp(command.type, "delivery.record_bulk") == 0) {
        hear_bulk(&command, body.request);
    } else {
        ck_assert_str_eq(command.type, "delivery.record");
        hear_one(&command, body.ids[ID_DELIVERY], body.request);
    }
    json_decref(hold);
    json_decref(json);
}

static bool all_ended(void)
{
    if (((const struct deliver *)t.context.own)->n_jobs > 0)
        return false;
    return t.heard[GOOD].reports > 0 && t.heard[LATE].reports > 1 && t.heard[TAKEN].claims > 0;
}

static void db_svc(void *user, const struct clock_time *now)
{
    (void)user;
    ck_assert_int_lt(now->monotonic_ms, t.give_up_ms);
    if (!t.offered && replies_unready(t.context.replies) == NULL) {
        offer_all();
        t.offered = true;
    }
    struct bus_message message;
    while (bus_reader_poll(t.commands, 0, &message) > 0) {
        hear(&message);
        bus_message_free(&message);
    }
    (void)bus_producer_poll(t.producer, 0);
    if (all_ended())
        loop_stop(t.context.loop);
}

static int64_t run_replies(void *user, const struct clock_time *now)
{
    (void)user;
    replies_run(t.context.replies, now->monotonic_ms);
    return 10;
}

static void open_replies(void)
{
    static const char *const warm[] = {COMMANDS};
    ck_assert_int_eq(replies_open(&(struct replies_config){.bus = t.context.bus,
                                                           .topic = REPLIES,
                                                           .source = "/rest/anonymous",
                                                           .instance = "notify",
                                                           .max_pending = 100,
                                                           .timeout_ms = TIMEOUT_MS,
                                                           .warm = warm,
                                                           .n_warm = 1},
                                  &t.context.replies),
                     0);
}

static void start(void)
{
    t.arena = mem_arena(NULL, 0);
    t.mock = mock_kafka_open();
    mock_kafka_topic(t.mock, OFFERS, 1);
    mock_kafka_topic(t.mock, COMMANDS, 1);
    mock_kafka_topic(t.mock, REPLIES, 1);
    t.settings = (struct settings){.port = 1, .smtp_url = "smtp://127.0.0.1", .smtp_from = "a@b"};
    t.context = (struct service_context){.arena = t.arena,
                                         .settings = &t.settings,
                                         .bus = *mock_kafka_bus(t.mock),
                                         .health = health_new(t.arena),
                                         .metrics = metrics_new(t.arena)};
    /* A session outlives a slow machine, on which no heartbeat may come for seconds. */
    static const struct settings_pair patient[] = {
        {"fetch.wait.max.ms", "1"}, {"session.timeout.ms", "60000"}, {NULL, NULL}};
    t.context.bus.conf = patient;
    ck_assert_int_eq(loop_open(t.arena, &t.context.loop), 0);
    open_replies();

    ck_assert_int_eq(
        bus_producer_open(&t.context.bus, &(struct bus_producer_config){0}, &t.producer), 0);
    ck_assert_int_eq(bus_reader_open(&t.context.bus, 1 << 20, &t.commands), 0);
    ck_assert_int_eq(bus_reader_start(t.commands, COMMANDS, 0, BUS_BEGINNING), 0);
    loop_every(t.context.loop, 10, db_svc, NULL);
    loop_each_pass(t.context.loop, run_replies, NULL);
    t.give_up_ms = clock_monotonic_ms() + PATIENCE_MS;
}

static int64_t committed(void)
{
    static const char *const topics[] = {OFFERS};
    struct bus_consumer *consumer;
    struct bus_partition partition = {.topic = OFFERS};
    ck_assert_int_eq(bus_consumer_open(&t.context.bus,
                                       &(struct bus_consumer_config){.group = "notify-svc",
                                                                     .topics = topics,
                                                                     .n_topics = 1,
                                                                     .automatic = true},
                                       &consumer),
                     0);
    ck_assert_int_eq(bus_consumer_committed(consumer, &partition, 1, PATIENCE_MS), 0);
    bus_consumer_close(consumer, PATIENCE_MS);
    return partition.offset;
}

static void end(void)
{
    replies_close(t.context.replies);
    bus_reader_close(t.commands);
    bus_producer_close(t.producer);
    mock_kafka_close(t.mock);
    mem_free(t.arena);
}

static void check_all_end(void)
{
    start();
    ck_assert_int_eq(deliver_start(&t.context), 0);
    ck_assert_int_eq(loop_run(t.context.loop), 0);
    deliver_stop(&t.context);

    ck_assert_int_ge(t.bulks, 1);
    ck_assert_int_ge(t.heard[GOOD].claims, 1);
    ck_assert_int_ge(t.heard[LATE].claims, 2);
    ck_assert_int_eq(t.heard[TAKEN].reports, 0);
    ck_assert_int_eq(committed(), 1 + DELIVERIES + 1);
    end();
}

START_TEST(each_offer_is_claimed_sent_and_reported_until_that_is_answered)
{
    check_all_end();
}
END_TEST

START_TEST(what_is_not_answered_together_is_asked_for_one_by_one)
{
    t.deaf = true;
    check_all_end();
}
END_TEST

#define ONE "4bf92f3577b34da6a3ce929d0e0e4736"
#define OTHER "0af7651916cd43dd8448eb211c80319c"

START_TEST(what_is_asked_for_several_of_one_trace_is_of_that_trace)
{
    t.traces[GOOD] = t.traces[LATE] = t.traces[TAKEN] = ONE;
    check_all_end();
}
END_TEST

START_TEST(what_is_asked_for_several_of_several_traces_is_of_none)
{
    t.traces[GOOD] = ONE;
    t.traces[LATE] = OTHER;
    check_all_end();
}
END_TEST

START_TEST(a_setting_that_makes_no_sense_ends_the_start)
{
    start();
    t.settings.sms_url = "http://gateway";
    ck_assert_int_eq(deliver_start(&t.context), -EINVAL);
    t.settings.sms_url = NULL;
    t.settings.smtp_url = "imap://server";
    ck_assert_int_eq(deliver_start(&t.context), -EINVAL);
    end();
}
END_TEST

CHECK_MAIN("deliver", each_offer_is_claimed_sent_and_reported_until_that_is_answered,
           what_is_not_answered_together_is_asked_for_one_by_one,
           what_is_asked_for_several_of_one_trace_is_of_that_trace,
           what_is_asked_for_several_of_several_traces_is_of_none,
           a_setting_that_makes_no_sense_ends_the_start)
