#include "tickets-svc/fact_follower.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libshared/base/id.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/contract/topic.h"
#include "libshared/kafka/reader.h"

enum {
    ATTEMPT_MS = 1000, /* one question to the broker; closing may wait for it */
    PAUSE_MS = 200,    /* between attempts */
    GAPS_MS = 250,     /* between looks for gaps that are due by time alone */
    TIDY_MS = 1000,
    AT_ONCE = 1024, /* facts a pass, so that the loop stays fair */
    TOPICS = 2,
    AHEAD_BYTES = 67108864,
};

static const enum module modules[TOPICS] = {MODULE_EVENTS, MODULE_TICKETS};

struct followed {
    struct bus_reader *reader;
    int64_t *next; /* offset that each partition's next message must have */
    int32_t n, started;
};

struct fact_follower {
    struct fact_follower_config config;
    struct followed topics[TOPICS];
    int facts; /* an eventfd: there are some */
    int stop;  /* an eventfd: the connecting thread shall end */
    pthread_t thread;
    bool has_thread;
    atomic_bool following;
    bool caught_up; /* with the facts there were in the last pass */
    int64_t as_of;  /* of the last pass that was caught up with a broker that is there */
    struct questions *questions;
};

/* --- The connecting thread --- */

/* In no arena: those are the loop's thread's. */
static int find_ends(struct followed *topic, const char *name)
{
    int32_t n;
    int r = bus_reader_partitions(topic->reader, name, ATTEMPT_MS, &n);
    if (r < 0)
        return r;
    _cleanup_(mem_freep) struct bus_partition *ends = mem_array(NULL, struct bus_partition, n);
    for (int32_t p = 0; p < n; p++)
        ends[p] = (struct bus_partition){.topic = name, .partition = p};
    r = bus_reader_ends(topic->reader, ends, (size_t)n, ATTEMPT_MS);
    mem_free(topic->next);
    topic->next = mem_array(NULL, int64_t, n);
    topic->n = r == 0 ? n : 0;
    for (int32_t p = 0; p < topic->n; p++)
        topic->next[p] = ends[p].offset;
    return r;
}

static int start_reading(struct followed *topic, const char *name)
{
    int r = 0;
    for (; r == 0 && topic->started < topic->n; topic->started += r == 0)
        r = bus_reader_start(topic->reader, name, topic->started, topic->next[topic->started]);
    return r;
}

static int connect_topic(struct followed *topic, const char *name)
{
    int r = topic->started == 0 ? find_ends(topic, name) : 0;
    return r < 0 ? r : start_reading(topic, name);
}

static bool stop_within(const struct fact_follower *follower, int wait_ms)
{
    struct pollfd stop = {.fd = follower->stop, .events = POLLIN};
    return poll(&stop, 1, wait_ms) > 0;
}

static void *connect_topics(void *context)
{
    struct fact_follower *follower = context;
    for (int i = 0; i < TOPICS;) {
        if (connect_topic(&follower->topics[i], topic_name(modules[i], TOPIC_FACTS)) == 0)
            i++;
        else if (stop_within(follower, PAUSE_MS))
            return NULL;
    }
    follower->following = true;
    return NULL;
}

/* --- Facts --- */

/* False: nothing that matters. */
static bool read_header(const struct bus_message *message, const char *name, const char **ret_value)
{
    struct bus_header header;
    if (!bus_message_header(message, name, &header) || header.value == NULL)
        return false;
    *ret_value = header.value;
    return true;
}

static void take_fact(struct fact_follower *follower, const struct bus_message *message)
{
    struct availability_table *table = follower->config.table;
    const char *type;
    char event_id[ID_SIZE];
    if (message->key == NULL || message->key_size >= sizeof event_id ||
        !availability_follows(table, message->key, message->key_size) ||
        !read_header(message, "ce_type", &type))
        return;
    memcpy(event_id, message->key, message->key_size);
    event_id[message->key_size] = '\0';
    json_t *body =
        message->value != NULL ? json_loadb(message->value, message->value_size, 0, NULL) : NULL;
    if (availability_fact(table, type, event_id, body) < 0)
        log_warning("facts.unreadable", LOG_STR("topic", message->topic),
                    LOG_INT("partition", message->partition), LOG_INT("offset", message->offset));
    json_decref(body);
}

static void check_offset(struct fact_follower *follower, struct followed *topic,
                         const struct bus_message *message)
{
    int64_t *next = &topic->next[message->partition];
    if (message->offset != *next) {
        log_warning("facts.missed", LOG_STR("topic", message->topic),
                    LOG_INT("partition", message->partition), LOG_INT("expected", *next),
                    LOG_INT("offset", message->offset));
        availability_forget(follower->config.table);
    }
    *next = message->offset + 1;
}

