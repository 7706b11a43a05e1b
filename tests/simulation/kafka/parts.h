/* parts: what the files of the simulated Kafka share. */
#pragma once

#include "libshared/kafka/consumer.h"
#include "tests/simulation/kafka/broker.h"

/* --- group.c --- */

struct member {
    struct member *next;
    struct group *group;
    char instance[64];
    struct bus_consumer *consumer; /* NULL: its process is gone */
    int64_t seen_at;
    bool joined;      /* in the generation that is being made */
    int64_t told;     /* the generation whose assignment it was told */
    int32_t first, n; /* of each topic, the partitions assigned */
};

void group_coordinate(void *context);
struct group *group_of(const char *name);
/* Its place, its own again or a new one. Whoever had it is fenced. */
struct member *group_join(struct bus_consumer *consumer, const char *instance);
void group_leave(struct member *member);
/* The member has given up what it had. */
void group_rejoin(struct member *member);
void groups_clear(void);

/* --- consumer.c --- */

#define CONSUMER_TOPICS 5
struct reading {
    bool on;
    int64_t position;
    int64_t fetched; /* the end of the log when the broker last sent some; -1: it did not */
    const struct simulated_topic *topic; /* once it was found, in the broker's life of then */
    uint64_t restarts;
};
struct bus_consumer {
    struct bus_consumer *next;
    const struct node *node;
    struct bus_consumer_config config;
    const char *topics[CONSUMER_TOPICS];
    struct group *group;
    struct member *member; /* NULL: none, to be had again from `join_at` on */
    bool fenced;
    int64_t join_at;
    bool holds; /* was told an assignment */
    struct bus_partition held[CONSUMER_TOPICS * BROKER_PARTITIONS];
    size_t n_held;
    struct reading readings[CONSUMER_TOPICS][BROKER_PARTITIONS];
    size_t turn;
    int64_t commit_at; /* of an automatic one */
};
void consumer_free(struct bus_consumer *consumer);
/* Something was appended. */
void consumers_wake(void);
/* The record in one piece, in the node's memory. */
void message_give(const struct simulated_topic *topic, const char *name, int32_t partition,
                  const struct kept_record *record, struct bus_message *ret_message);
/* Reads on: true if there was something. */
bool reading_take(struct reading *reading, const char *name, int32_t partition,
                  struct bus_message *ret_message);

/* --- reader.c --- */

void readers_wake(void);
void readers_node_ended(const struct node *node);
/* The lowest that anybody still reads; the end if nobody does. */
int64_t readers_position(const struct simulated_topic *topic, int32_t partition);

/* --- producer.c --- */

void producers_send(void *context);
void producers_node_ended(const struct node *node);
