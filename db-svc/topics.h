/* topics: every topic there is, and that they are there with the right number of partitions.
 *
 * db-svc creates what is missing; nobody else does. */
#pragma once

#include "libshared/base/settings.h"
#include "libshared/kafka/admin.h"

/* The topics of commands and payments, in the order of the fences' offsets. */
#define TOPICS_COMMANDS 5
extern const char *const topics_commands[TOPICS_COMMANDS];
/* -1: none of them. */
int topics_command_index(const char *topic);
#define TOPICS_QUERIES 4
extern const char *const topics_queries[TOPICS_QUERIES];
/* Where the facades wait for their answers. */
#define TOPICS_REPLIES 5
extern const char *const topics_replies[TOPICS_REPLIES];

/* 0: all are there. -ENOENT: one is missing. -EINVAL: a topic's count differs from
 * KAFKA_PARTITIONS, `ret_reason` says which. Else the bus's errors: try again. Both block for some
 * seconds at most. */
#define TOPICS_REASON_SIZE 160
int topics_look(struct bus_admin *admin, const struct settings *settings,
                char ret_reason[TOPICS_REASON_SIZE]) __attribute__((warn_unused_result));
/* Makes those that are missing. */
int topics_create(struct bus_admin *admin, const struct settings *settings)
    __attribute__((warn_unused_result));
