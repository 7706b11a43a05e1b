#include "libshared/kafka/bus.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/base/text.h"
#include "libshared/kafka/native.h"
#include "libshared/trace/trace_context.h"
#include "libshared/trace/trace_log.h"

_Static_assert(BUS_END == RD_KAFKA_OFFSET_END, "offsets are librdkafka's");
_Static_assert(BUS_BEGINNING == RD_KAFKA_OFFSET_BEGINNING, "offsets are librdkafka's");
_Static_assert(BUS_NONE == RD_KAFKA_OFFSET_INVALID, "offsets are librdkafka's");

static void log_cb(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    static const enum log_level levels[] = {LOG_ERROR,   LOG_ERROR,   LOG_ERROR, LOG_ERROR,
                                            LOG_WARNING, LOG_WARNING, LOG_INFO,  LOG_DEBUG};
    /* A property of consumers given to producers too, as KAFKA_CONF_* are, is no news. */
    const bool noise = strcmp(facility, "CONFWARN") == 0;
    log_write_(noise ? LOG_DEBUG : levels[level & 7], "kafka.log",
               LOG_STR("handle", rd_kafka_name(handle)), LOG_STR("facility", facility),
               LOG_STR("text", text));
}

/* Its messages are in the log already. */
static void error_cb(rd_kafka_t *handle, int error, const char *reason, void *opaque)
{
    (void)handle;
    (void)error;
    (void)reason;
    (void)opaque;
}

static bool set(rd_kafka_conf_t *conf, const char *name, const char *value,
                char error[BUS_ERROR_SIZE])
{
    char why[BUS_ERROR_SIZE / 2];
    const rd_kafka_conf_res_t r = rd_kafka_conf_set(conf, name, value, why, sizeof why);
    if (r == RD_KAFKA_CONF_UNKNOWN) {
        snprintf(error, BUS_ERROR_SIZE, "%s: librdkafka has no such property", name);
    } else if (r == RD_KAFKA_CONF_INVALID) {
        /* librdkafka's own sentence may quote the value, which may be a secret. */
        snprintf(error, BUS_ERROR_SIZE, "%s: librdkafka does not take this value", name);
    }
    return r == RD_KAFKA_CONF_OK;
}

rd_kafka_conf_t *native_conf(const struct bus_config *bus, const struct native_property *defaults,
                             char ret_error[BUS_ERROR_SIZE])
{
    const struct native_property common[] = {
        {"bootstrap.servers", bus->brokers}, {"client.id", bus->client_id},
        {"socket.nagle.disable", "true"},    {"socket.keepalive.enable", "true"},
        {"reconnect.backoff.ms", "50"},      {"reconnect.backoff.max.ms", "1000"},
        {"statistics.interval.ms", "0"},
    };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    bool ok = true;

    rd_kafka_conf_set_log_cb(conf, log_cb);
    rd_kafka_conf_set_error_cb(conf, error_cb);
    for (size_t i = 0; ok && i < sizeof common / sizeof *common; i++)
        ok = common[i].value == NULL || set(conf, common[i].name, common[i].value, ret_error);
    for (size_t i = 0; ok && defaults != NULL && defaults[i].name != NULL; i++)
        ok = set(conf, defaults[i].name, defaults[i].value, ret_error);
    for (size_t i = 0; ok && bus->conf != NULL && bus->conf[i].name != NULL; i++)
        ok = set(conf, bus->conf[i].name, bus->conf[i].value, ret_error);
    if (!ok) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    return conf;
}

static rd_kafka_t *new_handle(rd_kafka_type_t type, rd_kafka_conf_t *conf,
                              char error[BUS_ERROR_SIZE])
{
    rd_kafka_t *handle = rd_kafka_new(type, conf, error, BUS_ERROR_SIZE);
    if (handle == NULL)
        rd_kafka_conf_destroy(conf);
    return handle;
}

int native_open(rd_kafka_type_t type, rd_kafka_conf_t *conf, const char *error,
                rd_kafka_t **ret_handle)
{
    char why[BUS_ERROR_SIZE];
    if (conf == NULL) {
        log_error("kafka.config", LOG_STR("error", error));
        return -EINVAL;
    }
    rd_kafka_t *handle = new_handle(type, conf, why);
    if (handle == NULL) {
        log_error("kafka.config", LOG_STR("error", why));
        return -EINVAL;
    }
    *ret_handle = handle;
    return 0;
}

