/* broker: the simulated Kafka cluster: topics, logs, consumer groups.
 *
 * Logs of what a service reads are kept; of all else a record is shown to the watcher when it is
 * appended, and forgotten. There is one at a time, in `broker`. */
#pragma once

#include "libshared/kafka/bus.h"
#include "libshared/kafka/producer.h"
#include "tests/simulation/world/world.h"

#define BROKER_TOPICS 64
#define BROKER_PARTITIONS 8
#define BROKER_ID 32

struct kept_record {
    int64_t offset, timestamp_ms;
    size_t key_size, value_size, n_headers, size;
    const void *key, *value; /* NULL: none */
    const struct bus_header *headers;
};

struct log {
    struct kept_record **records; /* from `first` on */
    size_t n, room;
    int64_t first, end;
};
struct simulated_topic {
    char name[64];
    int32_t partitions;
    int64_t max_bytes;
    bool append_time;
    bool kept;    /* records, for those who read */
    int command;  /* topics_command_index() */
    bool grouped; /* read by a group, which commits offsets */
    bool flows;   /* as long as there are processes: it is never read to its end */
    struct log logs[BROKER_PARTITIONS];
};

struct bus_consumer;
struct bus_reader;
struct bus_producer;
struct member;

struct offset_kept {
    int64_t offset;
    char note[BUS_NOTE];
};
struct group {
    char name[32];     /* "": none yet */
    const char *topic; /* one that it reads; the others have as many partitions */
    struct member *members;
    int64_t generation;
    bool joining; /* members are called together */
};
#define BROKER_GROUPS 3

struct broker {
    char id[BROKER_ID];
    bool sends;  /* there is a notify-svc */
    bool shows;  /* there is a tickets-svc, and queries are answered */
    bool serves; /* there is a service with replies of its own */
    struct simulated_topic topics[BROKER_TOPICS];
    size_t n_topics;
    struct group groups[BROKER_GROUPS];
    /* One group reads a topic. */
    struct offset_kept offsets[BROKER_TOPICS][BROKER_PARTITIONS];
    struct bus_producer *producers;
    struct bus_consumer *consumers;
    struct bus_reader *readers;
    struct actor network, coordinator;
    int64_t away_until;
    int64_t leaderless_until[BROKER_TOPICS][BROKER_PARTITIONS];
    int64_t clock_us[BROKER_PARTITIONS]; /* of each partition's leader, beside the true time */
    uint64_t restarts;
    /* Of each record appended. */
    void (*appended)(void *context, const struct simulated_topic *topic, int32_t partition,
                     const struct kept_record *record);
    /* 0, or the error that is reported of a send; `*done`: it is appended nevertheless. */
    int (*refuses)(void *context, const char *topic, bool *done);
    /* How long a request takes there or back, in us. */
    int64_t (*takes)(void *context);
    void *context;
};

extern struct broker *broker;

void broker_open(struct broker *opened, const char *id);
void broker_close(void);
/* Empty, as after its disk was lost: no topics, no groups. */
void broker_recreate(const char *id);
void broker_stop(int64_t until);
bool broker_is_away(void);
/* A partition has no leader: it is neither written nor read. */
void broker_depose(const struct simulated_topic *topic, int32_t partition, int64_t until);
bool broker_leads(const struct simulated_topic *topic, int32_t partition);

struct simulated_topic *broker_topic(const char *name); /* NULL: there is none */
size_t broker_topic_number(const struct simulated_topic *topic);
void broker_make_topic(const char *name, int32_t partitions, int64_t max_bytes, bool append_time);
/* Copies the record if it is kept. `timestamp_ms` is the producer's. A NUL follows each header's
 * value. */
void broker_append(struct simulated_topic *topic, int32_t partition,
                   const struct bus_record *record, int64_t timestamp_ms);
/* Forgets what lies before the offset. */
void broker_trim(struct simulated_topic *topic, int32_t partition, int64_t offset);
/* What the topic's group committed; -1: nothing. */
int64_t broker_committed(const struct simulated_topic *topic, int32_t partition);

/* The first record that is still to be read by somebody. */
int64_t broker_needed(const struct simulated_topic *topic, int32_t partition);

/* A process is gone. */
void broker_node_ended(const struct node *node, bool died);
/* One request there and back: whether the broker answered within the time. */
bool broker_ask(int timeout_ms);
