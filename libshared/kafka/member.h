/* member: the membership of a consumer group, without any reading. Internal to this room.
 *
 * A member is assigned partitions as the group says but has librdkafka read none of them. One
 * thread. Callbacks run inside member_serve() or member_close(). */
#pragma once

#include "libshared/kafka/consumer.h"

struct member;

int member_open(const struct bus_config *bus, const struct bus_consumer_config *config,
                struct member **ret_member) __attribute__((warn_unused_result));
/* Tells what is revoked, in which the owner may still commit. Then waits for the broker for
 * `timeout_ms` at most. NULL is allowed. */
void member_close(struct member *member, int timeout_ms);
/* Tells what the group has to say. 0, or as bus_consumer_poll(). */
int member_serve(struct member *member) __attribute__((warn_unused_result));
void member_signal(struct member *member, int fd);

int member_commit(struct member *member, const struct bus_partition *partitions, size_t n,
                  int timeout_ms) __attribute__((warn_unused_result));
int member_committed(struct member *member, struct bus_partition *partitions, size_t n,
                     int timeout_ms) __attribute__((warn_unused_result));
int member_cluster_id(struct member *member, const void *arena, int timeout_ms, const char **ret_id)
    __attribute__((warn_unused_result));
