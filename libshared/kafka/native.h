/* native: what this room's own files share about librdkafka. Not for other rooms. */
#pragma once

#include <librdkafka/rdkafka.h>

#include "libshared/kafka/bus.h"

/* A property of a handle. */
struct native_property {
    const char *name, *value;
};

/* A configuration with `defaults` (ends with a NULL name), then the bus's own on top. NULL if
 * librdkafka refuses one: `ret_error` says which. */
rd_kafka_conf_t *native_conf(const struct bus_config *bus, const struct native_property *defaults,
                             char ret_error[BUS_ERROR_SIZE]);
/* Takes `conf`, whatever comes of it; a failure is logged. `conf` NULL: `error` is what to log. */
int native_open(rd_kafka_type_t type, rd_kafka_conf_t *conf, const char *error,
                rd_kafka_t **ret_handle);

int native_errno(rd_kafka_resp_err_t error);
/* Takes `native`. */
void native_message(rd_kafka_message_t *native, struct bus_message *ret_message);

/* `ret_led` (NULL: not asked): how many of the partitions have a leader. */
int native_partitions(rd_kafka_t *handle, const char *topic, int timeout_ms,
                      int32_t *ret_partitions, int32_t *ret_led);
/* Fills `offset` of each with that of its first message (`at` RD_KAFKA_OFFSET_BEGINNING) or the one
 * behind its last (RD_KAFKA_OFFSET_END). Within `timeout_ms`. */
int native_edges(rd_kafka_t *handle, struct bus_partition *partitions, size_t n, int64_t at,
                 int timeout_ms);
