#include "tests/simulation/kafka/parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/text.h"
#include "libshared/contract/topic.h"

struct broker *broker;

#define COORDINATE_US 200000

void broker_open(struct broker *opened, const char *id)
{
    *opened = (struct broker){0};
    broker = opened;
    (void)snprintf(opened->id, sizeof opened->id, "%s", id);
    opened->network = (struct actor){.at = INT64_MAX, .act = producers_send};
    opened->coordinator = (struct actor){.at = world->now, .act = group_coordinate};
    world_add_actor(&opened->network);
    world_add_actor(&opened->coordinator);
    groups_clear();
}

static void clear_log(struct log *log)
{
    for (size_t i = 0; i < log->n; i++)
        free(log->records[i]);
    free(log->records);
    *log = (struct log){0};
}

static void clear_topics(void)
{
    for (size_t i = 0; i < broker->n_topics; i++)
        for (int32_t p = 0; p < broker->topics[i].partitions; p++)
            clear_log(&broker->topics[i].logs[p]);
    memset(broker->topics, 0, sizeof broker->topics);
    memset(broker->leaderless_until, 0, sizeof broker->leaderless_until);
    broker->n_topics = 0;
}

void broker_close(void)
{
    while (broker->consumers != NULL)
        consumer_free(broker->consumers);
    readers_node_ended(NULL);
    producers_node_ended(NULL);
    groups_clear();
    clear_topics();
    broker = NULL;
}

void broker_recreate(const char *id)
{
    clear_topics();
    groups_clear();
    (void)snprintf(broker->id, sizeof broker->id, "%s", id);
    broker->restarts++;
}

void broker_stop(int64_t until)
{
    if (until > broker->away_until)
        broker->away_until = until;
}

bool broker_is_away(void)
{
    return world->now < broker->away_until;
}

void broker_depose(const struct simulated_topic *topic, int32_t partition, int64_t until)
{
    broker->leaderless_until[broker_topic_number(topic)][partition] = until;
}

bool broker_leads(const struct simulated_topic *topic, int32_t partition)
{
    return world->now >= broker->leaderless_until[broker_topic_number(topic)][partition];
}

bool broker_ask(int timeout_ms)
{
    int64_t until = world->now + (int64_t)timeout_ms * 1000;
    uint64_t restarts = broker->restarts;
    world_wait(broker->takes != NULL ? broker->takes(broker->context) : 0);
    bool answered = !broker_is_away() && broker->restarts == restarts && world->now <= until;
    if (!answered && world->now < until)
        world_wait(until - world->now);
    return answered;
}

/* --- Topics --- */

struct simulated_topic *broker_topic(const char *name)
{
    for (size_t i = 0; i < broker->n_topics; i++)
        if (text_is(broker->topics[i].name, name))
            return &broker->topics[i];
    return NULL;
}

size_t broker_topic_number(const struct simulated_topic *topic)
{
    return (size_t)(topic - broker->topics);
}

static bool is_query(const char *name)
{
    for (size_t i = 0; i < TOPICS_QUERIES; i++)
        if (strcmp(topics_queries[i], name) == 0)
            return true;
    return false;
}

static bool is_grouped(const char *name)
{
    return topics_command_index(name) >= 0 || (broker->shows && is_query(name)) ||
           (broker->sends && strcmp(name, "notifications.deliveries") == 0);
}

static bool is_read(const char *name)
{
    const bool replies =
        strcmp(name, "notify-svc.replies") == 0 || strcmp(name, "attendees-svc.replies") == 0;
    const bool facts = strcmp(name, "events.facts") == 0 || strcmp(name, "tickets.facts") == 0;
    return (broker->serves && replies) || (broker->shows && facts);
}

void broker_make_topic(const char *name, int32_t partitions, int64_t max_bytes, bool append_time)
{
    if (broker_topic(name) != NULL)
        return;
    assert(broker->n_topics < BROKER_TOPICS && partitions <= BROKER_PARTITIONS);
    struct simulated_topic *topic = &broker->topics[broker->n_topics++];
    *topic = (struct simulated_topic){.partitions = partitions,
                                      .max_bytes = max_bytes,
                                      .append_time = append_time,
                                      .command = topics_command_index(name),
                                      .grouped = is_grouped(name),
                                      .flows = is_query(name),
                                      .kept = is_grouped(name) || is_read(name)};
    (void)snprintf(topic->name, sizeof topic->name, "%s", name);
}

