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

/* Of no arena: those are the loop's thread's. */
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

static bool stop_within(const struct fact_follower *follow, int wait_ms)
{
    struct pollfd stop = {.fd = follow->stop, .events = POLLIN};
    return poll(&stop, 1, wait_ms) > 0;
}

static void *connect_topics(void *context)
{
    struct fact_follower *follow = context;
    for (int i = 0; i < TOPICS;) {
        if (connect_topic(&follow->topics[i], topic_name(modules[i], TOPIC_FACTS)) == 0)
            i++;
        else if (stop_within(follow, PAUSE_MS))
            return NULL;
    }
    follow->following = true;
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

static void take_fact(struct fact_follower *follow, const struct bus_message *message)
{
    struct availability_table *table = follow->config.table;
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

static void check_offset(struct fact_follower *follow, struct followed *topic,
                         const struct bus_message *message)
{
    int64_t *next = &topic->next[message->partition];
    if (message->offset != *next) {
        log_warning("facts.missed", LOG_STR("topic", message->topic),
                    LOG_INT("partition", message->partition), LOG_INT("expected", *next),
                    LOG_INT("offset", message->offset));
        availability_forget(follow->config.table);
    }
    *next = message->offset + 1;
}

/* False: there may be more. */
static bool take_facts(struct fact_follower *follow, struct followed *topic)
{
    struct bus_message message;
    for (int i = 0; i < AT_ONCE; i++) {
        if (bus_reader_poll(topic->reader, 0, &message) != 1)
            return true;
        check_offset(follow, topic, &message);
        take_fact(follow, &message);
        bus_message_free(&message);
    }
    return false;
}

/* An eventfd can miss an event of librdkafka's, so every pass looks. */
static int64_t run(void *user, const struct clock_time *now)
{
    struct fact_follower *follow = user;
    uint64_t signals;
    bool all = true;
    (void)!read(follow->facts, &signals, sizeof signals);
    if (!follow->following)
        return LOOP_ANY_SLEEP;
    for (int i = 0; i < TOPICS; i++)
        all &= take_facts(follow, &follow->topics[i]);
    follow->caught_up = all;
    questions_close_gaps(follow->questions);
    if (all && replies_unready(follow->config.replies) == NULL)
        follow->as_of = now->wall_ms;
    return all ? LOOP_ANY_SLEEP : 0;
}

/* --- Questions --- */

static void tidy(void *user, const struct clock_time *now)
{
    struct fact_follower *follow = user;
    availability_tidy(follow->config.table, now->monotonic_ms);
}

static void close_gaps(void *user, const struct clock_time *now)
{
    (void)now;
    struct fact_follower *follow = user;
    if (follow->following)
        questions_close_gaps(follow->questions);
}

void fact_follower_ask(struct fact_follower *follow, const char *event_id, fact_follower_done *done,
                       void *context)
{
    if (follow->following && strlen(event_id) < ID_SIZE)
        questions_ask(follow->questions, event_id, done, context);
    else
        done(context, FOLLOW_UNANSWERED);
}

void fact_follower_read(struct fact_follower *follow, const char *event_id)
{
    if (availability_read(follow->config.table, event_id,
                          loop_now(follow->config.loop)->monotonic_ms))
        questions_ask(follow->questions, event_id, NULL, NULL);
}

/* --- Start and end --- */

static int open_topics(struct fact_follower *follow)
{
    int r = 0;
    for (int i = 0; r == 0 && i < TOPICS; i++) {
        r = bus_reader_open(&follow->config.bus, AHEAD_BYTES, &follow->topics[i].reader);
        if (r == 0)
            bus_reader_signal(follow->topics[i].reader, follow->facts);
    }
    return r;
}

static int start(struct fact_follower *follow)
{
    follow->facts = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    follow->stop = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (follow->facts < 0 || follow->stop < 0)
        return -errno;
    int r = open_topics(follow);
    if (r == 0)
        r = loop_add(follow->config.loop, follow->facts, EPOLLIN, NULL, NULL);
    if (r < 0)
        return r;
    loop_each_pass(follow->config.loop, run, follow);
    loop_every(follow->config.loop, GAPS_MS, close_gaps, follow);
    loop_every(follow->config.loop, TIDY_MS, tidy, follow);
    r = -pthread_create(&follow->thread, NULL, connect_topics, follow);
    follow->has_thread = r == 0;
    return r;
}

int fact_follower_open(const void *arena, const struct fact_follower_config *config,
                       struct fact_follower **ret_follow)
{
    struct fact_follower *follow = mem_new(arena, struct fact_follower);
    follow->config = *config;
    follow->questions = questions_new(follow, &(struct questions_config){.loop = config->loop,
                                                                         .replies = config->replies,
                                                                         .table = config->table});
    int r = start(follow);
    if (r < 0) {
        fact_follower_close(follow);
        return r;
    }
    *ret_follow = follow;
    return 0;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

void fact_follower_close(struct fact_follower *follow)
{
    static const uint64_t one = 1;
    if (follow->has_thread) {
        (void)!write(follow->stop, &one, sizeof one);
        (void)pthread_join(follow->thread, NULL);
    }
    for (int i = 0; i < TOPICS; i++) {
        bus_reader_close(follow->topics[i].reader);
        mem_free(follow->topics[i].next);
    }
    loop_remove(follow->config.loop, follow->facts);
    close_fd(follow->facts);
    close_fd(follow->stop);
}

const char *fact_follower_unready(const struct fact_follower *follow)
{
    return follow->following ? NULL : "facts are not followed yet";
}

int64_t fact_follower_as_of(const struct fact_follower *follow)
{
    bool present = follow->caught_up && replies_unready(follow->config.replies) == NULL;
    return present ? loop_now(follow->config.loop)->wall_ms : follow->as_of;
}
