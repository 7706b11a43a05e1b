/* libshared/kafka/producer.h over the simulated Kafka. */
#include "libshared/kafka/producer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/kafka/partitioner.h"
#include "tests/simulation/kafka/parts.h"

#define LARGEST (2 * 1024 * 1024)
#define FRAME_BYTES 80
#define RETRY_US 50000

struct sent {
    struct sent *next;
    char *topic;
    struct bus_record record; /* its parts are the entry's own */
    int64_t sent_at, append_at, told_at;
    struct bus_delivery delivery;
};

struct bus_producer {
    struct bus_producer *next;
    const struct node *node;
    struct bus_producer_config config;
    struct sent *waiting, **waiting_end; /* to be appended, in order */
    struct sent *reports, **reports_end; /* to be told, in order */
    size_t outstanding;
    int64_t append_at; /* of what was sent last */
};

int bus_producer_open(const struct bus_config *bus, const struct bus_producer_config *config,
                      struct bus_producer **ret_producer)
{
    (void)bus;
    struct bus_producer *producer = calloc(1, sizeof *producer);
    *producer =
        (struct bus_producer){.next = broker->producers, .node = world_node(), .config = *config};
    producer->waiting_end = &producer->waiting;
    producer->reports_end = &producer->reports;
    broker->producers = producer;
    *ret_producer = producer;
    return 0;
}

static void free_sent(struct sent *sent)
{
    free(sent);
}

static void free_list(struct sent *at)
{
    while (at != NULL) {
        struct sent *next = at->next;
        free_sent(at);
        at = next;
    }
}

static void free_producer(struct bus_producer *producer)
{
    for (struct bus_producer **at = &broker->producers; *at != NULL; at = &(*at)->next)
        if (*at == producer) {
            *at = producer->next;
            break;
        }
    free_list(producer->waiting);
    free_list(producer->reports);
    free(producer);
}

void bus_producer_close(struct bus_producer *producer)
{
    if (producer != NULL)
        free_producer(producer);
}

/* --- Sending --- */

static size_t size_of(const struct bus_record *record)
{
    size_t size = record->key_size + record->value_size + FRAME_BYTES;
    for (size_t i = 0; i < record->n_headers; i++)
        size += strlen(record->headers[i].name) + record->headers[i].size + 4;
    return size;
}

static void *put(char **at, const void *bytes, size_t size)
{
    void *to = *at;
    if (bytes == NULL)
        return NULL;
    memcpy(to, bytes, size);
    *at += size;
    return to;
}

static struct sent *copy(const struct bus_record *record)
{
    size_t head = sizeof(struct sent) + record->n_headers * sizeof(struct bus_header);
    struct sent *sent =
        malloc(head + size_of(record) + strlen(record->topic) + 1 + record->n_headers);
    struct bus_header *headers = (struct bus_header *)(sent + 1);
    char *at = (char *)sent + head;
    *sent = (struct sent){.record = *record};
    sent->record.headers = headers;
    for (size_t i = 0; i < record->n_headers; i++) {
        headers[i] = record->headers[i];
        headers[i].name = put(&at, headers[i].name, strlen(headers[i].name) + 1);
        headers[i].value = put(&at, headers[i].value, headers[i].size);
        *at++ = '\0';
    }
    sent->topic = put(&at, record->topic, strlen(record->topic) + 1);
    sent->record.topic = sent->topic;
    sent->record.key = put(&at, record->key, record->key_size);
    sent->record.value = put(&at, record->value, record->value_size);
    return sent;
}

static int64_t takes(void)
{
    return broker->takes != NULL ? broker->takes(broker->context) : 100;
}

int bus_producer_send(struct bus_producer *producer, const struct bus_record *record)
{
    int64_t most = producer->config.queue_messages > 0 ? producer->config.queue_messages : 100000;
    world_call("send");
    if (size_of(record) > LARGEST)
        return -EMSGSIZE;
    if ((int64_t)producer->outstanding >= most)
        return -EAGAIN;
    struct sent *sent = copy(record);
    if (producer->append_at <= world->now) /* else it goes with those */
        producer->append_at = world->now + producer->config.linger_us + takes();
    sent->sent_at = world->now;
    sent->append_at = producer->append_at;
    *producer->waiting_end = sent;
    producer->waiting_end = &sent->next;
    producer->outstanding++;
    if (broker->network.at > sent->append_at)
        broker->network.at = sent->append_at;
    return 0;
}

static int32_t partition_of(const struct simulated_topic *topic, const struct bus_record *record)
{
    if (record->partition != BUS_BY_KEY)
        return record->partition;
    return record->key != NULL
               ? partitioner_murmur2(record->key, record->key_size, topic->partitions)
               : (int32_t)dice_below(&world->dice, (uint64_t)topic->partitions);
}

/* 0, or what is reported; *ret_done: it is in the log nevertheless. */
static int append(const struct sent *sent, bool *ret_done)
{
    struct simulated_topic *topic = broker_topic(sent->topic);
    *ret_done = false;
    if (topic == NULL)
        return -ENOENT;
    int32_t partition = partition_of(topic, &sent->record);
    if (partition < 0 || partition >= topic->partitions)
        return -ENOENT;
    if ((int64_t)size_of(&sent->record) > topic->max_bytes)
        return -EMSGSIZE;
    int r = broker->refuses != NULL ? broker->refuses(broker->context, sent->topic, ret_done) : 0;
    if (r == 0 || *ret_done)
        broker_append(topic, partition, &sent->record, world_wall_us(NULL) / 1000);
    return r;
}

static bool is_late(const struct bus_producer *producer, const struct sent *sent)
{
    int64_t most = producer->config.message_timeout_ms * 1000;
    return most > 0 && world->now - sent->sent_at > most;
}

