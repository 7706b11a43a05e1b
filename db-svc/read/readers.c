#include "db-svc/read/readers.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

#include "db-svc/dead_letter.h"
#include "db-svc/read/read.h"
#include "db-svc/reply.h"
#include "db-svc/reply_drops.h"
#include "db-svc/unreadable.h"
#include "libshared/contract/topic.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/contract/problem.h"
#include "libshared/kafka/consumer.h"
#include "libshared/kafka/arrivals.h"
#include "libshared/record/json_text.h"
#include "libshared/trace/trace_log.h"

#define POLL_MS 200
#define CLOSE_MS 300
#define CLUSTER_MS 100     /* only until it is known */
#define STANDSTILL_MS 1000 /* a turn that takes longer is told */

struct reader {
    struct readers *all;
    struct bus_consumer *consumer;
    struct store *store;
    pthread_t thread;
    bool running;
    _Atomic int64_t turned_at; /* when it last asked Kafka, monotonic; 0: it does not */
    atomic_bool joined;        /* the group has said what it reads */
    struct arrivals *arrivals; /* by partition and topic */
};

struct readers {
    void *arena;
    const struct settings *settings;
    struct bus_producer *producer;
    struct reader *readers;
    size_t n;
    atomic_bool stopping;
    _Atomic uint64_t answered;
    struct reply_drops *drops;
};

static struct read_answer refusal(void *arena, struct problem problem)
{
    uint8_t instance[16];
    randombytes_buf(instance, sizeof instance);
    problem.instance = instance;
    return (struct read_answer){.status = problem_status(problem.code),
                                .body = problem_body(arena, &problem)};
}

static struct read_answer answer_from_store(struct reader *reader, void *arena,
                                            const struct command_body *body)
{
    struct read_source source = {.store = reader->store, .settings = reader->all->settings};
    struct read_answer answer;
    if (bus_consumer_cluster_id(reader->consumer, arena, CLUSTER_MS, &source.cluster) < 0)
        source.cluster = NULL;
    int r = read_answer_query(&source, arena, body, clock_wall_ms(), &answer);
    if (r == 0)
        return answer;
    log_warning("query.failed", LOG_STR("type", body->command->type), LOG_ERRNO(r),
                LOG_STR("reason", store_error(reader->store)));
    return refusal(arena, (struct problem){.code = r == -EBADMSG ? PROBLEM_internal_error
                                                                 : PROBLEM_unavailable});
}

static struct read_answer answer_body(struct reader *reader, void *arena,
                                      const struct command *command, const json_t *json)
{
    struct violations violations = {.arena = arena};
    struct decoder decoder = {.arena = arena, .violations = &violations};
    struct command_body body;
    struct read_answer answer;
    json_t *hold;
    if (!command_decode(&decoder, command, json, &body, &hold))
        answer = refusal(
            arena, (struct problem){.code = PROBLEM_validation_failed, .violations = &violations});
    else
        answer = answer_from_store(reader, arena, &body);
    json_decref(hold);
    return answer;
}

/* The question as the contract knows it, or why it cannot be read. The caller owns both. */
static const struct command *read_query(void *arena, const struct bus_message *message,
                                        const struct envelope *asked, json_t **ret_json,
                                        struct unreadable *ret_why)
{
    if (asked->n_faults > 0) {
        *ret_why = unreadable_envelope(arena, asked);
        return NULL;
    }
    const struct command *command = command_find(asked->type);
    if (command == NULL || strcmp(command_topic(command), message->topic) != 0) {
        *ret_why = unreadable_type(arena, asked, message->topic);
        return NULL;
    }
    *ret_json = json_text_load(asked->body, asked->body_size);
    if (*ret_json == NULL)
        *ret_why = unreadable_for(PROBLEM_invalid_json, "the body is not JSON");
    return *ret_json != NULL ? command : NULL;
}

