#include "libshared/kafka/consumer.h"

#include <errno.h>

#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/native.h"

enum { MEND_MS = 10000 }; /* between replacements, lest two of one name chase each other */

struct bus_consumer {
    rd_kafka_t *handle;
    rd_kafka_t *retired; /* messages that the owner holds may be of it */
    rd_kafka_conf_t *conf;
    rd_kafka_topic_partition_list_t *topics;
    rd_kafka_topic_partition_list_t *held; /* told as assigned; NULL: none */
    bool is_static;
    int64_t mend_at; /* the earliest */
    int signal_fd;   /* -1: none */
    char *cluster_id;
    void *context;
    void (*assigned)(void *context, struct bus_partition *partitions, size_t n);
    void (*revoked)(void *context, const struct bus_partition *partitions, size_t n, bool lost);
};

static void list_free(rd_kafka_topic_partition_list_t **list)
{
    rd_kafka_topic_partition_list_destroy(*list);
}

static rd_kafka_topic_partition_list_t *list_of(const struct bus_partition *partitions, size_t n)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++) {
        rd_kafka_topic_partition_list_add(list, partitions[i].topic, partitions[i].partition)
            ->offset = partitions[i].offset;
    }
    return list;
}

/* Borrows the topics' names from the list. */
static struct bus_partition *partitions_of(const rd_kafka_topic_partition_list_t *list,
                                           int64_t offset)
{
    struct bus_partition *partitions = mem_array(NULL, struct bus_partition, list->cnt);
    for (int i = 0; i < list->cnt; i++) {
        partitions[i] = (struct bus_partition){
            .topic = list->elems[i].topic, .partition = list->elems[i].partition, .offset = offset};
    }
    return partitions;
}

/* An operation can fail for some partitions only; the first failure is the caller's. */
static int result(rd_kafka_resp_err_t error, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; error == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; i++)
        error = list->elems[i].err;
    return native_errno(error);
}

int bus_consumer_assign(struct bus_consumer *consumer, const struct bus_partition *partitions,
                        size_t n)
{
    _cleanup_(list_free) rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++)
        if (partitions[i].offset != BUS_LATER)
            rd_kafka_topic_partition_list_add(list, partitions[i].topic, partitions[i].partition)
                ->offset = partitions[i].offset;
    return native_errno(rd_kafka_assign(consumer->handle, list));
}

static void forget_held(struct bus_consumer *consumer)
{
    if (consumer->held != NULL) {
        rd_kafka_topic_partition_list_destroy(consumer->held);
        consumer->held = NULL;
    }
}

static void assign(struct bus_consumer *consumer, const rd_kafka_topic_partition_list_t *list)
{
    _cleanup_(mem_freep) struct bus_partition *partitions = partitions_of(list, BUS_COMMITTED);
    const size_t n = (size_t)list->cnt;
    forget_held(consumer);
    consumer->held = rd_kafka_topic_partition_list_copy(list);
    if (consumer->assigned != NULL)
        consumer->assigned(consumer->context, partitions, n);
    const int r = bus_consumer_assign(consumer, partitions, n);
    if (r < 0)
        log_error("kafka.assign", LOG_ERRNO(r));
}

static void tell_revoked(struct bus_consumer *consumer, const rd_kafka_topic_partition_list_t *list,
                         bool lost)
{
    _cleanup_(mem_freep) struct bus_partition *partitions = partitions_of(list, BUS_NONE);
    if (consumer->revoked != NULL)
        consumer->revoked(consumer->context, partitions, (size_t)list->cnt, lost);
    forget_held(consumer);
}

static void revoke(struct bus_consumer *consumer, const rd_kafka_topic_partition_list_t *list)
{
    tell_revoked(consumer, list, rd_kafka_assignment_lost(consumer->handle));
    (void)rd_kafka_assign(consumer->handle, NULL);
}

