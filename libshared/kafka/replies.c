#include "libshared/kafka/replies.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/base/stop_flag.h"
#include "libshared/kafka/envelope.h"
#include "libshared/kafka/partitioner.h"
#include "libshared/kafka/pending.h"
#include "libshared/kafka/producer.h"
#include "libshared/kafka/reader.h"

enum {
    ATTEMPT_MS = 1000,  /* one question to the broker; closing may wait for it */
    PAUSE_MS = 200,     /* between attempts */
    WATCH_MS = 1000,    /* between looks at a broker that is there */
    AT_LATEST_MS = 100, /* an eventfd can miss an event of librdkafka's (#3344) */
    MEND_MS = 1000,     /* between replacements of a broken producer */
    AT_ONCE = 4096,     /* replies a run, so that the owner's loop stays fair */
    RANDOM_BATCH = 64,  /* correlation ids drawn with one system call */
    AHEAD_BYTES = 67108864,
};

static const char starting[] = "connecting to Kafka";
static const char away[] = "Kafka does not answer";
static const char missing[] = "a topic is missing in Kafka";
static const char broken[] = "the Kafka producer is beyond repair";
#define DENIED_MS                                                                                  \
    10000 /* so long a right that was missing when it was needed counts as missing                 \
           */

struct right {
    const char *topic, *operation, *words;
};

struct replies {
    struct replies_config config;
    struct right *rights;
    struct bus_producer *producer;
    struct bus_reader *reader;
    struct pending *pending;
    struct replies_counts counts;
    int fd;
    uint8_t random[RANDOM_BATCH][PENDING_RANDOM];
    size_t random_left;
    int64_t mend_at; /* the earliest */
    /* Between the owner and the connecting thread: */
    _Atomic(const char *) unready;         /* NULL: ready */
    _Atomic(const struct right *) lacking; /* the right missing last; NULL: none was */
    _Atomic int64_t lacking_until;         /* monotonic */
    atomic_int partition;                  /* -1: not assigned yet */
    atomic_bool warmed;                    /* from then on the producer is the owner's alone */
    pthread_t thread;
    struct stop_flag stop;
};

/* Rights that may turn out to be missing: Read for its own topic, Write for each of the others. */
static void prepare_rights(struct replies *r)
{
    r->rights = mem_array(r, struct right, r->config.n_warm + 1);
    for (size_t i = 0; i <= r->config.n_warm; i++) {
        struct right *right = &r->rights[i];
        right->topic = i < r->config.n_warm ? r->config.warm[i] : r->config.topic;
        right->operation = i < r->config.n_warm ? "Write" : "Read";
        right->words =
            mem_printf(r, "Kafka gives no right to %s on topic %s", right->operation, right->topic);
    }
}

/* Either thread. */
static void note_missing(struct replies *r, const char *topic)
{
    const int64_t now = clock_monotonic_ms();
    for (size_t i = 0; i <= r->config.n_warm; i++) {
        const struct right *right = &r->rights[i];
        if (strcmp(right->topic, topic) != 0)
            continue;
        if (r->lacking != right || now > r->lacking_until)
            log_error("kafka.not_authorized", LOG_STR("topic", topic),
                      LOG_STR("right", right->operation));
        r->lacking = right;
        r->lacking_until = now + DENIED_MS;
    }
}

/* --- the connecting thread --- */

static int assign(struct replies *r)
{
    int32_t n;
    if (r->partition >= 0)
        return 0;
    int error = bus_reader_partitions(r->reader, r->config.topic, ATTEMPT_MS, &n);
    if (error == -EACCES)
        note_missing(r, r->config.topic);
    if (error < 0)
        return error;
    const char *instance = r->config.instance;
    const int32_t partition = partitioner_murmur2(instance, strlen(instance), n);
    struct bus_partition at = {.topic = r->config.topic, .partition = partition};
    error = bus_reader_ends(r->reader, &at, 1, ATTEMPT_MS);
    if (error == 0)
        error = bus_reader_start(r->reader, at.topic, partition, at.offset);
    if (error == 0) {
        log_info("kafka.replies", LOG_STR("topic", r->config.topic),
                 LOG_INT("partition", partition), LOG_INT("offset", at.offset));
        r->partition = partition;
    }
    return error;
}

/* The reader asks first: a producer's question may make a missing topic, with too few partitions.
 */
static int warm(struct replies *r)
{
    int error = 0;
    for (size_t i = 0; error == 0 && i < r->config.n_warm; i++) {
        int32_t n;
        error = bus_reader_partitions(r->reader, r->config.warm[i], ATTEMPT_MS, &n);
        if (error == 0)
            error = bus_producer_warm(r->producer, &r->config.warm[i], 1, ATTEMPT_MS);
        if (error == -EACCES)
            note_missing(r, r->config.warm[i]);
    }
    return error;
}

static int watch(struct replies *r)
{
    int32_t n;
    return bus_reader_partitions(r->reader, r->config.topic, ATTEMPT_MS, &n);
}

