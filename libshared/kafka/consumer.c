#include "libshared/kafka/consumer.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/member.h"
#include "libshared/kafka/reader.h"

enum {
    AHEAD_BYTES = 8 * 1024 * 1024,
    SERVE_EVERY = 64,  /* messages between looks at the group */
    COMMIT_MS = 1000,  /* between commits of automatic reading */
    QUESTION_MS = 500, /* its wait for what is committed */
    LAST_COMMIT_MS = 1000,
};

struct bus_consumer {
    struct bus_consumer_config config; /* the owner's */
    struct member *member;
    struct bus_reader *reader;
    unsigned since_served; /* messages */
    struct bus_partition *held;
    size_t n_held;
    /* For automatic reading: */
    bool to_begin;      /* what is held is not read yet */
    int64_t *positions; /* of what is held; BUS_NONE: nothing was polled */
    int64_t commit_at;
};

/* --- Automatic reading --- */

static void begin(struct bus_consumer *consumer)
{
    int r = bus_consumer_committed(consumer, consumer->held, consumer->n_held, QUESTION_MS);
    for (size_t i = 0; r == 0 && i < consumer->n_held; i++) {
        const struct bus_partition *at = &consumer->held[i];
        r = bus_reader_start(consumer->reader, at->topic, at->partition,
                             at->offset >= 0 ? at->offset : BUS_BEGINNING);
    }
    consumer->to_begin = r < 0;
}

static void note_position(struct bus_consumer *consumer, const struct bus_message *message)
{
    for (size_t i = 0; i < consumer->n_held; i++)
        if (consumer->held[i].partition == message->partition &&
            strcmp(consumer->held[i].topic, message->topic) == 0)
            consumer->positions[i] = message->offset + 1;
}

static void commit_positions(struct bus_consumer *consumer, int timeout_ms)
{
    _cleanup_(mem_freep) struct bus_partition *moved =
        mem_array(NULL, struct bus_partition, consumer->n_held + 1);
    size_t n = 0;
    for (size_t i = 0; i < consumer->n_held; i++) {
        if (consumer->positions[i] < 0)
            continue;
        moved[n] = consumer->held[i];
        moved[n].note[0] = '\0';
        moved[n++].offset = consumer->positions[i];
        consumer->positions[i] = BUS_NONE;
    }
    if (n > 0 && bus_consumer_commit(consumer, moved, n, timeout_ms) < 0)
        log_debug("kafka.not_committed");
}

static void run_automatic(struct bus_consumer *consumer)
{
    const int64_t now = clock_monotonic_ms();
    if (consumer->to_begin)
        begin(consumer);
    if (now < consumer->commit_at)
        return;
    consumer->commit_at = now + COMMIT_MS;
    commit_positions(consumer, 0);
}

/* --- Assigned and revoked --- */

static void on_assigned(void *context, const struct bus_partition *partitions, size_t n)
{
    struct bus_consumer *consumer = context;
    consumer->held = mem_array(consumer, struct bus_partition, n + 1);
    memcpy(consumer->held, partitions, n * sizeof *partitions);
    consumer->n_held = n;
    if (!consumer->config.automatic) {
        consumer->config.assigned(consumer->config.context, partitions, n);
        return;
    }
    consumer->positions = mem_array(consumer, int64_t, n + 1);
    for (size_t i = 0; i < n; i++)
        consumer->positions[i] = BUS_NONE;
    consumer->to_begin = true;
}

static void on_revoked(void *context, const struct bus_partition *partitions, size_t n, bool lost)
{
    struct bus_consumer *consumer = context;
    if (!consumer->config.automatic)
        consumer->config.revoked(consumer->config.context, partitions, n, lost);
    else if (!lost)
        commit_positions(consumer, LAST_COMMIT_MS);
    for (size_t i = 0; i < n; i++)
        bus_reader_stop(consumer->reader, partitions[i].topic, partitions[i].partition);
    mem_free(consumer->held);
    mem_free(consumer->positions);
    consumer->held = NULL;
    consumer->positions = NULL;
    consumer->n_held = 0;
    consumer->to_begin = false;
}