static void rebalance(rd_kafka_t *handle, rd_kafka_resp_err_t event,
                      rd_kafka_topic_partition_list_t *list, void *opaque)
{
    (void)handle;
    if (event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
        assign(opaque, list);
    else
        revoke(opaque, list);
}

static void committed(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                      rd_kafka_topic_partition_list_t *list, void *opaque)
{
    (void)handle;
    (void)list;
    (void)opaque;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR__NO_OFFSET)
        log_warning("kafka.commit", LOG_STR("error", rd_kafka_err2name(error)));
}

static rd_kafka_conf_t *configure(const struct bus_config *bus,
                                  const struct bus_consumer_config *config,
                                  char error[BUS_ERROR_SIZE])
{
    const char *automatic = config->auto_commit ? "true" : "false";
    const char *instance = config->instance_id;
    bool little = config->little_ahead;
    return native_conf(bus,
                       (const struct native_property[]){
                           {"group.id", config->group},
                           {"partition.assignment.strategy", "range"},
                           {"session.timeout.ms", "6000"},
                           {"heartbeat.interval.ms", "1500"},
                           {"enable.auto.commit", automatic},
                           {"enable.auto.offset.store", automatic},
                           {"auto.offset.reset", "earliest"},
                           /* An empty fetch holds up a seek, a resume and a new assignment. */
                           {"fetch.wait.max.ms", "100"},
                           {"fetch.min.bytes", "1"},
                           {"fetch.error.backoff.ms", "100"},
                           /* How soon a topic that appears later is found. */
                           {"topic.metadata.refresh.interval.ms", "5000"},
                           {"queued.min.messages", little ? "500" : "100000"},
                           {"queued.max.messages.kbytes", little ? "256" : "65536"},
                           {"max.partition.fetch.bytes", little ? "262144" : "1048576"},
                           {instance != NULL ? "group.instance.id" : NULL, instance},
                           {NULL, NULL},
                       },
                       error);
}

static rd_kafka_topic_partition_list_t *topics_of(const struct bus_consumer_config *config)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)config->n_topics);
    for (size_t i = 0; i < config->n_topics; i++)
        rd_kafka_topic_partition_list_add(list, config->topics[i], RD_KAFKA_PARTITION_UA);
    return list;
}

static void set_signal(struct bus_consumer *consumer)
{
    static const uint64_t one = 1;
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer->handle);
    rd_kafka_queue_io_event_enable(queue, consumer->signal_fd, &one, sizeof one);
    rd_kafka_queue_destroy(queue);
}

void bus_consumer_signal(struct bus_consumer *consumer, int fd)
{
    consumer->signal_fd = fd;
    set_signal(consumer);
}

/* A handle of its own for the consumer, subscribed. */
static int begin(struct bus_consumer *consumer)
{
    const int r =
        native_open(RD_KAFKA_CONSUMER, rd_kafka_conf_dup(consumer->conf), NULL, &consumer->handle);
    if (r < 0)
        return r;
    rd_kafka_poll_set_consumer(consumer->handle);
    if (consumer->signal_fd >= 0)
        set_signal(consumer);
    return consumer->topics->cnt > 0
               ? native_errno(rd_kafka_subscribe(consumer->handle, consumer->topics))
               : 0;
}

static void free_handle(rd_kafka_t *handle)
{
    if (handle != NULL)
        rd_kafka_destroy(handle);
}

static void free_consumer(struct bus_consumer *consumer)
{
    forget_held(consumer);
    free_handle(consumer->retired);
    free_handle(consumer->handle);
    rd_kafka_topic_partition_list_destroy(consumer->topics);
    rd_kafka_conf_destroy(consumer->conf);
    mem_free(consumer);
}

