/* mock_kafka: a broker in this process, librdkafka's own mock, on a port of its choosing.
 *
 * It knows groups (a first join takes it 3 s) and idempotent producers, but no administration and
 * no retention. Its speed is not Kafka's. Close before the test ends. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libshared/kafka/bus.h"

struct mock_kafka;

struct mock_kafka *mock_kafka_open(void);
void mock_kafka_close(struct mock_kafka *mock);
void mock_kafka_topic(struct mock_kafka *mock, const char *topic, int partitions);
/* Refuses and drops connections until set up again. */
void mock_kafka_down(struct mock_kafka *mock, bool down);
/* Each answer takes so long. */
void mock_kafka_delay(struct mock_kafka *mock, int ms);
/* The next `n` produce requests fail as if a replica were missing. */
void mock_kafka_refuse_produce(struct mock_kafka *mock, int n);
/* The next produce request fails so that its idempotent producer is beyond repair. */
void mock_kafka_break_producer(struct mock_kafka *mock);
/* The next join of a group, or question for offsets, is answered after an hour, and after it what
 * is asked over the same connection. */
void mock_kafka_delay_join(struct mock_kafka *mock);
void mock_kafka_delay_offsets(struct mock_kafka *mock);
/* Addresses it, and sets what keeps librdkafka quick against the mock. Lives as long as it. */
const struct bus_config *mock_kafka_bus(const struct mock_kafka *mock);
