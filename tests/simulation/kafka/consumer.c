/* libshared/kafka/consumer.h over the simulated Kafka. */
#include "tests/simulation/kafka/parts.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "libshared/base/text.h"

#define FENCED_US 10000000 /* before a member that was fenced joins anew */
#define FETCH_US 300
#define AUTOMATIC_US 1000000 /* between commits of what was returned */

void consumer_free(struct bus_consumer *consumer)
{
    if (consumer->member != NULL)
        consumer->member->consumer = NULL;
    for (struct bus_consumer **at = &broker->consumers; *at != NULL; at = &(*at)->next)
        if (*at == consumer) {
            *at = consumer->next;
            break;
        }
    free(consumer);
}

void consumers_wake(void)
{
    for (const struct bus_consumer *at = broker->consumers; at != NULL; at = at->next)
        world_wake(at);
}

int bus_consumer_open(const struct bus_config *bus, const struct bus_consumer_config *config,
                      struct bus_consumer **ret_consumer)
{
    (void)bus;
    struct bus_consumer *consumer = calloc(1, sizeof *consumer);
    *consumer = (struct bus_consumer){.next = broker->consumers,
                                      .node = world_node(),
                                      .config = *config,
                                      .group = group_of(config->group)};
    assert(config->n_topics <= CONSUMER_TOPICS);
    memcpy(consumer->topics, config->topics, config->n_topics * sizeof *config->topics);
    consumer->config.topics = consumer->topics;
    broker->consumers = consumer;
    *ret_consumer = consumer;
    return 0;
}

static struct reading *reading_of(struct bus_consumer *consumer, const char *topic,
                                  int32_t partition)
{
    size_t at = 0;
    while (strcmp(consumer->config.topics[at], topic) != 0)
        at++;
    return &consumer->readings[at][partition];
}

/* --- The group --- */

static void tell_revoked(struct bus_consumer *consumer, bool lost)
{
    if (!consumer->holds)
        return;
    if (consumer->config.revoked != NULL)
        consumer->config.revoked(consumer->config.context, consumer->held, consumer->n_held, lost);
    consumer->holds = false;
    consumer->n_held = 0;
    for (size_t i = 0; i < CONSUMER_TOPICS; i++)
        for (size_t p = 0; p < BROKER_PARTITIONS; p++)
            consumer->readings[i][p].on = false;
}

static struct offset_kept *kept_of(const char *topic, int32_t partition)
{
    const struct simulated_topic *found = broker_topic(topic);
    return found != NULL ? &broker->offsets[broker_topic_number(found)][partition] : NULL;
}

/* From what the group committed, else from the beginning. */
static void read_all(struct bus_consumer *consumer)
{
    for (size_t i = 0; i < consumer->n_held; i++) {
        const struct bus_partition *held = &consumer->held[i];
        const struct offset_kept *kept = kept_of(held->topic, held->partition);
        *reading_of(consumer, held->topic, held->partition) =
            (struct reading){true, kept != NULL && kept->offset >= 0 ? kept->offset : 0, -1};
    }
    consumer->commit_at = world->now + AUTOMATIC_US;
}

/* What was returned. */
static void commit_all(struct bus_consumer *consumer)
{
    if (world->now < consumer->commit_at || broker_is_away())
        return;
    consumer->commit_at = world->now + AUTOMATIC_US;
    for (size_t i = 0; i < consumer->n_held; i++) {
        const struct bus_partition *held = &consumer->held[i];
        struct offset_kept *kept = kept_of(held->topic, held->partition);
        const int64_t position = reading_of(consumer, held->topic, held->partition)->position;
        if (kept != NULL && position > 0)
            kept->offset = position;
    }
}

static void tell_assigned(struct bus_consumer *consumer)
{
    struct member *member = consumer->member;
    member->told = consumer->group->generation;
    consumer->holds = true;
    consumer->n_held = 0;
    for (size_t topic = 0; topic < consumer->config.n_topics; topic++)
        for (int32_t i = 0; i < member->n; i++)
            consumer->held[consumer->n_held++] =
                (struct bus_partition){.topic = consumer->config.topics[topic],
                                       .partition = member->first + i,
                                       .offset = BUS_NONE};
    if (consumer->config.automatic)
        read_all(consumer);
    else
        consumer->config.assigned(consumer->config.context, consumer->held, consumer->n_held);
}

static void serve_lost(struct bus_consumer *consumer)
{
    bool fenced = consumer->fenced;
    tell_revoked(consumer, true);
    if (fenced)
        consumer->join_at = world->now + FENCED_US;
    consumer->fenced = false;
    if (broker_is_away() || world->now < consumer->join_at || consumer->member != NULL ||
        broker_topic(consumer->config.topics[0]) == NULL)
        return;
    (void)group_join(consumer, consumer->config.instance_id);
}