/* Kept as a dead letter for its sender, though nobody would miss a query. */
static struct read_answer bury(struct reader *reader, void *arena,
                               const struct bus_message *message, struct unreadable *why)
{
    struct bus_record record;
    dead_letter_form(arena, message, why->reason, &record);
    const int r = bus_producer_send(reader->all->producer, &record);
    if (r < 0)
        reply_drops_count(reader->all->drops, record.topic, r);
    log_warning("dead_letter", LOG_STR("topic", message->topic),
                LOG_INT("partition", message->partition), LOG_INT("offset", message->offset),
                LOG_STR("reason", why->reason));
    struct read_answer answer =
        refusal(arena, (struct problem){.code = why->code, .members = why->members});
    unreadable_end(why);
    return answer;
}

static struct arrivals *arrivals_of(const struct reader *reader, const struct bus_message *message)
{
    size_t topic = 0;
    while (topic < TOPICS_QUERIES && strcmp(topics_queries[topic], message->topic) != 0)
        topic++;
    bool known = topic < TOPICS_QUERIES &&
                 message->partition < (int32_t)reader->all->settings->kafka_partitions;
    return known ? &reader->arrivals[message->partition * TOPICS_QUERIES + (int32_t)topic] : NULL;
}

static bool nobody_waits(const struct reader *reader, const struct bus_message *message,
                         const struct envelope *asked)
{
    struct arrivals *arrivals = arrivals_of(reader, message);
    if (arrivals == NULL)
        return false;
    const int64_t now = clock_monotonic_ms();
    arrivals_saw(arrivals, now,
                 bus_consumer_end(reader->consumer, message->topic, message->partition));
    return asked->timeout_ms >= 0 &&
           arrivals_age_ms(arrivals, now, message->offset) > asked->timeout_ms;
}

static struct read_answer answer_query(struct reader *reader, void *arena,
                                       const struct bus_message *message,
                                       const struct envelope *asked)
{
    struct unreadable why;
    json_t *json = NULL;
    const struct command *command = read_query(arena, message, asked, &json, &why);
    if (command == NULL)
        return bury(reader, arena, message, &why);
    struct read_answer answer = answer_body(reader, arena, command, json);
    json_decref(json);
    return answer;
}

/* A readable query whose reply address may not be answered is dropped. */
static bool may_answer(const struct reader *reader, const struct envelope *asked)
{
    const char *topic = asked->reply_to.topic;
    if (topic == NULL)
        return false;
    if (reply_allowed(topic, reader->all->settings))
        return true;
    reply_drops_not_allowed(reader->all->drops, topic);
    return false;
}

static void serve(struct reader *reader, const struct bus_message *message)
{
    struct readers *all = reader->all;
    void *arena = mem_arena(NULL, 16 * 1024);
    struct envelope asked;
    const bool readable = envelope_read(arena, message, &asked) == 0;
    TRACE_LOG(asked.traceparent);
    const bool answerable = may_answer(reader, &asked);
    if ((answerable || !readable) && !nobody_waits(reader, message, &asked)) {
        const struct read_answer read = answer_query(reader, arena, message, &asked);
        const struct reply_answer answer = {.id = mem_printf(arena, "%s/reply", asked.id),
                                            .status = read.status,
                                            .body = read.body,
                                            .etag = read.etag};
        const int r = answerable ? reply_send(all->producer, &asked, &answer, clock_wall_ms()) : 0;
        if (r < 0)
            reply_drops_count(all->drops, asked.reply_to.topic, r);
        else if (answerable)
            atomic_fetch_add(&all->answered, 1);
        if (readable)
            log_debug("query.answered", LOG_STR("type", asked.type),
                      LOG_INT("status", read.status));
        (void)bus_producer_poll(all->producer, 0);
    }
    mem_free(arena);
}

/* Also of dead letters, which are not replies but are as dispensable. */
static void on_failed(void *context, const struct bus_delivery *delivery)
{
    struct readers *all = context;
    reply_drops_count(all->drops, delivery->topic, delivery->error);
}

/* The first answer to each facade would else wait for the producer to learn of its topic. */
static void warm(struct readers *all)
{
    while (!atomic_load(&all->stopping) &&
           bus_producer_warm(all->producer, topics_replies, TOPICS_REPLIES, 2000) < 0)
        (void)bus_producer_poll(all->producer, POLL_MS);
}

