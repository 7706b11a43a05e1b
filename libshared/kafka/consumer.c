#include "libshared/kafka/consumer.h"

#include <errno.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/native.h"

struct bus_consumer {
    rd_kafka_t *handle;
    char *cluster_id; /* librdkafka's memory */
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
    for (int i = 0; error == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; i++) {
        error = list->elems[i].err;
    }
    return native_errno(error);
}

static rd_kafka_topic_partition_list_t *flagged(const struct bus_partition *partitions, size_t n,
                                                bool paused)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++) {
        if (partitions[i].paused == paused) {
            rd_kafka_topic_partition_list_add(list, partitions[i].topic, partitions[i].partition);
        }
    }
    return list;
}

/* A partition assigned anew is still paused if it was before. */
static int pause_flagged(struct bus_consumer *consumer, const struct bus_partition *partitions,
                         size_t n)
{
    _cleanup_(list_free) rd_kafka_topic_partition_list_t *paused = flagged(partitions, n, true);
    _cleanup_(list_free) rd_kafka_topic_partition_list_t *resumed = flagged(partitions, n, false);
    int r =
        paused->cnt > 0 ? result(rd_kafka_pause_partitions(consumer->handle, paused), paused) : 0;
    if (r == 0 && resumed->cnt > 0) {
        r = result(rd_kafka_resume_partitions(consumer->handle, resumed), resumed);
    }
    return r;
}

int bus_consumer_assign(struct bus_consumer *consumer, const struct bus_partition *partitions,
                        size_t n)
{
    _cleanup_(list_free) rd_kafka_topic_partition_list_t *list = list_of(partitions, n);
    const int r = native_errno(rd_kafka_assign(consumer->handle, list));
    return r < 0 ? r : pause_flagged(consumer, partitions, n);
}

static void assign(struct bus_consumer *consumer, const rd_kafka_topic_partition_list_t *list)
{
    _cleanup_(mem_freep) struct bus_partition *partitions = partitions_of(list, BUS_COMMITTED);
    const size_t n = (size_t)list->cnt;
    if (consumer->assigned != NULL) {
        consumer->assigned(consumer->context, partitions, n);
    }
    const int r = bus_consumer_assign(consumer, partitions, n);
    if (r < 0) {
        log_error("kafka.assign", LOG_ERRNO(r));
    }
}

static void revoke(struct bus_consumer *consumer, const rd_kafka_topic_partition_list_t *list)
{
    _cleanup_(mem_freep) struct bus_partition *partitions = partitions_of(list, BUS_NONE);
    if (consumer->revoked != NULL) {
        consumer->revoked(consumer->context, partitions, (size_t)list->cnt,
                          rd_kafka_assignment_lost(consumer->handle));
    }
    (void)rd_kafka_assign(consumer->handle, NULL);
}

static void rebalance(rd_kafka_t *handle, rd_kafka_resp_err_t event,
                      rd_kafka_topic_partition_list_t *list, void *opaque)
{
    (void)handle;
    if (event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        assign(opaque, list);
    } else {
        revoke(opaque, list);
    }
}

static void committed(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                      rd_kafka_topic_partition_list_t *list, void *opaque)
{
    (void)handle;
    (void)list;
    (void)opaque;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR__NO_OFFSET) {
        log_warning("kafka.commit", LOG_STR("error", rd_kafka_err2name(error)));
    }
}

static rd_kafka_conf_t *configure(const struct bus_config *bus,
                                  const struct bus_consumer_config *config,
                                  char error[BUS_ERROR_SIZE])
{
    const char *automatic = config->auto_commit ? "true" : "false";
    const char *instance = config->instance_id;
    return native_conf(bus,
                       (const struct native_property[]){
                           {"group.id", config->group},
                           {"partition.assignment.strategy", "range"},
                           {"session.timeout.ms", "6000"},
                           {"heartbeat.interval.ms", "1500"},
                           {"enable.auto.commit", automatic},
                           {"enable.auto.offset.store", automatic},
                           {"auto.offset.reset", config->from_latest ? "latest" : "earliest"},
                           /* An empty fetch holds up a seek, a resume and a new assignment. */
                           {"fetch.wait.max.ms", "100"},
                           {"fetch.min.bytes", "1"},
                           {"fetch.error.backoff.ms", "100"},
                           /* How soon a topic that appears later is found. */
                           {"topic.metadata.refresh.interval.ms", "5000"},
                           {instance != NULL ? "group.instance.id" : NULL, instance},
                           {NULL, NULL},
                       },
                       error);
}

static int subscribe(struct bus_consumer *consumer, const struct bus_consumer_config *config)
{
    _cleanup_(list_free) rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)config->n_topics);
    for (size_t i = 0; i < config->n_topics; i++) {
        rd_kafka_topic_partition_list_add(list, config->topics[i], RD_KAFKA_PARTITION_UA);
    }
    return native_errno(rd_kafka_subscribe(consumer->handle, list));
}

