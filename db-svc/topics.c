#include "db-svc/topics.h"

#include <errno.h>
#include <stdio.h>

#include "libshared/base/mem.h"
#include "libshared/contract/topic.h"

#define LOOK_MS 1000
#define CREATE_MS 5000

static void add(struct settings_pair *conf, const char *name, const char *value)
{
    while (conf->name != NULL)
        conf++;
    *conf = (struct settings_pair){name, value};
}

static const char *number(void *arena, int64_t value)
{
    return mem_printf(arena, "%lld", (long long)value);
}

/* Said for each topic, so that it does not hang on the broker's defaults: what is acknowledged by
 * two of three replicas survives any one. */
static const struct settings_pair *conf_of(void *arena, const struct topic_keeping *keeping,
                                           int64_t replication)
{
    enum { MOST = 6 };
    struct settings_pair *conf = mem_zeroed(arena, MOST * sizeof *conf);
    add(conf, "max.message.bytes", number(arena, keeping->message_bytes));
    add(conf, "retention.ms", number(arena, keeping->retention_ms));
    if (keeping->segment_ms > 0)
        add(conf, "segment.ms", number(arena, keeping->segment_ms));
    if (keeping->stamped)
        add(conf, "message.timestamp.type", "LogAppendTime");
    if (replication >= 3)
        add(conf, "min.insync.replicas", "2");
    return conf;
}

int topics_look(struct bus_admin *admin, const struct settings *settings,
                char ret_reason[TOPICS_REASON_SIZE])
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const char **names = mem_array(arena, const char *, all_topics_n);
    int32_t *counts = mem_array(arena, int32_t, all_topics_n);
    for (size_t i = 0; i < all_topics_n; i++)
        names[i] = all_topics[i].name;
    int r = bus_admin_counts(admin, names, all_topics_n, LOOK_MS, counts);
    for (size_t i = 0; r == 0 && i < all_topics_n; i++) {
        if (counts[i] == 0)
            r = -ENOENT;
        else if (counts[i] == BUS_NOT_AUTHORIZED)
            r = -EACCES;
        else if (counts[i] != settings->kafka_partitions)
            r = -EINVAL;
        if (r == -EACCES)
            (void)snprintf(
                ret_reason, TOPICS_REASON_SIZE,
                "Kafka gives no right on topic %s; db-svc --print-acls lists those needed",
                names[i]);
        else if (r < 0)
            (void)snprintf(ret_reason, TOPICS_REASON_SIZE,
                           "topic %s has %d partitions, KAFKA_PARTITIONS says %d", names[i],
                           (int)counts[i], (int)settings->kafka_partitions);
    }
    return r;
}

int topics_create(struct bus_admin *admin, const struct settings *settings)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct bus_topic *wanted = mem_array(arena, struct bus_topic, all_topics_n);
    for (size_t i = 0; i < all_topics_n; i++)
        wanted[i] = (struct bus_topic){.name = all_topics[i].name,
                                       .partitions = (int32_t)settings->kafka_partitions,
                                       .replication = (int32_t)settings->kafka_replication_factor,
                                       .config = conf_of(arena, topic_keeping(all_topics[i].kind),
                                                         settings->kafka_replication_factor)};
    return bus_admin_create(admin, wanted, all_topics_n, CREATE_MS);
}
