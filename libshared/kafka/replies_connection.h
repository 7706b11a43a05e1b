/* replies_connection: a thread that connects a facade to Kafka and watches the broker: it warms the
 * producer for the topics of requests, assigns the partition of replies by the instance's id, and
 * tries again for as long as the broker is away.
 *
 * The owner starts and stops it and asks how far it is. Until it is warm the producer is the
 * thread's, from then on the owner's. Strings are borrowed until the stop. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libshared/kafka/producer.h"
#include "libshared/kafka/reader.h"
#include "libshared/kafka/topic_rights.h"

struct replies_connection;

struct replies_connection_config {
    const char *topic;    /* of the replies */
    const char *instance; /* unique to this process */
    const char *const *warm;
    size_t n_warm;
    struct bus_reader *reader;
    struct bus_producer *producer;
    struct topic_rights *rights; /* told what is refused */
};

/* Needs no broker. In `arena`, which outlives the stop. -errno: no thread can be had. */
int replies_connection_start(const void *arena, const struct replies_connection_config *config,
                             struct replies_connection **ret_connection)
    __attribute__((warn_unused_result));
/* Waits at most for the one question to the broker that is under way. */
void replies_connection_stop(struct replies_connection *connection);

/* The partition of the replies; -1: not assigned yet. */
int32_t replies_connection_partition(const struct replies_connection *connection);
bool replies_connection_is_warm(const struct replies_connection *connection);
/* NULL: ready, else why not (a fixed sentence). `now_ms` is of the monotonic clock. */
const char *replies_connection_unready(const struct replies_connection *connection, int64_t now_ms);