static void *connect_and_watch(void *context)
{
    struct replies *r = context;
    int wait_ms;
    do {
        /* Assigned last: once the reader fetches, each of its questions waits behind a fetch. */
        int error = r->warmed ? watch(r) : warm(r);
        r->warmed = r->warmed || error == 0;
        if (error == 0)
            error = assign(r);
        r->unready = error == 0 ? NULL : error == -ENOENT ? missing : away;
        wait_ms = error == 0 ? WATCH_MS : PAUSE_MS;
    } while (!stop_flag_wait(&r->stop, wait_ms));
    return NULL;
}

static int start_thread(struct replies *r)
{
    stop_flag_open(&r->stop);
    return -pthread_create(&r->thread, NULL, connect_and_watch, r);
}

static void stop_thread(struct replies *r)
{
    stop_flag_set(&r->stop);
    pthread_join(r->thread, NULL);
    stop_flag_close(&r->stop);
}

/* --- the owner's side --- */

static void finish(struct pending_caller caller, enum reply_outcome outcome, uint64_t *count)
{
    (*count)++;
    caller.done(caller.context, &(struct reply){.outcome = outcome});
}

static void delivered(void *context, const struct bus_delivery *delivery)
{
    struct replies *r = context;
    struct pending_caller caller;
    if (delivery->error == -EACCES)
        note_missing(r, delivery->topic);
    if (delivery->certainly_not_persisted && pending_take_tag(r->pending, delivery->tag, &caller))
        finish(caller, REPLY_NOT_DONE, &r->counts.refused);
}

static int open_producer(struct replies *r, struct bus_producer **ret_producer)
{
    const struct bus_producer_config producer = {
        /* librdkafka looks for overdue messages once a second: well before the caller's deadline,
         * so that most of what was not sent is known not to have been. */
        .message_timeout_ms = r->config.timeout_ms * 7 / 10,
        .linger_us = r->config.linger_us,
        /* What comes while two requests are on their way goes together in the next: no delay when
         * alone, and nearly twice the throughput of five when busy. */
        .in_flight = 2,
        .queue_messages = (int64_t)r->config.max_pending,
        .errors_only = true,
        .repeatable = true, /* a command by its id, a query anyway */
        .context = r,
        .delivered = delivered,
    };
    const int error = bus_producer_open(&r->config.bus, &producer, ret_producer);
    if (error == 0)
        bus_producer_signal(*ret_producer, r->fd);
    return error;
}

static int open_bus(struct replies *r)
{
    const int error = bus_reader_open(&r->config.bus, AHEAD_BYTES, &r->reader);
    if (error < 0)
        return error;
    bus_reader_signal(r->reader, r->fd);
    return open_producer(r, &r->producer);
}

/* What the broken one still held is told REPLY_UNKNOWN by its deadline. */
static void mend(struct replies *r, int64_t now_ms)
{
    struct bus_producer *fresh;
    if (!r->warmed || now_ms < r->mend_at || bus_producer_state(r->producer) == 0)
        return;
    r->mend_at = now_ms + MEND_MS;
    log_error("kafka.producer", LOG_STR("error", broken));
    if (open_producer(r, &fresh) == 0) {
        bus_producer_close(r->producer);
        r->producer = fresh;
    }
}

static void free_replies(struct replies *r)
{
    bus_producer_close(r->producer);
    bus_reader_close(r->reader);
    if (r->fd >= 0)
        close(r->fd);
    mem_free(r);
}

int replies_open(const struct replies_config *config, struct replies **ret_replies)
{
    struct replies *r = mem_new(NULL, struct replies);
    r->config = *config;
    r->pending = pending_new(r, config->instance, config->max_pending);
    r->unready = starting;
    prepare_rights(r);
    r->partition = -1;
    r->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int error = r->fd < 0 ? -errno : open_bus(r);
    if (error == 0)
        error = start_thread(r);
    if (error < 0) {
        free_replies(r);
        return error;
    }
    *ret_replies = r;
    return 0;
}

void replies_close(struct replies *r)
{
    struct pending_caller caller;
    if (r == NULL)
        return;
    stop_thread(r);
    while (pending_take_overdue(r->pending, INT64_MAX, &caller))
        finish(caller, REPLY_UNKNOWN, &r->counts.expired);
    free_replies(r);
}

static const uint8_t *draw(struct replies *r)
{
    if (r->random_left == 0) {
        randombytes_buf(r->random, sizeof r->random);
        r->random_left = RANDOM_BATCH;
    }
    return r->random[--r->random_left];
}

static int64_t patience(const struct replies *r, const struct replies_request *request)
{
    return request->patience_ms > 0 ? request->patience_ms : r->config.timeout_ms;
}

