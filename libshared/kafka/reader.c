#include "libshared/kafka/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/base/retry.h"
#include "libshared/kafka/bad_batch.h"
#include "libshared/kafka/native.h"

enum {
    RENEW_MS = 5000, /* without an answer, before another handle asks */
    RENEW_MOST_MS = 60000,
};

/* A partition is unread, or read from `position` on. */
struct read_partition {
    bool is_read;
    int64_t position;
    struct bad_batch bad;
};

struct topic {
    const char *name;
    rd_kafka_topic_t *handle;
    struct read_partition *partitions; /* by partition */
    int32_t n;
};

/* librdkafka's simple consumer: a partition of it stops within the call that stops it. */
struct source {
    rd_kafka_t *handle;
    rd_kafka_queue_t *queue;
    struct topic **topics;
    size_t n_topics;
};

struct bus_reader {
    rd_kafka_conf_t *conf;
    struct source *source;
    struct retry renewal; /* of the source, while questions stay without an answer */
    int signal_fd;        /* -1: none */
};

static rd_kafka_conf_t *configure(const struct bus_config *bus, int64_t ahead_bytes,
                                  const char *isolation, char error[BUS_ERROR_SIZE])
{
    char ahead[24];
    (void)snprintf(ahead, sizeof ahead, "%" PRId64, ahead_bytes / 1024 + 1);
    return native_conf(bus,
                       (const struct native_property[]){
                           {"enable.auto.commit", "false"},
                           {"enable.auto.offset.store", "false"},
                           {"auto.offset.reset", "earliest"},
                           {"isolation.level", isolation},
                           {"fetch.wait.max.ms", "100"},
                           {"fetch.min.bytes", "1"},
                           {"fetch.error.backoff.ms", "100"},
                           /* How soon a topic that appears later is found. */
                           {"topic.metadata.refresh.interval.ms", "5000"},
                           {"queued.max.messages.kbytes", ahead},
                           {"max.partition.fetch.bytes", "1048576"},
                           {"fetch.max.bytes", "8388608"},
                           /* Also the most that a batch may be unpacked to (but by gzip). */
                           {"receive.message.max.bytes", "33554432"},
                           {NULL, NULL},
                       },
                       error);
}

static void stop(struct topic *topic, int32_t partition)
{
    struct read_partition *part = &topic->partitions[partition];
    if (part->is_read)
        (void)rd_kafka_consume_stop(topic->handle, partition);
    *part = (struct read_partition){0};
}

static void close_source(struct source *source)
{
    for (size_t i = 0; i < source->n_topics; i++) {
        for (int32_t p = 0; p < source->topics[i]->n; p++)
            stop(source->topics[i], p);
        rd_kafka_topic_destroy(source->topics[i]->handle);
    }
    rd_kafka_queue_destroy(source->queue);
    rd_kafka_destroy(source->handle);
    mem_free(source);
}

static void signal_source(const struct bus_reader *reader)
{
    static const uint64_t one = 1;
    if (reader->signal_fd >= 0)
        rd_kafka_queue_io_event_enable(reader->source->queue, reader->signal_fd, &one, sizeof one);
}

/* `conf` is taken; NULL: `error` says why there is none. */
static int open_source(rd_kafka_conf_t *conf, const char *error, struct source **ret_source)
{
    struct source *source = mem_new(NULL, struct source);
    const int r = native_open(RD_KAFKA_CONSUMER, conf, error, &source->handle);
    if (r < 0) {
        mem_free(source);
        return r;
    }
    source->queue = rd_kafka_queue_new(source->handle);
    *ret_source = source;
    return 0;
}

static int open_reader(const struct bus_config *bus, int64_t ahead_bytes, const char *isolation,
                       struct bus_reader **ret_reader)
{
    char error[BUS_ERROR_SIZE];
    rd_kafka_conf_t *conf = configure(bus, ahead_bytes, isolation, error);
    struct bus_reader *reader = mem_new(NULL, struct bus_reader);
    reader->signal_fd = -1;
    reader->renewal = (struct retry){.first_ms = RENEW_MS, .most_ms = RENEW_MOST_MS};
    reader->conf = conf != NULL ? rd_kafka_conf_dup(conf) : NULL;
    const int r = open_source(conf, error, &reader->source);
    if (r < 0) {
        bus_reader_close(reader);
        return r;
    }
    *ret_reader = reader;
    return 0;
}

int bus_reader_open(const struct bus_config *bus, int64_t ahead_bytes,
                    struct bus_reader **ret_reader)
{
    return open_reader(bus, ahead_bytes, "read_uncommitted", ret_reader);
}

int bus_reader_open_committed(const struct bus_config *bus, int64_t ahead_bytes,
                              struct bus_reader **ret_reader)
{
    return open_reader(bus, ahead_bytes, "read_committed", ret_reader);
}

