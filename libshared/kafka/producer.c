#include "libshared/kafka/producer.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/native.h"
#include "libshared/trace/trace_log.h"

/* So long a topic may be new and not known to every broker. */
#define NEW_TOPIC_MS "5000"

struct bus_producer {
    rd_kafka_t *handle;
    rd_kafka_queue_t *events;
    void *context;
    void (*delivered)(void *context, const struct bus_delivery *delivery);
};

/* NULL: none, or it arrived, and nobody will log that. */
static const char *traceparent_of_failed(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    const void *value = NULL;
    size_t size;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR &&
        rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
        (void)rd_kafka_header_get_last(headers, "traceparent", &value, &size);
    return value;
}

static void report(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    const struct bus_producer *producer = opaque;
    (void)handle;
    TRACE_LOG(traceparent_of_failed(message));
    producer->delivered(producer->context,
                        &(struct bus_delivery){
                            .tag = (uint64_t)(uintptr_t)message->_private,
                            .error = native_errno(message->err),
                            .certainly_not_persisted = message->err != RD_KAFKA_RESP_ERR_NO_ERROR &&
                                                       rd_kafka_message_status(message) ==
                                                           RD_KAFKA_MSG_STATUS_NOT_PERSISTED,
                            .topic = rd_kafka_topic_name(message->rkt),
                            .partition = message->partition,
                            .offset = message->offset,
                        });
}

static rd_kafka_conf_t *configure(const struct bus_config *bus,
                                  const struct bus_producer_config *config,
                                  char error[BUS_ERROR_SIZE])
{
    char timeout[24], linger[32], messages[24], in_flight[12];
    const int64_t queue = config->queue_messages > 0 ? config->queue_messages : 100000;
    snprintf(timeout, sizeof timeout, "%" PRId64, config->message_timeout_ms);
    snprintf(linger, sizeof linger, "%" PRId64 ".%03d", config->linger_us / 1000,
             (int)(config->linger_us % 1000));
    snprintf(in_flight, sizeof in_flight, "%d", config->in_flight > 0 ? config->in_flight : 5);
    snprintf(messages, sizeof messages, "%" PRId64, queue);
    return native_conf(bus,
                       (const struct native_property[]){
                           {"partitioner", "murmur2_random"},
                           {"enable.idempotence", config->repeatable ? "false" : "true"},
                           {"acks", "all"},
                           {"message.max.bytes", "2097152"}, /* topics say what they take */
                           {"message.timeout.ms", timeout},
                           {"linger.ms", linger},
                           {"max.in.flight.requests.per.connection", in_flight},
                           {"queue.buffering.max.messages", messages},
                           {"retry.backoff.ms", "50"},
                           {"delivery.report.only.error", config->errors_only ? "true" : "false"},
                           {config->repeatable ? "max.in.flight" : NULL, "2"},
                           {"topic.metadata.propagation.max.ms", NEW_TOPIC_MS},
                           {NULL, NULL},
                       },
                       error);
}

int bus_producer_open(const struct bus_config *bus, const struct bus_producer_config *config,
                      struct bus_producer **ret_producer)
{
    char error[BUS_ERROR_SIZE];
    struct bus_producer *producer = mem_new(NULL, struct bus_producer);
    rd_kafka_conf_t *conf = configure(bus, config, error);

    producer->context = config->context;
    producer->delivered = config->delivered;
    if (conf != NULL)
        rd_kafka_conf_set_opaque(conf, producer);
    if (conf != NULL && config->delivered != NULL)
        rd_kafka_conf_set_dr_msg_cb(conf, report);
    const int r = native_open(RD_KAFKA_PRODUCER, conf, error, &producer->handle);
    if (r < 0) {
        mem_free(producer);
        return r;
    }
    producer->events = rd_kafka_queue_get_main(producer->handle);
    *ret_producer = producer;
    return 0;
}

void bus_producer_close(struct bus_producer *producer)
{
    if (producer == NULL)
        return;
    rd_kafka_queue_destroy(producer->events);
    rd_kafka_destroy(producer->handle);
    mem_free(producer);
}

static rd_kafka_headers_t *copy_headers(const struct bus_header *headers, size_t n)
{
    rd_kafka_headers_t *copy = rd_kafka_headers_new(n);
    for (size_t i = 0; i < n; i++) {
        (void)rd_kafka_header_add(copy, headers[i].name, -1, headers[i].value,
                                  (ssize_t)headers[i].size);
    }
    return copy;
}

int bus_producer_send(struct bus_producer *producer, const struct bus_record *record)
{
    rd_kafka_headers_t *headers = copy_headers(record->headers, record->n_headers);
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        producer->handle, RD_KAFKA_V_TOPIC(record->topic), RD_KAFKA_V_PARTITION(record->partition),
        RD_KAFKA_V_KEY(record->key, record->key_size),
        RD_KAFKA_V_VALUE((void *)record->value, record->value_size), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE((void *)(uintptr_t)record->tag),
        RD_KAFKA_V_END);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_headers_destroy(headers);
    return native_errno(error);
}

int bus_producer_poll(struct bus_producer *producer, int timeout_ms)
{
    return rd_kafka_poll(producer->handle, timeout_ms);
}

void bus_producer_signal(struct bus_producer *producer, int fd)
{
    static const uint64_t one = 1;
    rd_kafka_queue_io_event_enable(producer->events, fd, &one, sizeof one);
}

int bus_producer_warm(struct bus_producer *producer, const char *const *topics, size_t n,
                      int timeout_ms)
{
    for (size_t i = 0; i < n; i++) {
        int32_t partitions;
        const int r = native_partitions(producer->handle, topics[i], timeout_ms, &partitions, NULL);
        if (r < 0)
            return r;
    }
    return 0;
}

size_t bus_producer_outstanding(struct bus_producer *producer)
{
    return (size_t)rd_kafka_outq_len(producer->handle);
}

int bus_producer_flush(struct bus_producer *producer, int timeout_ms)
{
    return native_errno(rd_kafka_flush(producer->handle, timeout_ms));
}

int bus_producer_state(struct bus_producer *producer)
{
    char why[1];
    const rd_kafka_resp_err_t error = rd_kafka_fatal_error(producer->handle, why, sizeof why);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -ESHUTDOWN;
}