int bus_config_check(const struct bus_config *config, char ret_error[BUS_ERROR_SIZE])
{
    for (rd_kafka_type_t type = RD_KAFKA_PRODUCER; type <= RD_KAFKA_CONSUMER; type++) {
        rd_kafka_conf_t *conf = native_conf(config, NULL, ret_error);
        rd_kafka_t *handle = conf != NULL ? new_handle(type, conf, ret_error) : NULL;
        if (handle == NULL)
            return -EINVAL;
        rd_kafka_destroy(handle);
    }
    return 0;
}

int native_errno(rd_kafka_resp_err_t error)
{
    switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return 0;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        return -EAGAIN;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
        return -ETIMEDOUT;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return -ENOENT;
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        return -ENXIO;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        return -EACCES;
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
        return -ESTALE;
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        return -ESHUTDOWN;
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION: /* a name that no topic can have */
        return -EINVAL;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        return -EMSGSIZE;
    default:
        return -EIO;
    }
}

void native_message(rd_kafka_message_t *native, struct bus_message *ret_message)
{
    rd_kafka_timestamp_type_t kind;
    const int64_t timestamp = rd_kafka_message_timestamp(native, &kind);
    *ret_message = (struct bus_message){
        .topic = rd_kafka_topic_name(native->rkt),
        .partition = native->partition,
        .offset = native->offset,
        .timestamp_ms = kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp,
        .log_append_time = kind == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME,
        .key = native->key,
        .key_size = native->key_len,
        .value = native->payload,
        .value_size = native->len,
        .native = native,
    };
}

bool bus_message_header_at(const struct bus_message *message, size_t index,
                           struct bus_header *ret_header)
{
    rd_kafka_headers_t *headers;
    struct bus_header header = {0};

    if (message->native == NULL) {
        if (index >= message->n_headers)
            return false;
        header = message->headers[index];
    } else if (rd_kafka_message_headers(message->native, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
               rd_kafka_header_get_all(headers, index, &header.name, &header.value, &header.size) !=
                   RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    *ret_header = header;
    return true;
}

bool bus_message_header(const struct bus_message *message, const char *name,
                        struct bus_header *ret_header)
{
    struct bus_header header;
    bool found = false;
    for (size_t i = 0; bus_message_header_at(message, i, &header); i++) {
        if (text_is(header.name, name)) {
            *ret_header = header;
            found = true;
        }
    }
    return found;
}

struct log_trace bus_message_log_set(const struct bus_message *message)
{
    struct bus_header header;
    char traceparent[TRACEPARENT_SIZE + 1] = ""; /* with room to see that there is more */
    if (bus_message_header(message, "traceparent", &header) && header.value != NULL)
        (void)snprintf(traceparent, sizeof traceparent, "%.*s", (int)header.size,
                       (const char *)header.value);
    return trace_log_set(traceparent);
}

void bus_message_free(struct bus_message *message)
{
    if (message->native != NULL)
        rd_kafka_message_destroy(message->native);
    *message = (struct bus_message){0};
}

static int32_t count_led(const struct rd_kafka_metadata_topic *topic)
{
    int32_t led = 0;
    for (int i = 0; i < topic->partition_cnt; i++)
        led += topic->partitions[i].leader >= 0;
    return led;
}

int native_partitions(rd_kafka_t *handle, const char *topic, int timeout_ms,
                      int32_t *ret_partitions, int32_t *ret_led)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(handle, topic, NULL);
    if (rkt == NULL)
        return -EINVAL;
    rd_kafka_resp_err_t error = rd_kafka_metadata(handle, 0, rkt, &metadata, timeout_ms);
    rd_kafka_topic_destroy(rkt);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return native_errno(error);
    error = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (metadata->topic_cnt == 1 && metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        error = metadata->topics[0].err;
    } else if (metadata->topic_cnt == 1 && metadata->topics[0].partition_cnt > 0) {
        error = RD_KAFKA_RESP_ERR_NO_ERROR;
        *ret_partitions = metadata->topics[0].partition_cnt;
        if (ret_led != NULL)
            *ret_led = count_led(&metadata->topics[0]);
    }
    rd_kafka_metadata_destroy(metadata);
    return native_errno(error);
}

/* By the question for the offset of a time, whose answer to "the latest" is the end: librdkafka
 * 2.0.2 waits for a leader that is gone for ever when it is asked for watermarks. */
int native_edges(rd_kafka_t *handle, struct bus_partition *partitions, size_t n, int64_t at,
                 int timeout_ms)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++)
        rd_kafka_topic_partition_list_add(list, partitions[i].topic, partitions[i].partition)
            ->offset = at;
    rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(handle, list, timeout_ms);
    for (size_t i = 0; i < n && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
        error = list->elems[i].err;
    for (size_t i = 0; i < n && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
        partitions[i].offset = list->elems[i].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return native_errno(error);
}
