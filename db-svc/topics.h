/* topics: sees that every topic is there, with the right number of partitions.
 *
 * db-svc creates what is missing; nobody else does. */
#pragma once

#include "libshared/base/settings.h"
#include "libshared/kafka/admin.h"

/* 0: all are there. -ENOENT: one is missing. -EACCES: there is no right on one. -EINVAL: a topic's
 * count differs from KAFKA_PARTITIONS, `ret_reason` says which. Else the bus's errors: try again.
 * Both block for some seconds at most. */
#define TOPICS_REASON_SIZE 160
int topics_look(struct bus_admin *admin, const struct settings *settings,
                char ret_reason[TOPICS_REASON_SIZE]) __attribute__((warn_unused_result));
/* Makes those that are missing. */
int topics_create(struct bus_admin *admin, const struct settings *settings)
    __attribute__((warn_unused_result));