static void *run(void *context)
{
    struct reader *reader = context;
    warm(reader->all);
    while (!atomic_load(&reader->all->stopping)) {
        struct bus_message message;
        reader->turned_at = clock_monotonic_ms();
        const int r = bus_consumer_poll(reader->consumer, POLL_MS, &message);
        atomic_store(&reader->joined, bus_consumer_joined(reader->consumer));
        if (r != 1) {
            (void)bus_producer_poll(reader->all->producer, 0);
            continue;
        }
        reader->turned_at = 0; /* a question may take as long as it needs */
        if (message.unreadable == NULL)
            serve(reader, &message);
        bus_message_free(&message);
    }
    return NULL;
}

/* Each is a member by itself: a static one's consumer is used by one thread. */
static int start_reader(struct reader *reader, const struct bus_config *bus, const char *instance)
{
    const struct settings *settings = reader->all->settings;
    const struct bus_consumer_config config = {.group = "db-svc-queries",
                                               .instance_id = instance,
                                               .topics = topics_queries,
                                               .n_topics = TOPICS_QUERIES,
                                               .automatic = true};
    char error[STORE_ERROR_SIZE];
    int r = store_open(settings->mongo_uri, settings->mongo_db, error, &reader->store);
    if (r == 0)
        r = bus_consumer_open(bus, &config, &reader->consumer);
    if (r == 0)
        r = -pthread_create(&reader->thread, NULL, run, reader);
    reader->running = r == 0;
    return r;
}

static int start(struct readers *readers, const struct bus_config *bus, const char *instance)
{
    int r = bus_producer_open(bus,
                              &(struct bus_producer_config){.errors_only = true,
                                                            .repeatable = true,
                                                            .message_timeout_ms = 10000,
                                                            .context = readers,
                                                            .delivered = on_failed},
                              &readers->producer);
    for (size_t i = 0; r == 0 && i < readers->n; i++) {
        const char *member =
            instance != NULL ? mem_printf(readers->arena, "%s/%zu", instance, i) : NULL;
        readers->readers[i].all = readers;
        readers->readers[i].arrivals = mem_array(
            readers->arena, struct arrivals, TOPICS_QUERIES * readers->settings->kafka_partitions);
        r = start_reader(&readers->readers[i], bus, member);
    }
    return r;
}

int readers_start(const struct bus_config *bus, const struct settings *settings,
                  const char *instance, struct readers **ret_readers)
{
    void *arena = mem_arena(NULL, 0);
    struct readers *readers = mem_new(arena, struct readers);
    readers->arena = arena;
    readers->settings = settings;
    readers->drops = reply_drops_new(arena);
    readers->n = (size_t)settings->query_threads;
    readers->readers = mem_array(arena, struct reader, readers->n);
    int r = start(readers, bus, instance);
    if (r == 0)
        *ret_readers = readers;
    else
        readers_stop(readers);
    return r;
}

void readers_stop(struct readers *readers)
{
    if (readers == NULL)
        return;
    atomic_store(&readers->stopping, true);
    for (size_t i = 0; i < readers->n; i++) {
        if (readers->readers[i].running)
            (void)pthread_join(readers->readers[i].thread, NULL);
        bus_consumer_close(readers->readers[i].consumer, CLOSE_MS);
        store_close(readers->readers[i].store);
    }
    if (readers->producer != NULL && bus_producer_flush(readers->producer, 1000) < 0)
        log_warning("reply.dropped", LOG_STR("of", "queries"), LOG_STR("cause", "end"));
    bus_producer_close(readers->producer);
    mem_free(readers->arena);
}

uint64_t readers_answered(const struct readers *readers)
{
    return atomic_load(&readers->answered);
}

struct reply_drops *readers_drops(const struct readers *readers)
{
    return readers->drops;
}

const char *readers_unready(const struct readers *readers)
{
    const int64_t now = clock_monotonic_ms();
    for (size_t i = 0; i < readers->n; i++) {
        int64_t turned_at = readers->readers[i].turned_at;
        if (turned_at > 0 && now - turned_at > STANDSTILL_MS)
            return "a reader stands still: it waits for Kafka";
        if (!atomic_load(&readers->readers[i].joined))
            return "a reader has not joined its group";
    }
    return NULL;
}