static void serve_group(struct bus_consumer *consumer)
{
    if (consumer->fenced || consumer->member == NULL) {
        serve_lost(consumer);
        return;
    }
    if (broker_is_away())
        return;
    const struct group *group = consumer->group;
    if (group->joining) {
        if (!consumer->member->joined) {
            tell_revoked(consumer, false);
            if (consumer->member != NULL) /* it may be gone by now */
                group_rejoin(consumer->member);
        }
        return;
    }
    if (consumer->member->told != group->generation) {
        if (consumer->holds)
            tell_revoked(consumer, false);
        if (consumer->member != NULL && !group->joining)
            tell_assigned(consumer);
    }
}

void bus_consumer_close(struct bus_consumer *consumer, int timeout_ms)
{
    (void)timeout_ms;
    if (consumer == NULL)
        return;
    world_call("close");
    tell_revoked(consumer, consumer->member == NULL);
    if (consumer->config.instance_id == NULL && consumer->member != NULL)
        group_leave(consumer->member);
    consumer_free(consumer);
}

/* --- Reading --- */

int bus_consumer_read(struct bus_consumer *consumer, const char *topic, int32_t partition,
                      int64_t offset)
{
    *reading_of(consumer, topic, partition) = (struct reading){true, offset, -1};
    return 0;
}

void bus_consumer_rest(struct bus_consumer *consumer, const char *topic, int32_t partition)
{
    reading_of(consumer, topic, partition)->on = false;
}

int64_t bus_consumer_end(struct bus_consumer *consumer, const char *topic, int32_t partition)
{
    return reading_of(consumer, topic, partition)->fetched;
}

static void *copy(void *arena, const void *bytes, size_t size)
{
    return bytes != NULL ? talloc_memdup(arena, bytes, size) : NULL;
}

void message_give(const struct simulated_topic *topic, const char *name, int32_t partition,
                  const struct kept_record *record, struct bus_message *ret_message)
{
    struct node *node = world_node();
    if (node != NULL)
        node->messages++;
    char *piece = copy(world_arena(), record, record->size);
    ptrdiff_t moved = piece - (const char *)record;
    struct bus_header *headers = (struct bus_header *)(piece + sizeof *record);
    for (size_t i = 0; i < record->n_headers; i++) {
        headers[i].name += moved;
        if (headers[i].value != NULL)
            headers[i].value = (const char *)headers[i].value + moved;
    }
    *ret_message = (struct bus_message){
        .topic = name,
        .partition = partition,
        .offset = record->offset,
        .timestamp_ms = record->timestamp_ms,
        .log_append_time = topic->append_time,
        .key = record->key != NULL ? (const char *)record->key + moved : NULL,
        .key_size = record->key_size,
        .value = record->value != NULL ? (const char *)record->value + moved : NULL,
        .value_size = record->value_size,
        .native = piece,
        .headers = headers,
        .n_headers = record->n_headers};
}

/* What the broker has by now; an offset that it does not have begins at the earliest. */
static void fetch(struct reading *reading, const struct log *log)
{
    if (broker_is_away())
        return;
    if (reading->position < log->first || reading->position > log->end)
        reading->position = log->first;
    reading->fetched = log->end;
}

/* Of what was fetched from a Kafka that is gone nothing is left to give. */
static const struct simulated_topic *topic_of(struct reading *reading, const char *name)
{
    if (reading->restarts != broker->restarts) {
        reading->restarts = broker->restarts;
        reading->topic = NULL;
        reading->fetched = -1;
    }
    if (reading->topic == NULL)
        reading->topic = broker_topic(name);
    return reading->topic;
}

bool reading_take(struct reading *reading, const char *name, int32_t partition,
                  struct bus_message *ret_message)
{
    const struct simulated_topic *topic = reading->on ? topic_of(reading, name) : NULL;
    if (topic == NULL)
        return false;
    const struct log *log = &topic->logs[partition];
    if ((reading->position < log->first || reading->position >= reading->fetched) &&
        broker_leads(topic, partition))
        fetch(reading, log);
    if (reading->position < log->first || reading->position >= reading->fetched ||
        reading->position >= log->end)
        return false;
    message_give(topic, name, partition, log->records[reading->position - log->first], ret_message);
    reading->position++;
    return true;
}

#define RUN 16 /* messages of one partition before the next */

static bool take_any(struct bus_consumer *consumer, struct bus_message *ret_message)
{
    const size_t readings = consumer->config.n_topics * BROKER_PARTITIONS;
    for (size_t i = 0; i <= readings; i++, consumer->turn++) {
        size_t at = consumer->turn / RUN % readings, topic = at / BROKER_PARTITIONS;
        int32_t partition = (int32_t)(at % BROKER_PARTITIONS);
        if (reading_take(&consumer->readings[topic][partition], consumer->config.topics[topic],
                         partition, ret_message)) {
            consumer->turn++;
            return true;
        }
        consumer->turn += RUN - 1 - consumer->turn % RUN;
    }
    return false;
}

