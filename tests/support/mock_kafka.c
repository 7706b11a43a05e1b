#include "tests/support/mock_kafka.h"

#include <check.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "libshared/base/mem.h"

struct mock_kafka {
    rd_kafka_t *handle;
    rd_kafka_mock_cluster_t *cluster;
    struct bus_config bus;
};

/* The mock answers an empty fetch only after the whole wait, and a first join after 3 s, which a
 * session must outlive. */
static const struct settings_pair quick[] = {
    {"fetch.wait.max.ms", "1"},
    {"session.timeout.ms", "4000"},
    {NULL, NULL},
};

struct mock_kafka *mock_kafka_open(void)
{
    char why[256];
    struct mock_kafka *mock = mem_new(NULL, struct mock_kafka);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    (void)rd_kafka_conf_set(conf, "log_level", "3", why, sizeof why);
    mock->handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    ck_assert_ptr_nonnull(mock->handle);
    mock->cluster = rd_kafka_mock_cluster_new(mock->handle, 1);
    ck_assert_ptr_nonnull(mock->cluster);
    mock->bus = (struct bus_config){
        .brokers = rd_kafka_mock_cluster_bootstraps(mock->cluster),
        .conf = quick,
        .client_id = "test",
    };
    return mock;
}

void mock_kafka_close(struct mock_kafka *mock)
{
    rd_kafka_mock_cluster_destroy(mock->cluster);
    rd_kafka_destroy(mock->handle);
    mem_free(mock);
}

void mock_kafka_topic(struct mock_kafka *mock, const char *topic, int partitions)
{
    ck_assert_int_eq(rd_kafka_mock_topic_create(mock->cluster, topic, partitions, 1), 0);
}

void mock_kafka_down(struct mock_kafka *mock, bool down)
{
    ck_assert_int_eq(down ? rd_kafka_mock_broker_set_down(mock->cluster, 1)
                          : rd_kafka_mock_broker_set_up(mock->cluster, 1),
                     0);
}

void mock_kafka_delay(struct mock_kafka *mock, int ms)
{
    ck_assert_int_eq(rd_kafka_mock_broker_set_rtt(mock->cluster, 1, ms), 0);
}

static void delay(struct mock_kafka *mock, int16_t request)
{
    enum { HOUR_MS = 3600000 };
    ck_assert_int_eq(rd_kafka_mock_broker_push_request_error_rtts(
                         mock->cluster, 1, request, 1, RD_KAFKA_RESP_ERR_NO_ERROR, HOUR_MS),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
}

void mock_kafka_delay_join(struct mock_kafka *mock)
{
    enum { JOIN_GROUP = 11 };
    delay(mock, JOIN_GROUP);
}

void mock_kafka_delay_offsets(struct mock_kafka *mock)
{
    enum { LIST_OFFSETS = 2 };
    delay(mock, LIST_OFFSETS);
}

static void fail_produce(struct mock_kafka *mock, rd_kafka_resp_err_t error)
{
    enum { PRODUCE = 0 };
    rd_kafka_mock_push_request_errors(mock->cluster, PRODUCE, 1, error);
}

void mock_kafka_refuse_produce(struct mock_kafka *mock, int n)
{
    for (int i = 0; i < n; i++) {
        fail_produce(mock, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    }
}

void mock_kafka_break_producer(struct mock_kafka *mock)
{
    fail_produce(mock, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
}

const struct bus_config *mock_kafka_bus(const struct mock_kafka *mock)
{
    return &mock->bus;
}
