/* partitioner: which partition a key belongs to, as Java's clients decide it.
 *
 * Kafka's murmur2 (org.apache.kafka.common.utils.Utils), its sign bit cleared, modulo the count.
 * Producers here are set to the same (`murmur2_random`). Pure; any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int32_t partitioner_hash(const void *key, size_t size);
/* `partitions` is at least 1. */
int32_t partitioner_murmur2(const void *key, size_t size, int32_t partitions);