int bus_consumer_poll(struct bus_consumer *consumer, int timeout_ms,
                      struct bus_message *ret_message)
{
    world_call("poll");
    serve_group(consumer);
    if (consumer->config.automatic)
        commit_all(consumer);
    if (take_any(consumer, ret_message))
        return 1;
    if (timeout_ms > 0) {
        world_wait_for(consumer, world->now + (int64_t)timeout_ms * 1000);
        world_wait(FETCH_US);
    }
    return take_any(consumer, ret_message);
}

bool bus_consumer_joined(const struct bus_consumer *consumer)
{
    return consumer->holds;
}

void bus_consumer_serve(struct bus_consumer *consumer)
{
    world_call("serve");
    serve_group(consumer);
}

/* --- Offsets --- */

static bool is_current(const struct bus_consumer *consumer)
{
    return consumer->member != NULL && consumer->holds &&
           (consumer->member->told == consumer->group->generation);
}

int bus_consumer_commit(struct bus_consumer *consumer, const struct bus_partition *partitions,
                        size_t n, int timeout_ms)
{
    world_call("commit offsets");
    if (timeout_ms > 0 && !broker_ask(timeout_ms))
        return -ETIMEDOUT;
    /* librdkafka keeps what nobody waits for until the coordinator is there again. */
    if (!is_current(consumer))
        return timeout_ms > 0 ? -ESTALE : 0;
    for (size_t i = 0; i < n; i++) {
        const struct simulated_topic *topic = broker_topic(partitions[i].topic);
        if (topic == NULL)
            continue;
        struct offset_kept *kept =
            &broker->offsets[broker_topic_number(topic)][partitions[i].partition];
        kept->offset = partitions[i].offset;
        memcpy(kept->note, partitions[i].note, BUS_NOTE);
    }
    return 0;
}

int bus_consumer_committed(struct bus_consumer *consumer, struct bus_partition *partitions,
                           size_t n, int timeout_ms)
{
    world_call("committed offsets");
    if (!broker_ask(timeout_ms))
        return -ETIMEDOUT;
    if (consumer->member == NULL)
        return -ESTALE;
    for (size_t i = 0; i < n; i++) {
        const struct simulated_topic *topic = broker_topic(partitions[i].topic);
        const struct offset_kept *kept =
            topic != NULL ? &broker->offsets[broker_topic_number(topic)][partitions[i].partition]
                          : NULL;
        partitions[i].offset = kept != NULL && kept->offset >= 0 ? kept->offset : BUS_NONE;
        memcpy(partitions[i].note, kept != NULL ? kept->note : "", kept != NULL ? BUS_NOTE : 1);
    }
    return 0;
}

static int edges(struct bus_partition *partitions, size_t n, bool first, int timeout_ms)
{
    world_call("edges of logs");
    if (!broker_ask(timeout_ms))
        return -ETIMEDOUT;
    for (size_t i = 0; i < n; i++) {
        const struct simulated_topic *topic = broker_topic(partitions[i].topic);
        if (topic == NULL || partitions[i].partition >= topic->partitions)
            return -ENOENT;
        if (!broker_leads(topic, partitions[i].partition))
            return -ETIMEDOUT;
        const struct log *log = &topic->logs[partitions[i].partition];
        partitions[i].offset = first ? log->first : log->end;
    }
    return 0;
}

int bus_consumer_begins(struct bus_consumer *consumer, struct bus_partition *partitions, size_t n,
                        int timeout_ms)
{
    (void)consumer;
    return edges(partitions, n, true, timeout_ms);
}

int bus_consumer_ends(struct bus_consumer *consumer, struct bus_partition *partitions, size_t n,
                      int timeout_ms)
{
    (void)consumer;
    return edges(partitions, n, false, timeout_ms);
}

int bus_consumer_cluster_id(struct bus_consumer *consumer, const void *arena, int timeout_ms,
                            const char **ret_id)
{
    (void)consumer;
    if (!broker_ask(timeout_ms))
        return -ETIMEDOUT;
    *ret_id = talloc_strdup(arena, broker->id);
    return 0;
}

void bus_consumer_signal(struct bus_consumer *consumer, int fd)
{
    (void)consumer;
    (void)fd;
}

/* --- Messages --- */

bool bus_message_header_at(const struct bus_message *message, size_t index,
                           struct bus_header *ret_header)
{
    if (index >= message->n_headers)
        return false;
    *ret_header = message->headers[index];
    return true;
}

bool bus_message_header(const struct bus_message *message, const char *name,
                        struct bus_header *ret_header)
{
    for (size_t i = message->n_headers; i > 0; i--)
        if (text_is(message->headers[i - 1].name, name)) {
            *ret_header = message->headers[i - 1];
            return true;
        }
    return false;
}

struct log_trace bus_message_log_set(const struct bus_message *message)
{
    (void)message;
    return (struct log_trace){0};
}

void bus_message_free(struct bus_message *message)
{
    struct node *node = world_node();
    if (message->native != NULL && node != NULL)
        node->messages--;
    if (message->native != NULL)
        talloc_free(message->native);
    *message = (struct bus_message){0};
}
