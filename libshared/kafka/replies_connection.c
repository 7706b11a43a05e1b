#include "libshared/kafka/replies_connection.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/base/stop_flag.h"
#include "libshared/kafka/partitioner.h"

enum {
    ATTEMPT_MS = 1000, /* one question to the broker; closing may wait for it */
    PAUSE_MS = 200,    /* between attempts */
    WATCH_MS = 1000,   /* between looks at a broker that is there */
};

static const char starting[] = "connecting to Kafka";
static const char away[] = "Kafka does not answer";
static const char missing[] = "a topic is missing in Kafka";

struct replies_connection {
    struct replies_connection_config config;
    _Atomic(const char *) unready; /* NULL: ready */
    atomic_int partition;
    atomic_bool warmed;
    pthread_t thread;
    struct stop_flag stop;
};

static void note_refused(struct replies_connection *c, int error, const char *topic)
{
    if (error == -EACCES)
        topic_rights_note_missing(c->config.rights, topic, clock_monotonic_ms());
}

static int assign(struct replies_connection *c)
{
    int32_t n;
    if (c->partition >= 0)
        return 0;
    int error = bus_reader_partitions(c->config.reader, c->config.topic, ATTEMPT_MS, &n);
    note_refused(c, error, c->config.topic);
    if (error < 0)
        return error;
    const char *instance = c->config.instance;
    const int32_t partition = partitioner_murmur2(instance, strlen(instance), n);
    struct bus_partition at = {.topic = c->config.topic, .partition = partition};
    error = bus_reader_ends(c->config.reader, &at, 1, ATTEMPT_MS);
    if (error == 0)
        error = bus_reader_start(c->config.reader, at.topic, partition, at.offset);
    if (error == 0) {
        log_info("kafka.replies", LOG_STR("topic", c->config.topic),
                 LOG_INT("partition", partition), LOG_INT("offset", at.offset));
        c->partition = partition;
    }
    return error;
}

/* The reader asks first: a producer's question may make a missing topic, with too few partitions.
 */
static int warm(struct replies_connection *c)
{
    int error = 0;
    for (size_t i = 0; error == 0 && i < c->config.n_warm; i++) {
        int32_t n;
        error = bus_reader_partitions(c->config.reader, c->config.warm[i], ATTEMPT_MS, &n);
        if (error == 0)
            error = bus_producer_warm(c->config.producer, &c->config.warm[i], 1, ATTEMPT_MS);
        note_refused(c, error, c->config.warm[i]);
    }
    return error;
}

static int watch(struct replies_connection *c)
{
    int32_t n;
    return bus_reader_partitions(c->config.reader, c->config.topic, ATTEMPT_MS, &n);
}

static void *connect_and_watch(void *context)
{
    struct replies_connection *c = context;
    int wait_ms;
    do {
        /* Assigned last: once the reader fetches, each of its questions waits behind a fetch. */
        int error = c->warmed ? watch(c) : warm(c);
        c->warmed = c->warmed || error == 0;
        if (error == 0)
            error = assign(c);
        c->unready = error == 0 ? NULL : error == -ENOENT ? missing : away;
        wait_ms = error == 0 ? WATCH_MS : PAUSE_MS;
    } while (!stop_flag_wait(&c->stop, wait_ms));
    return NULL;
}

int replies_connection_start(const void *arena, const struct replies_connection_config *config,
                             struct replies_connection **ret_connection)
{
    struct replies_connection *c = mem_new(arena, struct replies_connection);
    c->config = *config;
    c->unready = starting;
    c->partition = -1;
    stop_flag_open(&c->stop);
    *ret_connection = c;
    return -pthread_create(&c->thread, NULL, connect_and_watch, c);
}

void replies_connection_stop(struct replies_connection *c)
{
    stop_flag_set(&c->stop);
    pthread_join(c->thread, NULL);
    stop_flag_close(&c->stop);
}

int32_t replies_connection_partition(const struct replies_connection *c)
{
    return c->partition;
}

bool replies_connection_is_warm(const struct replies_connection *c)
{
    return c->warmed;
}

const char *replies_connection_unready(const struct replies_connection *c, int64_t now_ms)
{
    const char *why = c->unready;
    const char *refused = topic_rights_missing(c->config.rights, now_ms);
    return refused != NULL && (why == NULL || why == away) ? refused : why;
}