/* --- Records --- */

static size_t text_size(const struct bus_record *record)
{
    size_t size = record->key_size + record->value_size;
    for (size_t i = 0; i < record->n_headers; i++)
        size += strlen(record->headers[i].name) + 1 + record->headers[i].size + 1;
    return size;
}

static const void *put(char **at, const void *bytes, size_t size)
{
    void *to = *at;
    if (bytes == NULL)
        return NULL;
    memcpy(to, bytes, size);
    *at += size;
    return to;
}

/* All in one piece; a header's value is followed by a NUL. */
static struct kept_record *copy_record(const struct bus_record *record)
{
    size_t head = sizeof(struct kept_record) + record->n_headers * sizeof(struct bus_header);
    size_t size = head + text_size(record);
    struct kept_record *kept = malloc(size);
    struct bus_header *headers = (struct bus_header *)(kept + 1);
    char *at = (char *)kept + head;
    *kept = (struct kept_record){.key_size = record->key_size,
                                 .value_size = record->value_size,
                                 .n_headers = record->n_headers,
                                 .size = size,
                                 .headers = headers};
    for (size_t i = 0; i < record->n_headers; i++) {
        const struct bus_header *from = &record->headers[i];
        headers[i].name = put(&at, from->name, strlen(from->name) + 1);
        headers[i].size = from->size;
        headers[i].value = put(&at, from->value, from->size);
        *at++ = '\0';
    }
    kept->key = put(&at, record->key, record->key_size);
    kept->value = put(&at, record->value, record->value_size);
    return kept;
}

/* As it is kept, of what is not. */
static struct kept_record show_record(const struct bus_record *record)
{
    return (struct kept_record){.key_size = record->key_size,
                                .value_size = record->value_size,
                                .n_headers = record->n_headers,
                                .key = record->key,
                                .value = record->value,
                                .headers = record->headers};
}

static void keep(struct log *log, struct kept_record *record)
{
    if (log->n == log->room) {
        log->room = log->room > 0 ? 2 * log->room : 64;
        log->records = realloc(log->records, log->room * sizeof *log->records);
    }
    log->records[log->n++] = record;
}

void broker_append(struct simulated_topic *topic, int32_t partition,
                   const struct bus_record *record, int64_t timestamp_ms)
{
    struct log *log = &topic->logs[partition];
    struct kept_record shown, *kept = topic->kept ? copy_record(record) : &shown;
    if (!topic->kept)
        shown = show_record(record);
    kept->offset = log->end++;
    kept->timestamp_ms = topic->append_time
                             ? (world_wall_us(NULL) + broker->clock_us[partition]) / 1000
                             : timestamp_ms;
    if (broker->appended != NULL)
        broker->appended(broker->context, topic, partition, kept);
    if (topic->kept) {
        keep(log, kept);
        consumers_wake();
        readers_wake();
    } else {
        log->first = log->end;
    }
}

void broker_trim(struct simulated_topic *topic, int32_t partition, int64_t offset)
{
    struct log *log = &topic->logs[partition];
    size_t n = offset <= log->first ? 0 : (size_t)(offset - log->first);
    if (n > log->n)
        n = log->n;
    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++)
        free(log->records[i]);
    memmove(log->records, log->records + n, (log->n - n) * sizeof *log->records);
    log->n -= n;
    log->first += (int64_t)n;
}

int64_t broker_committed(const struct simulated_topic *topic, int32_t partition)
{
    return broker->offsets[broker_topic_number(topic)][partition].offset;
}

int64_t broker_needed(const struct simulated_topic *topic, int32_t partition)
{
    return topic->grouped ? broker_committed(topic, partition) : readers_position(topic, partition);
}

void broker_node_ended(const struct node *node, bool died)
{
    (void)died;
    for (struct bus_consumer *at = broker->consumers, *next; at != NULL; at = next) {
        next = at->next;
        if (at->node == node)
            consumer_free(at);
    }
    readers_node_ended(node);
    producers_node_ended(node);
}