void bus_reader_close(struct bus_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->source != NULL)
        close_source(reader->source);
    if (reader->conf != NULL)
        rd_kafka_conf_destroy(reader->conf);
    mem_free(reader);
}

/* --- Another source --- */

static void *run_close(void *source)
{
    close_source(source);
    return NULL;
}

/* On a thread that is left behind: it waits for the messages that the owner still has. */
static void leave_source(struct source *source)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_close, source) == 0)
        (void)pthread_detach(thread);
    else
        log_error("kafka.handle_left");
}

static void read_on(struct bus_reader *reader, const struct source *before)
{
    for (size_t i = 0; i < before->n_topics; i++) {
        const struct topic *topic = before->topics[i];
        for (int32_t p = 0; p < topic->n; p++)
            if (topic->partitions[p].is_read &&
                bus_reader_start(reader, topic->name, p, topic->partitions[p].position) < 0)
                log_error("kafka.read", LOG_STR("topic", topic->name), LOG_INT("partition", p));
    }
}

/* librdkafka 2.8 finds no leader any more, for good, once topics have come back under other ids. */
static void renew(struct bus_reader *reader)
{
    struct source *before = reader->source;
    log_warning("kafka.read_anew", LOG_STR("handle", rd_kafka_name(before->handle)));
    if (open_source(rd_kafka_conf_dup(reader->conf), NULL, &reader->source) < 0)
        return;
    signal_source(reader);
    read_on(reader, before);
    leave_source(before);
}

static int answered(struct bus_reader *reader, int r)
{
    const int64_t now = clock_monotonic_ms();
    const bool due = retry_is_due(&reader->renewal, now);
    if (r == 0 || r == -EACCES || r == -EINVAL)
        retry_reset(&reader->renewal);
    else if (reader->renewal.due_at == 0 || due)
        (void)retry_plan(&reader->renewal, now);
    if (r < 0 && due)
        renew(reader);
    return r;
}

int bus_reader_partitions(struct bus_reader *reader, const char *topic, int timeout_ms,
                          int32_t *ret_partitions)
{
    return answered(
        reader, native_partitions(reader->source->handle, topic, timeout_ms, ret_partitions, NULL));
}

int bus_reader_ends(struct bus_reader *reader, struct bus_partition *partitions, size_t n,
                    int timeout_ms)
{
    return answered(reader, native_edges(reader->source->handle, partitions, n, RD_KAFKA_OFFSET_END,
                                         timeout_ms));
}

int bus_reader_begins(struct bus_reader *reader, struct bus_partition *partitions, size_t n,
                      int timeout_ms)
{
    return answered(reader, native_edges(reader->source->handle, partitions, n,
                                         RD_KAFKA_OFFSET_BEGINNING, timeout_ms));
}

/* --- What is read --- */

static struct topic *find_topic(const struct bus_reader *reader, const char *name)
{
    const struct source *source = reader->source;
    for (size_t i = 0; i < source->n_topics; i++)
        if (strcmp(source->topics[i]->name, name) == 0)
            return source->topics[i];
    return NULL;
}

/* NULL: a name that no topic can have. */
static struct topic *add_topic(struct bus_reader *reader, const char *name)
{
    struct source *source = reader->source;
    struct topic *topic = mem_new(source, struct topic);
    topic->name = mem_strdup(topic, name);
    topic->handle = rd_kafka_topic_new(source->handle, name, NULL);
    if (topic->handle == NULL) {
        mem_free(topic);
        return NULL;
    }
    source->topics = mem_grow(source, source->topics, struct topic *, source->n_topics + 1);
    source->topics[source->n_topics++] = topic;
    return topic;
}

static struct read_partition *partition_of(struct topic *topic, int32_t partition)
{
    if (partition >= topic->n) {
        topic->partitions =
            mem_grow(topic, topic->partitions, struct read_partition, (size_t)partition + 1);
        memset(&topic->partitions[topic->n], 0,
               (size_t)(partition + 1 - topic->n) * sizeof *topic->partitions);
        topic->n = partition + 1;
    }
    return &topic->partitions[partition];
}

static int start(struct bus_reader *reader, struct topic *topic, int32_t partition, int64_t offset)
{
    struct read_partition *part = partition_of(topic, partition);
    if (part->is_read)
        (void)rd_kafka_consume_stop(topic->handle, partition);
    part->position = offset;
    part->is_read =
        rd_kafka_consume_start_queue(topic->handle, partition, offset, reader->source->queue) == 0;
    return part->is_read ? 0 : native_errno(rd_kafka_last_error());
}

int bus_reader_start(struct bus_reader *reader, const char *name, int32_t partition, int64_t offset)
{
    struct topic *topic = find_topic(reader, name);
    if (topic == NULL)
        topic = add_topic(reader, name);
    if (topic == NULL || partition < 0)
        return -EINVAL;
    partition_of(topic, partition)->bad = (struct bad_batch){0};
    return start(reader, topic, partition, offset);
}