static int send_request(struct replies *r, const struct replies_request *request,
                        const char *correlation, uint64_t tag, int64_t wall_ms)
{
    struct envelope_headers headers;
    envelope_write_command(
        &headers, &(struct envelope_command){
                      .type = request->type,
                      .id = request->id,
                      .source = request->source != NULL ? request->source : r->config.source,
                      .time_ms = wall_ms,
                      .traceparent = request->traceparent,
                      .if_match = request->if_match,
                      .timeout_ms = patience(r, request),
                      .reply_to = {r->config.topic, r->partition, correlation, strlen(correlation)},
                  });
    return bus_producer_send(r->producer,
                             &(struct bus_record){
                                 .topic = request->topic,
                                 .partition = BUS_BY_KEY,
                                 .key = request->key,
                                 .key_size = request->key != NULL ? strlen(request->key) : 0,
                                 .value = request->body,
                                 .value_size = request->body_size,
                                 .headers = headers.list,
                                 .n_headers = headers.n,
                                 .tag = tag,
                             });
}

void replies_request(struct replies *r, const struct replies_request *request, int64_t now_ms,
                     int64_t wall_ms)
{
    struct pending_caller caller = {request->done, request->context};
    char correlation[PENDING_ID_SIZE];
    uint64_t tag;

    if (r->partition < 0 || pending_add(r->pending, caller, now_ms + patience(r, request), draw(r),
                                        correlation, &tag) < 0) {
        finish(caller, REPLY_NOT_DONE, &r->counts.refused);
    } else if (send_request(r, request, correlation, tag, wall_ms) < 0) {
        (void)pending_take_tag(r->pending, tag, &caller);
        finish(caller, REPLY_NOT_DONE, &r->counts.refused);
    } else {
        r->counts.sent++;
    }
}

/* An HTTP status in three digits, else 0. */
static int read_status(const struct bus_header *header)
{
    const char *text = header->value;
    if (text == NULL || header->size != 3 || text[0] < '1' || text[0] > '5' || text[1] < '0' ||
        text[1] > '9' || text[2] < '0' || text[2] > '9')
        return 0;
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

static void read_reply(const struct bus_message *message, struct bus_header *correlation,
                       struct reply *reply)
{
    struct bus_header header;
    for (size_t i = 0; bus_message_header_at(message, i, &header); i++)
        if (strcmp(header.name, "kafka_correlationId") == 0)
            *correlation = header;
        else if (strcmp(header.name, "status") == 0)
            reply->status = read_status(&header);
        else if (strcmp(header.name, "etag") == 0)
            reply->etag = header.value;
        else if (strcmp(header.name, "location") == 0)
            reply->location = header.value;
        else if (strcmp(header.name, "stock") == 0)
            reply->stock = header.value;
}

static void take_reply(struct replies *r, const struct bus_message *message)
{
    struct bus_header correlation = {0};
    struct reply reply = {
        .outcome = REPLY_ANSWERED,
        .body = message->value != NULL ? message->value : "",
        .body_size = message->value_size,
        .message = message,
    };
    struct pending_caller caller;

    read_reply(message, &correlation, &reply);
    if (!pending_is_own(r->pending, correlation.value, correlation.size)) {
        r->counts.foreign++;
    } else if (reply.status == 0) {
        r->counts.bad++;
    } else if (!pending_take(r->pending, correlation.value, correlation.size, &caller)) {
        r->counts.late++;
    } else {
        r->counts.answered++;
        caller.done(caller.context, &reply);
    }
}

static void take_replies(struct replies *r)
{
    static const uint64_t one = 1;
    struct bus_message message;
    for (int i = 0; bus_reader_poll(r->reader, 0, &message) == 1; i++) {
        take_reply(r, &message);
        bus_message_free(&message);
        if (i == AT_ONCE) {
            (void)!write(r->fd, &one, sizeof one);
            return;
        }
    }
}

void replies_run(struct replies *r, int64_t now_ms)
{
    struct pending_caller caller;
    uint64_t signals;

    (void)!read(r->fd, &signals, sizeof signals);
    (void)bus_producer_poll(r->producer, 0);
    mend(r, now_ms);
    if (r->partition >= 0)
        take_replies(r);
    while (pending_take_overdue(r->pending, now_ms, &caller))
        finish(caller, REPLY_UNKNOWN, &r->counts.expired);
}

int replies_fd(const struct replies *r)
{
    return r->fd;
}

int64_t replies_next(const struct replies *r, int64_t now_ms)
{
    const int64_t deadline = pending_next(r->pending);
    const int64_t at_latest = now_ms + AT_LATEST_MS;
    return deadline < at_latest ? deadline : at_latest;
}

const char *replies_unready(const struct replies *r)
{
    const char *why = r->unready;
    if ((why == NULL || why == away) && r->lacking != NULL &&
        clock_monotonic_ms() < r->lacking_until)
        return ((const struct right *)r->lacking)->words;
    return why == NULL && bus_producer_state(r->producer) < 0 ? broken : why;
}

size_t replies_pending(const struct replies *r)
{
    return pending_count(r->pending);
}

struct replies_counts replies_counts(const struct replies *r)
{
    return r->counts;
}

void replies_flush(struct replies *r, int timeout_ms)
{
    const int error = bus_producer_flush(r->producer, timeout_ms);
    if (error < 0) {
        log_warning("kafka.flush", LOG_ERRNO(error),
                    LOG_INT("left", bus_producer_outstanding(r->producer)));
    }
}
