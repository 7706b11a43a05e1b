/* libshared/kafka/admin.h over the simulated Kafka. */
#include "libshared/kafka/admin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "tests/simulation/kafka/broker.h"

struct bus_admin {
    int unused;
};

int bus_admin_open(const struct bus_config *bus, struct bus_admin **ret_admin)
{
    (void)bus;
    *ret_admin = talloc_zero(world_arena(), struct bus_admin);
    return 0;
}

void bus_admin_close(struct bus_admin *admin)
{
    talloc_free(admin);
}

static const char *config_of(const struct bus_topic *topic, const char *name)
{
    const char *value = NULL;
    for (const struct settings_pair *at = topic->config; at != NULL && at->name != NULL; at++)
        if (strcmp(at->name, name) == 0)
            value = at->value;
    return value;
}

int bus_admin_create(struct bus_admin *admin, const struct bus_topic *topics, size_t n,
                     int timeout_ms)
{
    (void)admin;
    world_call("create topics");
    if (!broker_ask(timeout_ms))
        return -ETIMEDOUT;
    for (size_t i = 0; i < n; i++) {
        const char *bytes = config_of(&topics[i], "max.message.bytes");
        const char *type = config_of(&topics[i], "message.timestamp.type");
        broker_make_topic(topics[i].name, topics[i].partitions,
                          bytes != NULL ? strtoll(bytes, NULL, 10) : 1048588,
                          type != NULL && strcmp(type, "LogAppendTime") == 0);
    }
    return 0;
}

int bus_admin_counts(struct bus_admin *admin, const char *const *topics, size_t n, int timeout_ms,
                     int32_t *counts)
{
    (void)admin;
    world_call("count topics");
    if (!broker_ask(timeout_ms))
        return -ETIMEDOUT;
    for (size_t i = 0; i < n; i++) {
        const struct simulated_topic *topic = broker_topic(topics[i]);
        counts[i] = topic != NULL ? topic->partitions : 0;
    }
    return 0;
}

int bus_admin_cluster_id(struct bus_admin *admin, const void *arena, int timeout_ms,
                         const char **ret_id)
{
    (void)admin;
    if (!broker_ask(timeout_ms))
        return -ETIMEDOUT;
    *ret_id = talloc_strdup(arena, broker->id);
    return 0;
}