void bus_reader_stop(struct bus_reader *reader, const char *name, int32_t partition)
{
    struct topic *topic = find_topic(reader, name);
    if (topic != NULL && partition < topic->n)
        stop(topic, partition);
}

int64_t bus_reader_end(struct bus_reader *reader, const char *topic, int32_t partition)
{
    int64_t low, high;
    return rd_kafka_get_watermark_offsets(reader->source->handle, topic, partition, &low, &high) ==
                       RD_KAFKA_RESP_ERR_NO_ERROR &&
                   high >= 0
               ? high
               : -1;
}

/* --- Polling --- */

static void begin_at(struct bus_reader *reader, struct topic *topic, int32_t partition,
                     int64_t offset)
{
    const int r = start(reader, topic, partition, offset);
    if (r < 0)
        log_error("kafka.read", LOG_STR("topic", topic->name), LOG_INT("partition", partition),
                  LOG_ERRNO(r));
}

/* Goes on behind the bad batch, and tells what stands for it. */
static int return_bad_batch(struct bus_reader *reader, struct topic *topic, int32_t partition,
                            struct bus_message *ret_message)
{
    struct read_partition *part = &topic->partitions[partition];
    const struct bad_batch bad = part->bad;
    part->bad = (struct bad_batch){0};
    begin_at(reader, topic, partition, bad.behind);
    log_warning("kafka.unreadable", LOG_STR("topic", topic->name), LOG_INT("partition", partition),
                LOG_INT("from", bad.first), LOG_INT("to", bad.behind - 1));
    *ret_message = (struct bus_message){.topic = topic->name,
                                        .partition = partition,
                                        .offset = bad.behind - 1,
                                        .lost_from = bad.first,
                                        .timestamp_ms = -1,
                                        .unreadable = "its batch cannot be unpacked"};
    return 1;
}

static int search_on(struct bus_reader *reader, struct topic *topic, int32_t partition, int64_t at,
                     struct bus_message *ret_message)
{
    if (bad_batch_found(&topic->partitions[partition].bad))
        return return_bad_batch(reader, topic, partition, ret_message);
    begin_at(reader, topic, partition, at);
    return 0;
}

/* Errors that come again however often it is read. Others pass by themselves. */
static bool is_bad_batch(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR__BAD_COMPRESSION || error == RD_KAFKA_RESP_ERR__BAD_MSG ||
           error == RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED ||
           error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
}

static int take_error(struct bus_reader *reader, struct topic *topic,
                      const rd_kafka_message_t *native, struct bus_message *ret_message)
{
    struct read_partition *part = &topic->partitions[native->partition];
    if (native->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        log_error("kafka.not_authorized", LOG_STR("topic", topic->name), LOG_STR("right", "Read"));
    if (!is_bad_batch(native->err))
        return 0;
    const int64_t position = part->position >= 0 ? part->position : native->offset;
    const int64_t at = bad_batch_failed(&part->bad, position,
                                        bus_reader_end(reader, topic->name, native->partition));
    return search_on(reader, topic, native->partition, at, ret_message);
}

/* NULL: of a partition that is not read. */
static struct topic *topic_read(const struct bus_reader *reader, const rd_kafka_message_t *native)
{
    struct topic *topic =
        native->rkt != NULL ? find_topic(reader, rd_kafka_topic_name(native->rkt)) : NULL;
    bool is_read = topic != NULL && native->partition >= 0 && native->partition < topic->n &&
                   topic->partitions[native->partition].is_read;
    return is_read ? topic : NULL;
}

/* Takes the message. 1: it is the caller's. 0: it was an event. */
static int take(struct bus_reader *reader, rd_kafka_message_t *native,
                struct bus_message *ret_message)
{
    struct topic *topic = topic_read(reader, native);
    struct read_partition *part = topic != NULL ? &topic->partitions[native->partition] : NULL;
    int r = 0;
    if (part != NULL && native->err == RD_KAFKA_RESP_ERR_NO_ERROR && !part->bad.searching) {
        part->position = native->offset + 1;
        native_message(native, ret_message);
        return 1;
    }
    if (part != NULL && native->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        r = take_error(reader, topic, native, ret_message);
    else if (part != NULL)
        r = search_on(reader, topic, native->partition, bad_batch_read(&part->bad), ret_message);
    rd_kafka_message_destroy(native);
    return r;
}

int bus_reader_poll(struct bus_reader *reader, int timeout_ms, struct bus_message *ret_message)
{
    for (;;) {
        rd_kafka_message_t *message = rd_kafka_consume_queue(reader->source->queue, timeout_ms);
        if (message == NULL) {
            (void)rd_kafka_poll(reader->source->handle, 0);
            return 0;
        }
        if (take(reader, message, ret_message) == 1)
            return 1;
        /* Behind an event there may be messages. */
    }
}

void bus_reader_signal(struct bus_reader *reader, int fd)
{
    reader->signal_fd = fd;
    signal_source(reader);
}
