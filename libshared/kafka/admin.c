#include "libshared/kafka/admin.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/native.h"

enum { QUESTION_MS = 2000, PAUSE_MS = 10 };

/* A consumer's handle: asking about a topic through it never makes one. */
struct bus_admin {
    rd_kafka_t *handle;
    rd_kafka_topic_t **known; /* what is asked about together */
    size_t n_known;
};

int bus_admin_open(const struct bus_config *bus, struct bus_admin **ret_admin)
{
    char error[BUS_ERROR_SIZE];
    struct bus_admin *admin = mem_new(NULL, struct bus_admin);
    const int r =
        native_open(RD_KAFKA_CONSUMER, native_conf(bus, NULL, error), error, &admin->handle);
    if (r < 0) {
        mem_free(admin);
        return r;
    }
    *ret_admin = admin;
    return 0;
}

void bus_admin_close(struct bus_admin *admin)
{
    if (admin == NULL)
        return;
    for (size_t i = 0; i < admin->n_known; i++)
        rd_kafka_topic_destroy(admin->known[i]);
    rd_kafka_destroy(admin->handle);
    mem_free(admin);
}

static int new_topic(const struct bus_topic *topic, rd_kafka_NewTopic_t **ret)
{
    char why[BUS_ERROR_SIZE];
    rd_kafka_NewTopic_t *wish =
        rd_kafka_NewTopic_new(topic->name, topic->partitions, topic->replication, why, sizeof why);
    if (wish == NULL) {
        log_error("kafka.topic", LOG_STR("topic", topic->name), LOG_STR("error", why));
        return -EINVAL;
    }
    for (const struct settings_pair *c = topic->config; c != NULL && c->name != NULL; c++)
        (void)rd_kafka_NewTopic_set_config(wish, c->name, c->value);
    *ret = wish;
    return 0;
}

/* The first failure that is not "exists already"; each is logged. */
static int outcome(const rd_kafka_event_t *event)
{
    int r = native_errno(rd_kafka_event_error((rd_kafka_event_t *)event));
    const rd_kafka_CreateTopics_result_t *result =
        rd_kafka_event_CreateTopics_result((rd_kafka_event_t *)event);
    size_t n = 0;
    const rd_kafka_topic_result_t **topics =
        result != NULL ? rd_kafka_CreateTopics_result_topics(result, &n) : NULL;

    for (size_t i = 0; i < n; i++) {
        const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(topics[i]);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            continue;
        log_error("kafka.topic", LOG_STR("topic", rd_kafka_topic_result_name(topics[i])),
                  LOG_STR("error", rd_kafka_topic_result_error_string(topics[i])));
        r = r < 0 ? r : native_errno(error);
    }
    return r;
}

static int create(struct bus_admin *admin, rd_kafka_NewTopic_t **wishes, size_t n, int timeout_ms)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin->handle);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(admin->handle, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, NULL, 0);
    (void)rd_kafka_AdminOptions_set_operation_timeout(options, timeout_ms, NULL, 0);

    rd_kafka_CreateTopics(admin->handle, wishes, n, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout_ms + 1000);
    const int r = event != NULL ? outcome(event) : -ETIMEDOUT;
    if (event != NULL)
        rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    return r;
}

/* The controller answers before the brokers know, and before the partitions have leaders. */
static bool is_usable(struct bus_admin *admin, const char *topic, int *ret_error)
{
    int32_t partitions, led;
    const int r = native_partitions(admin->handle, topic, QUESTION_MS, &partitions, &led);
    *ret_error = r == -ENOENT ? -ETIMEDOUT : r;
    return r != -ENOENT && (r < 0 || led == partitions);
}

static int wait_until_usable(struct bus_admin *admin, const struct bus_topic *topics, size_t n,
                             int64_t until)
{
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++)
        while (!is_usable(admin, topics[i].name, &r) && clock_monotonic_ms() < until)
            (void)poll(NULL, 0, PAUSE_MS);
    return r;
}

int bus_admin_create(struct bus_admin *admin, const struct bus_topic *topics, size_t n,
                     int timeout_ms)
{
    const int64_t until = clock_monotonic_ms() + timeout_ms;
    _cleanup_(mem_freep) rd_kafka_NewTopic_t **wishes = mem_array(NULL, rd_kafka_NewTopic_t *, n);
    size_t made = 0;
    int r = 0;

    while (r == 0 && made < n) {
        r = new_topic(&topics[made], &wishes[made]);
        made += r == 0;
    }
    if (r == 0)
        r = create(admin, wishes, n, timeout_ms);
    rd_kafka_NewTopic_destroy_array(wishes, made);
    return r == 0 ? wait_until_usable(admin, topics, n, until) : r;
}

/* librdkafka asks about all topics that it was told of, if about none in particular. */
static int know(struct bus_admin *admin, const char *topic)
{
    for (size_t i = 0; i < admin->n_known; i++)
        if (strcmp(rd_kafka_topic_name(admin->known[i]), topic) == 0)
            return 0;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(admin->handle, topic, NULL);
    if (handle == NULL)
        return -EINVAL;
    admin->known = mem_grow(admin, admin->known, rd_kafka_topic_t *, admin->n_known + 1);
    admin->known[admin->n_known++] = handle;
    return 0;
}

static int32_t count_of(const struct rd_kafka_metadata *metadata, const char *topic)
{
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (strcmp(metadata->topics[i].topic, topic) == 0)
            return metadata->topics[i].err == RD_KAFKA_RESP_ERR_NO_ERROR
                       ? metadata->topics[i].partition_cnt
                   : metadata->topics[i].err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED
                       ? BUS_NOT_AUTHORIZED
                       : 0;
    return 0;
}

int bus_admin_counts(struct bus_admin *admin, const char *const *topics, size_t n, int timeout_ms,
                     int32_t *counts)
{
    const struct rd_kafka_metadata *metadata;
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++)
        r = know(admin, topics[i]);
    if (r == 0)
        r = native_errno(rd_kafka_metadata(admin->handle, 0, NULL, &metadata, timeout_ms));
    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++)
        counts[i] = count_of(metadata, topics[i]);
    rd_kafka_metadata_destroy(metadata);
    return 0;
}

int bus_admin_cluster_id(struct bus_admin *admin, const void *arena, int timeout_ms,
                         const char **ret_id)
{
    char *id = rd_kafka_clusterid(admin->handle, timeout_ms);
    if (id == NULL)
        return -ETIMEDOUT;
    *ret_id = mem_strdup(arena, id);
    rd_kafka_mem_free(admin->handle, id);
    return 0;
}