int bus_consumer_open(const struct bus_config *bus, const struct bus_consumer_config *config,
                      struct bus_consumer **ret_consumer)
{
    char error[BUS_ERROR_SIZE];
    rd_kafka_conf_t *conf = configure(bus, config, error);
    if (conf == NULL) {
        log_error("kafka.config", LOG_STR("error", error));
        return -EINVAL;
    }
    struct bus_consumer *consumer = mem_new(NULL, struct bus_consumer);
    consumer->conf = conf;
    consumer->topics = topics_of(config);
    consumer->is_static = config->instance_id != NULL;
    consumer->signal_fd = -1;
    consumer->context = config->context;
    consumer->assigned = config->assigned;
    consumer->revoked = config->revoked;
    rd_kafka_conf_set_opaque(conf, consumer);
    rd_kafka_conf_set_offset_commit_cb(conf, committed);
    if (config->assigned != NULL || config->revoked != NULL)
        rd_kafka_conf_set_rebalance_cb(conf, rebalance);
    const int r = begin(consumer);
    if (r < 0) {
        free_consumer(consumer);
        return r;
    }
    *ret_consumer = consumer;
    return 0;
}

void bus_consumer_close(struct bus_consumer *consumer)
{
    if (consumer == NULL)
        return;
    (void)rd_kafka_consumer_close(consumer->handle);
    free_consumer(consumer);
}

/* Joins anew with another handle. The broken one tells nobody what is revoked, and stays until the
 * next time, since the owner may hold messages of it. */
static int mend(struct bus_consumer *consumer)
{
    rd_kafka_t *broken = consumer->handle;
    const int64_t now = clock_monotonic_ms();
    if (!consumer->is_static)
        return -ESHUTDOWN;
    if (now < consumer->mend_at)
        return 0;
    consumer->mend_at = now + MEND_MS;
    log_error("kafka.fenced", LOG_STR("handle", rd_kafka_name(broken)));
    if (consumer->held != NULL)
        tell_revoked(consumer, consumer->held, true);
    (void)rd_kafka_consumer_close(broken);
    const int r = begin(consumer);
    if (r < 0)
        return r;
    free_handle(consumer->retired);
    consumer->retired = broken;
    return 0;
}

/* Most errors pass by themselves and librdkafka has logged them. */
static int poll_error(rd_kafka_resp_err_t error)
{
    const int r = native_errno(error);
    return r == -ENOENT || r == -EACCES ? r : 0;
}

static bool is_broken(const struct bus_consumer *consumer)
{
    char why[1];
    return rd_kafka_fatal_error(consumer->handle, why, sizeof why) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

int bus_consumer_poll(struct bus_consumer *consumer, int timeout_ms,
                      struct bus_message *ret_message)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->handle, timeout_ms);
    if (message != NULL && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        native_message(message, ret_message);
        return 1;
    }
    const rd_kafka_resp_err_t error = message != NULL ? message->err : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (message != NULL)
        rd_kafka_message_destroy(message);
    return is_broken(consumer) ? mend(consumer) : poll_error(error);
}

int bus_consumer_commit(struct bus_consumer *consumer, const struct bus_partition *partitions,
                        size_t n, bool wait)
{
    _cleanup_(list_free) rd_kafka_topic_partition_list_t *list = list_of(partitions, n);
    return result(rd_kafka_commit(consumer->handle, list, !wait), list);
}

int bus_consumer_committed(struct bus_consumer *consumer, struct bus_partition *partitions,
                           size_t n, int timeout_ms)
{
    _cleanup_(list_free) rd_kafka_topic_partition_list_t *list = list_of(partitions, n);
    const int r = result(rd_kafka_committed(consumer->handle, list, timeout_ms), list);
    for (size_t i = 0; r == 0 && i < n; i++)
        partitions[i].offset = list->elems[i].offset;
    return r;
}

int bus_consumer_watermarks(struct bus_consumer *consumer, const char *topic, int32_t partition,
                            int timeout_ms, int64_t *ret_low, int64_t *ret_high)
{
    return native_watermarks(consumer->handle, topic, partition, timeout_ms, ret_low, ret_high);
}

int bus_consumer_cluster_id(struct bus_consumer *consumer, int timeout_ms, const char **ret_id)
{
    if (consumer->cluster_id == NULL) {
        char *id = rd_kafka_clusterid(consumer->handle, timeout_ms);
        if (id == NULL)
            return -ETIMEDOUT;
        consumer->cluster_id = mem_strdup(consumer, id);
        rd_kafka_mem_free(consumer->handle, id);
    }
    *ret_id = consumer->cluster_id;
    return 0;
}