static void take_message(struct fact_follower *follower, struct followed *topic,
                         const struct bus_message *message)
{
    MESSAGE_LOG(message);
    check_offset(follower, topic, message);
    take_fact(follower, message);
}

/* False: there may be more. */
static bool take_facts(struct fact_follower *follower, struct followed *topic)
{
    struct bus_message message;
    for (int i = 0; i < AT_ONCE; i++) {
        if (bus_reader_poll(topic->reader, 0, &message) != 1)
            return true;
        take_message(follower, topic, &message);
        bus_message_free(&message);
    }
    return false;
}

/* An eventfd can miss an event of librdkafka's, so every pass looks. */
static int64_t run(void *user, const struct clock_time *now)
{
    struct fact_follower *follower = user;
    uint64_t signals;
    bool all = true;
    (void)!read(follower->facts, &signals, sizeof signals);
    if (!follower->following)
        return LOOP_ANY_SLEEP;
    for (int i = 0; i < TOPICS; i++)
        all &= take_facts(follower, &follower->topics[i]);
    follower->caught_up = all;
    questions_close_gaps(follower->questions);
    if (all && replies_unready(follower->config.replies) == NULL)
        follower->as_of = now->wall_ms;
    return all ? LOOP_ANY_SLEEP : 0;
}

/* --- Questions --- */

static void tidy(void *user, const struct clock_time *now)
{
    struct fact_follower *follower = user;
    availability_tidy(follower->config.table, now->monotonic_ms);
}

static void close_gaps(void *user, const struct clock_time *now)
{
    (void)now;
    struct fact_follower *follower = user;
    if (follower->following)
        questions_close_gaps(follower->questions);
}

void fact_follower_ask(struct fact_follower *follower, const char *event_id,
                       fact_follower_done *done, void *context)
{
    if (follower->following && strlen(event_id) < ID_SIZE)
        questions_ask(follower->questions, event_id, done, context);
    else
        done(context, QUESTION_UNANSWERED);
}

void fact_follower_read(struct fact_follower *follower, const char *event_id)
{
    if (availability_read(follower->config.table, event_id,
                          loop_now(follower->config.loop)->monotonic_ms))
        questions_ask(follower->questions, event_id, NULL, NULL);
}

/* --- Start and end --- */

static int open_topics(struct fact_follower *follower)
{
    int r = 0;
    for (int i = 0; r == 0 && i < TOPICS; i++) {
        r = bus_reader_open(&follower->config.bus, AHEAD_BYTES, &follower->topics[i].reader);
        if (r == 0)
            bus_reader_signal(follower->topics[i].reader, follower->facts);
    }
    return r;
}

static int start(struct fact_follower *follower)
{
    follower->facts = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    follower->stop = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (follower->facts < 0 || follower->stop < 0)
        return -errno;
    int r = open_topics(follower);
    if (r == 0)
        r = loop_add(follower->config.loop, follower->facts, EPOLLIN, NULL, NULL);
    if (r < 0)
        return r;
    loop_each_pass(follower->config.loop, run, follower);
    loop_every(follower->config.loop, GAPS_MS, close_gaps, follower);
    loop_every(follower->config.loop, TIDY_MS, tidy, follower);
    r = -pthread_create(&follower->thread, NULL, connect_topics, follower);
    follower->has_thread = r == 0;
    return r;
}

int fact_follower_open(const void *arena, const struct fact_follower_config *config,
                       struct fact_follower **ret_follower)
{
    struct fact_follower *follower = mem_new(arena, struct fact_follower);
    follower->config = *config;
    follower->questions = questions_new(
        follower, &(struct questions_config){
                      .loop = config->loop, .replies = config->replies, .table = config->table});
    int r = start(follower);
    if (r < 0) {
        fact_follower_close(follower);
        return r;
    }
    *ret_follower = follower;
    return 0;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

void fact_follower_close(struct fact_follower *follower)
{
    static const uint64_t one = 1;
    if (follower->has_thread) {
        (void)!write(follower->stop, &one, sizeof one);
        (void)pthread_join(follower->thread, NULL);
    }
    for (int i = 0; i < TOPICS; i++) {
        bus_reader_close(follower->topics[i].reader);
        mem_free(follower->topics[i].next);
    }
    loop_remove(follower->config.loop, follower->facts);
    close_fd(follower->facts);
    close_fd(follower->stop);
}

const char *fact_follower_unready(const struct fact_follower *follower)
{
    return follower->following ? NULL : "facts are not followed yet";
}

int64_t fact_follower_as_of(const struct fact_follower *follower)
{
    bool present = follower->caught_up && replies_unready(follower->config.replies) == NULL;
    return present ? loop_now(follower->config.loop)->wall_ms : follower->as_of;
}
