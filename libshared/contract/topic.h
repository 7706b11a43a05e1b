/* topic: every topic of the wire, declared once: its name, what it carries, how long that is kept,
 * and who of our services reads it.
 *
 * How many partitions all of them have is a setting (KAFKA_PARTITIONS). Tables are constant: any
 * thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "libshared/contract/command.h"

enum topic_kind {
    TOPIC_COMMANDS, /* changes, for db-svc's writer; with what payments become of */
    TOPIC_QUERIES,  /* questions, for db-svc's readers */
    TOPIC_REPLIES,
    TOPIC_FACTS,      /* what happened, for anybody */
    TOPIC_DELIVERIES, /* to notify-svc: what waits for its attempt */
    TOPIC_DEAD_LETTERS,
    TOPIC_KINDS
};

enum topic_service {
    SERVICE_DB = 1,
    SERVICE_TICKETS = 2,
    SERVICE_ATTENDEES = 4,
    SERVICE_NOTIFY = 8,
    SERVICE_PAYMENTS = 16,
};

struct topic {
    const char *name;
    enum topic_kind kind;
    enum module module; /* MODULES: of none */
    unsigned readers;   /* of enum topic_service; others may too */
};
extern const struct topic all_topics[];
extern const size_t all_topics_n;

/* How long messages of a kind are kept, and how. */
struct topic_keeping {
    int64_t retention_ms;
    int64_t segment_ms;    /* 0: the broker's */
    int64_t message_bytes; /* the largest message */
    bool stamped;          /* LogAppendTime: a deadline is counted from the broker's clock */
};
const struct topic_keeping *topic_keeping(enum topic_kind kind);

/* The module's topic of that kind; NULL: it has none. */
const char *topic_name(enum module module, enum topic_kind kind);

/* Those of commands, in the order of the fences' offsets; of queries; and of replies, our own
 * services' and those that NestJS asks for. */
#define TOPICS_COMMANDS 5
#define TOPICS_QUERIES 4
#define TOPICS_REPLIES 13
extern const char *const topics_commands[TOPICS_COMMANDS];
extern const char *const topics_queries[TOPICS_QUERIES];
extern const char *const topics_replies[TOPICS_REPLIES];
/* The topics that db-svc publishes to: facts and deliveries. */
#define TOPICS_EMITTED 5
extern const char *const topics_emitted[TOPICS_EMITTED];
/* The place among topics_commands; -1: none of them. */
int topics_command_index(const char *name);