static void report(struct bus_producer *producer, struct sent *sent, int r, bool done)
{
    sent->delivery = (struct bus_delivery){.tag = sent->record.tag,
                                           .error = r,
                                           .certainly_not_persisted = r < 0 && !done,
                                           .topic = sent->topic,
                                           .partition = sent->record.partition};
    sent->told_at = world->now + takes();
    sent->next = NULL;
    *producer->reports_end = sent;
    producer->reports_end = &sent->next;
    if (producer->node != NULL)
        world_wake(producer);
}

/* A topic that is not there yet is looked for, for a while, unless the message may be dropped. */
static bool must_wait(const struct bus_producer *producer, const struct sent *sent)
{
    return broker_is_away() || (producer->node != NULL && node_is_stopped(producer->node)) ||
           (broker->n_topics == 0 && producer->config.message_timeout_ms == 0 && sent != NULL);
}

static bool has_leader(const struct sent *sent)
{
    const struct simulated_topic *topic = broker_topic(sent->topic);
    int32_t partition = topic != NULL ? partition_of(topic, &sent->record) : -1;
    return partition < 0 || partition >= topic->partitions || broker_leads(topic, partition);
}

static void take_out(struct bus_producer *producer, struct sent **at)
{
    *at = (*at)->next;
    if (*at == NULL)
        producer->waiting_end = at;
}

/* What waits for a leader lets others pass, but none of its own partition. */
static void send_due(struct bus_producer *producer)
{
    for (struct sent **at = &producer->waiting; *at != NULL && (*at)->append_at <= world->now;) {
        struct sent *sent = *at;
        bool late = is_late(producer, sent);
        if (!late && must_wait(producer, sent)) {
            for (; sent != NULL; sent = sent->next)
                sent->append_at = world->now + RETRY_US;
            producer->append_at = world->now + RETRY_US;
            return;
        }
        if (!late && !has_leader(sent)) {
            at = &sent->next;
            continue;
        }
        take_out(producer, at);
        bool done = false;
        int r = late ? -ETIMEDOUT : append(sent, &done);
        report(producer, sent, r, done);
    }
}

static int64_t next_append(const struct bus_producer *producer)
{
    if (producer->waiting == NULL)
        return INT64_MAX;
    int64_t at = producer->waiting->append_at;
    return at > world->now ? at : world->now + RETRY_US;
}

void producers_send(void *context)
{
    (void)context;
    broker->network.at = INT64_MAX;
    for (struct bus_producer *at = broker->producers; at != NULL; at = at->next)
        send_due(at);
    for (const struct bus_producer *at = broker->producers; at != NULL; at = at->next)
        if (next_append(at) < broker->network.at)
            broker->network.at = next_append(at);
}

/* --- Reports --- */

static int tell(struct bus_producer *producer)
{
    int n = 0;
    while (producer->reports != NULL && producer->reports->told_at <= world->now) {
        struct sent *sent = producer->reports;
        producer->reports = sent->next;
        if (producer->reports == NULL)
            producer->reports_end = &producer->reports;
        producer->outstanding--;
        if (producer->config.delivered != NULL &&
            (sent->delivery.error != 0 || !producer->config.errors_only))
            producer->config.delivered(producer->config.context, &sent->delivery);
        free_sent(sent);
        n++;
    }
    return n;
}

int bus_producer_poll(struct bus_producer *producer, int timeout_ms)
{
    int n = tell(producer);
    if (n > 0 || timeout_ms == 0)
        return n;
    int64_t until = world->now + (int64_t)timeout_ms * 1000;
    if (producer->reports == NULL)
        world_wait_for(producer, until);
    if (producer->reports != NULL && producer->reports->told_at < until)
        world_wait_for(producer, producer->reports->told_at);
    return tell(producer);
}

int bus_producer_flush(struct bus_producer *producer, int timeout_ms)
{
    int64_t until = world->now + (int64_t)timeout_ms * 1000;
    world_call("flush");
    while (producer->outstanding > 0 && world->now < until)
        (void)bus_producer_poll(producer, (int)((until - world->now + 999) / 1000));
    return producer->outstanding == 0 ? 0 : -ETIMEDOUT;
}

size_t bus_producer_outstanding(struct bus_producer *producer)
{
    return producer->outstanding;
}

int bus_producer_state(struct bus_producer *producer)
{
    (void)producer;
    return 0;
}

void bus_producer_signal(struct bus_producer *producer, int fd)
{
    (void)producer;
    (void)fd;
}

int bus_producer_warm(struct bus_producer *producer, const char *const *topics, size_t n,
                      int timeout_ms)
{
    (void)producer;
    world_call("warm");
    if (!broker_ask(timeout_ms))
        return -ETIMEDOUT;
    for (size_t i = 0; i < n; i++)
        if (broker_topic(topics[i]) == NULL)
            return -ENOENT;
    return 0;
}

/* --- The end of a process --- */

/* What was on its way arrives, as far as it had come. */
static void end_producer(struct bus_producer *producer)
{
    size_t n = 0;
    for (const struct sent *at = producer->waiting; at != NULL; at = at->next)
        n++;
    size_t arrives = broker_is_away() ? 0 : dice_below(&world->dice, n + 1);
    for (struct sent *at = producer->waiting; at != NULL && arrives > 0; at = at->next, arrives--)
        (void)append(at, &(bool){false});
    free_producer(producer);
}

void producers_node_ended(const struct node *node)
{
    for (struct bus_producer *at = broker->producers, *next; at != NULL; at = next) {
        next = at->next;
        if (node == NULL)
            free_producer(at);
        else if (at->node == node)
            end_producer(at);
    }
}