int bus_consumer_open(const struct bus_config *bus, const struct bus_consumer_config *config,
                      struct bus_consumer **ret_consumer)
{
    char error[BUS_ERROR_SIZE];
    struct bus_consumer *consumer = mem_new(NULL, struct bus_consumer);
    rd_kafka_conf_t *conf = configure(bus, config, error);

    consumer->context = config->context;
    consumer->assigned = config->assigned;
    consumer->revoked = config->revoked;
    if (conf != NULL) {
        rd_kafka_conf_set_opaque(conf, consumer);
        rd_kafka_conf_set_offset_commit_cb(conf, committed);
    }
    if (conf != NULL && (config->assigned != NULL || config->revoked != NULL)) {
        rd_kafka_conf_set_rebalance_cb(conf, rebalance);
    }
    int r = native_open(RD_KAFKA_CONSUMER, conf, error, &consumer->handle);
    if (r < 0) {
        mem_free(consumer);
        return r;
    }
    rd_kafka_poll_set_consumer(consumer->handle);
    r = config->n_topics > 0 ? subscribe(consumer, config) : 0;
    if (r < 0) {
        bus_consumer_close(consumer);
        return r;
    }
    *ret_consumer = consumer;
    return 0;
}

void bus_consumer_close(struct bus_consumer *consumer)
{
    if (consumer == NULL) {
        return;
    }
    (void)rd_kafka_consumer_close(consumer->handle);
    if (consumer->cluster_id != NULL) {
        rd_kafka_mem_free(consumer->handle, consumer->cluster_id);
    }
    rd_kafka_destroy(consumer->handle);
    mem_free(consumer);
}

/* Most errors pass by themselves and librdkafka has logged them. */
static int poll_error(struct bus_consumer *consumer, rd_kafka_resp_err_t error)
{
    char why[1];
    if (rd_kafka_fatal_error(consumer->handle, why, sizeof why) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return -ESHUTDOWN;
    }
    const int r = native_errno(error);
    return r == -ENOENT || r == -EACCES ? r : 0;
}

int bus_consumer_poll(struct bus_consumer *consumer, int timeout_ms,
                      struct bus_message *ret_message)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->handle, timeout_ms);
    if (message == NULL) {
        return 0;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        const rd_kafka_resp_err_t error = message->err;
        rd_kafka_message_destroy(message);
        return poll_error(consumer, error);
    }
    native_message(message, ret_message);
    return 1;
}

void bus_consumer_signal(struct bus_consumer *consumer, int fd)
{
    static const uint64_t one = 1;
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer->handle);
    rd_kafka_queue_io_event_enable(queue, fd, &one, sizeof one);
    rd_kafka_queue_destroy(queue);
}

int bus_consumer_pause(struct bus_consumer *consumer, const struct bus_partition *partitions,
                       size_t n)
{
    _cleanup_(list_free) rd_kafka_topic_partition_list_t *list = list_of(partitions, n);
    return result(rd_kafka_pause_partitions(consumer->handle, list), list);
}

/* With all partitions paused, librdkafka's threads that fetch sleep for up to a second and are not
 * woken by the resumption, but are by a question to their broker. Its answer is not waited for. */
static void wake_fetchers(struct bus_consumer *consumer, rd_kafka_topic_partition_list_t *list)
{
    (void)rd_kafka_offsets_for_times(consumer->handle, list, 0);
}

int bus_consumer_resume(struct bus_consumer *consumer, const struct bus_partition *partitions,
                        size_t n)
{
    _cleanup_(list_free) rd_kafka_topic_partition_list_t *list = list_of(partitions, n);
    const int r = result(rd_kafka_resume_partitions(consumer->handle, list), list);
    wake_fetchers(consumer, list);
    return r;
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
    for (size_t i = 0; r == 0 && i < n; i++) {
        partitions[i].offset = list->elems[i].offset;
    }
    return r;
}

int bus_consumer_watermarks(struct bus_consumer *consumer, const char *topic, int32_t partition,
                            int timeout_ms, int64_t *ret_low, int64_t *ret_high)
{
    int64_t low, high;
    const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
        consumer->handle, topic, partition, &low, &high, timeout_ms);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        *ret_low = low;
        *ret_high = high;
    }
    return native_errno(error);
}

int bus_consumer_cluster_id(struct bus_consumer *consumer, int timeout_ms, const char **ret_id)
{
    if (consumer->cluster_id == NULL) {
        consumer->cluster_id = rd_kafka_clusterid(consumer->handle, timeout_ms);
    }
    if (consumer->cluster_id == NULL) {
        return -ETIMEDOUT;
    }
    *ret_id = consumer->cluster_id;
    return 0;
}
