/* Sends what is asked, and junk. */
#include "tests/simulation/crowd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/kafka/envelope.h"
#include "libshared/kafka/partitioner.h"

#define SOURCE "/rest/anonymous"

static size_t drop_header(struct bus_header *headers, size_t n, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (strcmp(headers[i].name, name) != 0)
            headers[kept++] = headers[i];
    return kept;
}

static void append(struct simulation *simulation, const struct ask *ask,
                   const struct bus_record *record)
{
    struct simulated_topic *topic = broker_topic(ask->topic);
    int32_t partition = record->key != NULL
                            ? partitioner_murmur2(record->key, record->key_size, topic->partitions)
                            : (int32_t)crowd_below(simulation, (uint64_t)topic->partitions);
    if (ask->misplaced)
        partition = (int32_t)crowd_below(simulation, (uint64_t)topic->partitions);
    simulation->messages++;
    broker_append(topic, partition, record, world_wall_us(NULL) / 1000);
}

bool crowd_send(struct simulation *simulation, struct ask *ask)
{
    char id[32], correlation[16];
    struct envelope_headers headers;
    if (broker_is_away() || broker_topic(ask->topic) == NULL)
        return false;
    uint32_t number = crowd_number(simulation, ask);
    (void)snprintf(id, sizeof id, "ask-%u", ask->reuses ? number - 1 : number);
    (void)snprintf(correlation, sizeof correlation, "%u", number);
    envelope_write_command(&headers,
                           &(struct envelope_command){
                               .type = ask->command,
                               .id = id,
                               .source = SOURCE,
                               .time_ms = world_wall_us(NULL) / 1000,
                               .timeout_ms = ask->timeout_ms,
                               .reply_to = {.topic = ask->answers ? "tickets-svc.replies" : NULL,
                                            .partition = 0,
                                            .correlation = correlation,
                                            .correlation_size = strlen(correlation)}});
    size_t n = ask->has_id ? headers.n : drop_header(headers.list, headers.n, "ce_id");
    append(simulation, ask,
           &(struct bus_record){.key = ask->key,
                                .key_size = ask->key != NULL ? strlen(ask->key) : 0,
                                .value = ask->body,
                                .value_size = strlen(ask->body),
                                .headers = headers.list,
                                .n_headers = n});
    ask->sent_at = world->now;
    if (ask->sends++ == 0)
        ask->first_at = world->now;
    return true;
}

void crowd_send_junk(struct simulation *simulation)
{
    static const char *const topics[] = {"events.commands", "tickets.commands",
                                         "attendees.commands", "notifications.commands",
                                         "payments.events"};
    static const char *const values[] = {"",
                                         "{",
                                         "null",
                                         "[]",
                                         "{\"event_id\":1}",
                                         "\xff\xfe",
                                         "{\"a\":1,\"a\":2}",
                                         "0",
                                         "\"x\"",
                                         "{\"event_id\":\"event_00000000000000000000000000\"}"};
    static const char *const types[] = {
        "order.place",       "event.create",      "nothing", "order.expire",
        "payment.succeeded", "attendee.register", ""};
    static const uint32_t sizes[] = {10000, 980000, 1040000, 3000000};
    struct simulated_topic *topic = broker_topic(topics[crowd_below(simulation, 5)]);
    if (topic == NULL || broker_is_away())
        return;
    const char *type = types[crowd_below(simulation, 7)],
               *value = values[crowd_below(simulation, 10)];
    struct bus_header headers[4] = {{"ce_specversion", "1.0", 3},
                                    {"ce_type", type, strlen(type)},
                                    {"ce_id", "junk", 4},
                                    {"kafka_replyTopic", "nowhere.replies", 15}};
    /* Few: to read them takes longer than all else. */
    uint32_t size = crowd_percent(simulation, 3) ? sizes[crowd_below(simulation, 4)] : 0;
    char *large = size > 0 ? malloc(size) : NULL;
    if (large != NULL)
        memset(large, 'x', size);
    simulation->messages++;
    broker_append(topic, (int32_t)crowd_below(simulation, (uint64_t)topic->partitions),
                  &(struct bus_record){.key = crowd_percent(simulation, 50) ? "key" : NULL,
                                       .key_size = 3,
                                       .value = large != NULL ? large : value,
                                       .value_size = large != NULL ? size : strlen(value),
                                       .headers = headers,
                                       .n_headers = crowd_below(simulation, 5)},
                  0);
    free(large);
}