/* --- The consumer --- */

int bus_consumer_open(const struct bus_config *bus, const struct bus_consumer_config *config,
                      struct bus_consumer **ret_consumer)
{
    struct bus_consumer *consumer = mem_new(NULL, struct bus_consumer);
    struct bus_consumer_config own = *config;
    consumer->config = *config;
    own.context = consumer;
    own.assigned = on_assigned;
    own.revoked = on_revoked;
    const int64_t ahead = config->ahead_bytes > 0 ? config->ahead_bytes : AHEAD_BYTES;
    int r = config->committed ? bus_reader_open_committed(bus, ahead, &consumer->reader)
                              : bus_reader_open(bus, ahead, &consumer->reader);
    if (r == 0)
        r = member_open(bus, &own, &consumer->member);
    if (r < 0) {
        bus_consumer_close(consumer, 0);
        return r;
    }
    *ret_consumer = consumer;
    return 0;
}

void bus_consumer_close(struct bus_consumer *consumer, int timeout_ms)
{
    if (consumer == NULL)
        return;
    member_close(consumer->member, timeout_ms);
    bus_reader_close(consumer->reader);
    mem_free(consumer);
}

bool bus_consumer_joined(const struct bus_consumer *consumer)
{
    return consumer->held != NULL;
}

int bus_consumer_read(struct bus_consumer *consumer, const char *topic, int32_t partition,
                      int64_t offset)
{
    return bus_reader_start(consumer->reader, topic, partition, offset);
}

void bus_consumer_rest(struct bus_consumer *consumer, const char *topic, int32_t partition)
{
    bus_reader_stop(consumer->reader, topic, partition);
}

int64_t bus_consumer_end(struct bus_consumer *consumer, const char *topic, int32_t partition)
{
    return bus_reader_end(consumer->reader, topic, partition);
}

static int serve_group(struct bus_consumer *consumer)
{
    consumer->since_served = 0;
    const int r = member_serve(consumer->member);
    if (r == 0 && consumer->config.automatic)
        run_automatic(consumer);
    return r;
}

int bus_consumer_poll(struct bus_consumer *consumer, int timeout_ms,
                      struct bus_message *ret_message)
{
    int r = 0;
    /* Seldom while messages flow: a look at the group takes longer than a message. */
    if (consumer->since_served == 0 || consumer->since_served >= SERVE_EVERY)
        r = serve_group(consumer);
    if (r < 0)
        return r;
    r = bus_reader_poll(consumer->reader, timeout_ms, ret_message);
    consumer->since_served = r == 1 ? consumer->since_served + 1 : 0;
    if (r == 1 && consumer->config.automatic)
        note_position(consumer, ret_message);
    return r;
}

void bus_consumer_serve(struct bus_consumer *consumer)
{
    (void)serve_group(consumer);
}

void bus_consumer_signal(struct bus_consumer *consumer, int fd)
{
    member_signal(consumer->member, fd);
    bus_reader_signal(consumer->reader, fd);
}

int bus_consumer_commit(struct bus_consumer *consumer, const struct bus_partition *partitions,
                        size_t n, int timeout_ms)
{
    return member_commit(consumer->member, partitions, n, timeout_ms);
}

int bus_consumer_committed(struct bus_consumer *consumer, struct bus_partition *partitions,
                           size_t n, int timeout_ms)
{
    return member_committed(consumer->member, partitions, n, timeout_ms);
}

int bus_consumer_begins(struct bus_consumer *consumer, struct bus_partition *partitions, size_t n,
                        int timeout_ms)
{
    return bus_reader_begins(consumer->reader, partitions, n, timeout_ms);
}

int bus_consumer_ends(struct bus_consumer *consumer, struct bus_partition *partitions, size_t n,
                      int timeout_ms)
{
    return bus_reader_ends(consumer->reader, partitions, n, timeout_ms);
}

int bus_consumer_cluster_id(struct bus_consumer *consumer, const void *arena, int timeout_ms,
                            const char **ret_id)
{
    return member_cluster_id(consumer->member, arena, timeout_ms, ret_id);
}
