/* admin: topics made and counted, and the cluster's id. Every call blocks up to `timeout_ms`. */
#pragma once

#include "libshared/kafka/bus.h"

struct bus_admin;

struct bus_topic {
    const char *name;
    int32_t partitions;
    int32_t replication;
    const struct settings_pair *config; /* e.g. {"retention.ms", "600000"}; ends with a NULL name */
};

int bus_admin_open(const struct bus_config *bus, struct bus_admin **ret_admin)
    __attribute__((warn_unused_result));
void bus_admin_close(struct bus_admin *admin);

/* Makes those that are missing and waits until they can be used; those that exist stay as they are,
 * whatever their configuration. */
int bus_admin_create(struct bus_admin *admin, const struct bus_topic *topics, size_t n,
                     int timeout_ms) __attribute__((warn_unused_result));
#define BUS_NOT_AUTHORIZED (-1)
/* Fills `counts[i]` with the partitions of `topics[i]`; 0 if there is no such topic,
 * BUS_NOT_AUTHORIZED if there is no right to know. One question
 * for all; asking makes none. */
int bus_admin_counts(struct bus_admin *admin, const char *const *topics, size_t n, int timeout_ms,
                     int32_t *counts) __attribute__((warn_unused_result));
/* The cluster's id as the broker last said it, in `arena`. */
int bus_admin_cluster_id(struct bus_admin *admin, const void *arena, int timeout_ms,
                         const char **ret_id) __attribute__((warn_unused_result));
