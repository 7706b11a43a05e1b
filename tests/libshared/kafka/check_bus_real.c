/* What only a real broker does: administration, groups of several members, LogAppendTime. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/admin.h"
#include "libshared/kafka/consumer.h"
#include "libshared/kafka/partitioner.h"
#include "libshared/kafka/producer.h"
#include "libshared/kafka/reader.h"
#include "libshared/kafka/replies.h"
#include "tests/support/check_main.h"
#include "tests/support/patience.h"

enum { PARTITIONS = 4, AHEAD = 1048576 };

/* Two topics of this test's own, made with the same number of partitions. */
struct room {
    struct bus_config bus;
    char names[2][64];
    const char *topics[2];
};

static struct room *open_room(void)
{
    static const struct settings_pair stamped[] = {
        {"message.timestamp.type", "LogAppendTime"}, {"retention.ms", "600000"}, {NULL, NULL}};
    struct room *room = mem_new(NULL, struct room);
    const char *brokers = getenv("KAFKA_BROKERS");
    room->bus = (struct bus_config){.brokers = brokers != NULL ? brokers : "127.0.0.1:9092",
                                    .client_id = "test"};
    struct bus_topic topics[2];
    for (int i = 0; i < 2; i++) {
        snprintf(room->names[i], sizeof room->names[i], "bus-%d-%d", (int)getpid(), i);
        room->topics[i] = room->names[i];
        topics[i] = (struct bus_topic){room->names[i], PARTITIONS, 1, i == 0 ? stamped : NULL};
    }
    struct bus_admin *admin;
    ck_assert_int_eq(bus_admin_open(&room->bus, &admin), 0);
    ck_assert_int_eq(bus_admin_create(admin, topics, 2, PATIENCE_MS), 0);
    bus_admin_close(admin);
    return room;
}

static struct bus_producer *open_producer(struct room *room)
{
    struct bus_producer *producer;
    ck_assert_int_eq(bus_producer_open(&room->bus, &(struct bus_producer_config){0}, &producer), 0);
    return producer;
}

static void send_text(struct bus_producer *producer, const char *topic, int32_t partition,
                      const char *text)
{
    const struct bus_record record = {.topic = topic,
                                      .partition = partition,
                                      .key = text,
                                      .key_size = strlen(text),
                                      .value = text,
                                      .value_size = strlen(text)};
    ck_assert_int_eq(bus_producer_send(producer, &record), 0);
    ck_assert_int_eq(bus_producer_flush(producer, PATIENCE_MS), 0);
}

START_TEST(topics_are_made_once_and_counted)
{
    struct room *room = open_room();
    struct bus_admin *admin;
    ck_assert_int_eq(bus_admin_open(&room->bus, &admin), 0);
    const struct bus_topic again[] = {{room->topics[0], PARTITIONS + 1, 1, NULL}};
    ck_assert_int_eq(bus_admin_create(admin, again, 1, PATIENCE_MS), 0);
    const struct bus_topic wrong[] = {{"bus-wrong", 1, 99, NULL}};
    ck_assert_int_lt(bus_admin_create(admin, wrong, 1, PATIENCE_MS), 0);
    const char *names[] = {room->topics[0], room->topics[1], "bus-no-such"};
    int32_t counts[3] = {-1, -1, -1};
    ck_assert_int_eq(bus_admin_counts(admin, names, 3, PATIENCE_MS, counts), 0);
    ck_assert_int_eq(counts[0], PARTITIONS);
    ck_assert_int_eq(counts[1], PARTITIONS);
    ck_assert_int_eq(counts[2], 0);
    ck_assert_int_eq(bus_admin_counts(admin, names + 2, 1, PATIENCE_MS, counts), 0);
    ck_assert_int_eq(counts[0], 0); /* asking did not make it */
    const char *id, *same;
    ck_assert_int_eq(bus_admin_cluster_id(admin, room, PATIENCE_MS, &id), 0);
    ck_assert_int_eq(bus_admin_cluster_id(admin, room, PATIENCE_MS, &same), 0);
    ck_assert_str_ne(id, "");
    ck_assert_str_eq(id, same);
    bus_admin_close(admin);
    mem_free(room);
}
END_TEST

START_TEST(keys_and_times_are_the_brokers)
{
    static const char *const keys[] = {"21", "foobar", "event_01jz3w4v9he8qb2m5x7k6d0c1n"};
    struct room *room = open_room();
    struct bus_producer *producer = open_producer(room);
    struct bus_reader *reader;
    struct bus_message m;
    ck_assert_int_eq(bus_reader_open(&room->bus, AHEAD, &reader), 0);
    for (int32_t p = 0; p < PARTITIONS; p++)
        ck_assert_int_eq(bus_reader_start(reader, room->topics[0], p, 0), 0);
    for (int i = 0; i < 3; i++) {
        send_text(producer, room->topics[0], BUS_BY_KEY, keys[i]);
        ck_assert_int_eq(bus_reader_poll(reader, PATIENCE_MS, &m), 1);
        ck_assert_mem_eq(m.value, keys[i], strlen(keys[i]));
        ck_assert_int_eq(m.partition, partitioner_murmur2(keys[i], strlen(keys[i]), PARTITIONS));
        ck_assert(m.log_append_time);
        bus_message_free(&m);
    }
    bus_reader_close(reader);
    bus_producer_close(producer);
    mem_free(room);
}
END_TEST

START_TEST(the_edges_of_a_log_are_told)
{
    struct room *room = open_room();
    struct bus_producer *producer = open_producer(room);
    struct bus_reader *reader;
    struct bus_partition at[] = {{.topic = room->topics[0]},
                                 {.topic = room->topics[0], .partition = 1}};
    for (int i = 0; i < 3; i++)
        send_text(producer, room->topics[0], 0, "m");
    ck_assert_int_eq(bus_producer_flush(producer, PATIENCE_MS), 0);
    ck_assert_int_eq(bus_reader_open(&room->bus, AHEAD, &reader), 0);
    ck_assert_int_eq(bus_reader_ends(reader, at, 2, PATIENCE_MS), 0);
    ck_assert_int_eq(at[0].offset, 3);
    ck_assert_int_eq(at[1].offset, 0);
    ck_assert_int_eq(bus_reader_begins(reader, at, 2, PATIENCE_MS), 0);
    ck_assert_int_eq(at[0].offset, 0);
    ck_assert_int_eq(at[1].offset, 0);
    bus_reader_close(reader);
    bus_producer_close(producer);
    mem_free(room);
}
END_TEST

/* A member that remembers which partitions of both topics it holds. */
struct member {
    struct bus_consumer *consumer;
    bool held[2][PARTITIONS];
    int assigned, revoked, lost;
    const struct room *room;
};

static void hold(struct member *member, const struct bus_partition *partition, bool held)
{
    const int topic = strcmp(partition->topic, member->room->topics[0]) != 0;
    ck_assert_int_eq(member->held[topic][partition->partition], !held);
    member->held[topic][partition->partition] = held;
}

static void on_assigned(void *context, const struct bus_partition *partitions, size_t n)
{
    struct member *member = context;
    member->assigned++;
    for (size_t i = 0; i < n; i++)
        hold(member, &partitions[i], true);
}

static void on_revoked(void *context, const struct bus_partition *partitions, size_t n, bool lost)
{
    struct member *member = context;
    member->revoked++;
    member->lost += lost;
    for (size_t i = 0; i < n; i++)
        hold(member, &partitions[i], false);
}

static void join_with(struct member *member, struct room *room, const char *instance,
                      void (*revoked)(void *, const struct bus_partition *, size_t, bool))
{
    *member = (struct member){.room = room};
    const struct bus_consumer_config config = {
        .group = room->topics[0],
        .instance_id = instance,
        .topics = room->topics,
        .n_topics = 2,
        .context = member,
        .assigned = on_assigned,
        .revoked = revoked,
    };
    ck_assert_int_eq(bus_consumer_open(&room->bus, &config, &member->consumer), 0);
}

static void join(struct member *member, struct room *room, const char *instance)
{
    join_with(member, room, instance, on_revoked);
}

static int held(const struct member *member)
{
    int n = 0;
    for (int p = 0; p < PARTITIONS; p++) {
        ck_assert_int_eq(member->held[0][p], member->held[1][p]);
        n += member->held[0][p];
    }
    return n;
}

static void poll_quietly(struct member *member)
{
    struct bus_message message;
    ck_assert_int_eq(bus_consumer_poll(member->consumer, 20, &message), 0);
}

/* Each round waits for the broker by itself. */
#define WAIT_FOR(condition, ...)                                                                   \
    for (int64_t until = clock_monotonic_ms() + PATIENCE_MS; !(condition);) {                      \
        ck_assert_int_lt(clock_monotonic_ms(), until);                                             \
        __VA_ARGS__;                                                                               \
    }

START_TEST(members_share_the_partition_numbers_of_both_topics)
{
    struct room *room = open_room();
    struct member one, two;
    join(&one, room, "one");
    WAIT_FOR(held(&one) == PARTITIONS, poll_quietly(&one));
    join(&two, room, "two");
    WAIT_FOR(held(&one) == 2 && held(&two) == 2, {
        poll_quietly(&one);
        poll_quietly(&two);
    });
    ck_assert_int_eq(one.revoked, 1);
    bus_consumer_close(two.consumer, PATIENCE_MS);
    ck_assert_int_eq(held(&two), 0);
    bus_consumer_close(one.consumer, PATIENCE_MS);
    mem_free(room);
}
END_TEST

START_TEST(a_static_member_comes_back_without_a_rebalance)
{
    struct room *room = open_room();
    struct bus_producer *producer = open_producer(room);
    struct member one, two;
    join(&one, room, "one");
    join(&two, room, "two");
    WAIT_FOR(held(&one) == 2 && held(&two) == 2, {
        poll_quietly(&one);
        poll_quietly(&two);
    });
    const int assigned = two.assigned;
    struct bus_partition p = {.topic = room->topics[0], .partition = 0, .offset = 1};
    const bool first = one.held[0][0];
    struct member *owner = first ? &one : &two, *other = first ? &two : &one;
    send_text(producer, room->topics[0], 0, "a");
    send_text(producer, room->topics[0], 0, "b");
    ck_assert_int_eq(bus_consumer_commit(owner->consumer, &p, 1, PATIENCE_MS), 0);
    bus_consumer_close(owner->consumer, PATIENCE_MS);
    join(owner, room, first ? "one" : "two");
    WAIT_FOR(held(owner) == 2, {
        poll_quietly(owner);
        poll_quietly(other);
    });
    ck_assert_int_eq(bus_consumer_committed(owner->consumer, &p, 1, PATIENCE_MS), 0);
    ck_assert_int_eq(p.offset, 1);
    ck_assert_int_eq(bus_consumer_read(owner->consumer, p.topic, 0, p.offset), 0);
    struct bus_message m;
    int r = 0;
    WAIT_FOR(r == 1, {
        r = bus_consumer_poll(owner->consumer, 20, &m);
        ck_assert_int_ge(r, 0);
        poll_quietly(other);
    });
    ck_assert_mem_eq(m.value, "b", 1);
    bus_message_free(&m);
    ck_assert_int_eq(held(owner), 2);
    ck_assert_int_eq(other->revoked, first ? two.revoked : one.revoked);
    if (first)
        ck_assert_int_eq(two.assigned, assigned);
    bus_consumer_close(one.consumer, PATIENCE_MS);
    bus_consumer_close(two.consumer, PATIENCE_MS);
    bus_producer_close(producer);
    mem_free(room);
}
END_TEST

START_TEST(a_member_that_was_fenced_comes_back_by_itself)
{
    struct room *room = open_room();
    struct member one, usurper;
    join(&one, room, "one");
    WAIT_FOR(held(&one) == PARTITIONS, poll_quietly(&one));
    join(&usurper, room, "one");
    WAIT_FOR(held(&usurper) == PARTITIONS, poll_quietly(&usurper));
    bus_consumer_close(usurper.consumer, PATIENCE_MS);
    struct bus_partition p = {.topic = room->topics[0], .partition = 0, .offset = 0};
    ck_assert_int_lt(bus_consumer_commit(one.consumer, &p, 1, PATIENCE_MS), 0);
    WAIT_FOR(one.assigned == 2, poll_quietly(&one));
    ck_assert_int_eq(one.revoked, 1);
    ck_assert_int_eq(one.lost, 1);
    ck_assert_int_eq(held(&one), PARTITIONS);
    ck_assert_int_eq(bus_consumer_commit(one.consumer, &p, 1, PATIENCE_MS), 0);
    bus_consumer_close(one.consumer, PATIENCE_MS);
    mem_free(room);
}
END_TEST

/* Commits what it has read before it lets go, as the writer does. */
static void commit_on_revoked(void *context, const struct bus_partition *partitions, size_t n,
                              bool lost)
{
    struct member *member = context;
    struct bus_partition read = partitions[0];
    read.offset = 1;
    on_revoked(context, partitions, n, lost);
    ck_assert(!lost);
    ck_assert_int_eq(bus_consumer_commit(member->consumer, &read, 1, PATIENCE_MS), 0);
}

static void wait_for_signal(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
}

/* The broker has said that the members change, and the member that ends has not heard it yet. */
START_TEST(a_member_that_ends_within_a_rebalance_commits_first)
{
    struct room *room = open_room();
    const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct member one, two;
    uint64_t signals;
    join_with(&one, room, "one", commit_on_revoked);
    WAIT_FOR(held(&one) == PARTITIONS, poll_quietly(&one));
    bus_consumer_signal(one.consumer, fd);
    poll_quietly(&one);
    (void)!read(fd, &signals, sizeof signals);
    join(&two, room, "two");
    wait_for_signal(fd);
    bus_consumer_close(one.consumer, PATIENCE_MS);
    ck_assert_int_eq(one.revoked, 1);
    struct bus_partition p = {.topic = room->topics[0], .partition = 0};
    ck_assert_int_eq(bus_consumer_committed(two.consumer, &p, 1, PATIENCE_MS), 0);
    ck_assert_int_eq(p.offset, 1);
    bus_consumer_close(two.consumer, PATIENCE_MS);
    close(fd);
    mem_free(room);
}
END_TEST

enum { MESSAGES = 200 };

static void take(struct bus_consumer *consumer, int n)
{
    struct bus_message m;
    int taken = 0;
    WAIT_FOR(taken == n, {
        const int r = bus_consumer_poll(consumer, 20, &m);
        ck_assert_int_ge(r, 0);
        taken += r;
        if (r == 1)
            bus_message_free(&m);
    });
}

START_TEST(an_automatic_consumer_reads_all_and_its_successor_goes_on)
{
    struct room *room = open_room();
    struct bus_producer *producer = open_producer(room);
    const struct bus_consumer_config config = {
        .group = room->topics[0], .topics = room->topics, .n_topics = 1, .automatic = true};
    struct bus_consumer *consumer;
    struct bus_message m;
    for (int i = 0; i < MESSAGES; i++)
        send_text(producer, room->topics[0], i % PARTITIONS, "q");
    ck_assert_int_eq(bus_consumer_open(&room->bus, &config, &consumer), 0);
    take(consumer, MESSAGES);
    bus_consumer_close(consumer, PATIENCE_MS);
    ck_assert_int_eq(bus_consumer_open(&room->bus, &config, &consumer), 0);
    send_text(producer, room->topics[0], 0, "r");
    int r = 0;
    WAIT_FOR(r == 1, r = bus_consumer_poll(consumer, 20, &m));
    ck_assert_mem_eq(m.value, "r", 1);
    bus_message_free(&m);
    bus_consumer_close(consumer, PATIENCE_MS);
    bus_producer_close(producer);
    mem_free(room);
}
END_TEST

/* Compressed, in one batch, from many times over what a reader unpacks. */
static void send_bomb(const struct room *room, int n)
{
    enum { SIZE = 48 * 1024 * 1024 };
    const struct settings_pair conf[] = {{"compression.type", "zstd"},
                                         {"message.max.bytes", "1000000000"},
                                         {"batch.size", "1000000000"},
                                         {"linger.ms", "1000"},
                                         {NULL, NULL}};
    const struct bus_config bus = {
        .brokers = room->bus.brokers, .client_id = "test", .conf = (void *)conf};
    struct bus_producer *producer;
    char *zeros = calloc(1, SIZE);
    ck_assert_int_eq(bus_producer_open(&bus, &(struct bus_producer_config){0}, &producer), 0);
    for (int i = 0; i < n; i++)
        ck_assert_int_eq(bus_producer_send(producer, &(struct bus_record){.topic = room->topics[0],
                                                                          .partition = 0,
                                                                          .value = zeros,
                                                                          .value_size = SIZE}),
                         0);
    ck_assert_int_eq(bus_producer_flush(producer, PATIENCE_MS), 0);
    bus_producer_close(producer);
    free(zeros);
}

static void read_next(struct bus_reader *reader, struct bus_message *m)
{
    int r = 0;
    WAIT_FOR(r == 1, r = bus_reader_poll(reader, 20, m));
}

START_TEST(a_batch_that_cannot_be_unpacked_is_passed_and_told)
{
    struct room *room = open_room();
    struct bus_producer *producer = open_producer(room);
    struct bus_reader *reader;
    struct bus_message m;
    send_text(producer, room->topics[0], 0, "before");
    send_bomb(room, 1);
    send_text(producer, room->topics[0], 0, "between");
    send_bomb(room, 3);
    send_text(producer, room->topics[0], 0, "after");
    send_bomb(room, 1);
    ck_assert_int_eq(bus_reader_open(&room->bus, AHEAD, &reader), 0);
    ck_assert_int_eq(bus_reader_start(reader, room->topics[0], 0, BUS_BEGINNING), 0);
    const struct {
        const char *text; /* NULL: unreadable */
        int64_t from, to;
    } expected[] = {{"before", 0, 0}, {NULL, 1, 1},    {"between", 2, 2},
                    {NULL, 3, 5},     {"after", 6, 6}, {NULL, 7, 7}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        read_next(reader, &m);
        ck_assert_int_eq(m.offset, expected[i].to);
        ck_assert_int_eq(m.unreadable == NULL, expected[i].text != NULL);
        if (m.unreadable != NULL)
            ck_assert_int_eq(m.lost_from, expected[i].from);
        else
            ck_assert_mem_eq(m.value, expected[i].text, strlen(expected[i].text));
        bus_message_free(&m);
    }
    send_text(producer, room->topics[0], 0, "later");
    read_next(reader, &m);
    ck_assert_mem_eq(m.value, "later", 5);
    bus_message_free(&m);
    bus_reader_close(reader);
    bus_producer_close(producer);
    mem_free(room);
}
END_TEST

START_TEST(a_missing_topic_keeps_a_facade_unready_and_is_not_made)
{
    struct room *room = open_room();
    static const char *const missing[] = {"bus-no-such"};
    struct replies *replies;
    const struct replies_config config = {.bus = room->bus,
                                          .topic = room->topics[0],
                                          .source = "test",
                                          .instance = "i",
                                          .max_pending = 1,
                                          .timeout_ms = 1000,
                                          .warm = missing,
                                          .n_warm = 1};
    struct bus_admin *admin;
    int32_t partitions = 0;
    ck_assert_int_eq(bus_admin_open(&room->bus, &admin), 0);
    ck_assert_int_eq(replies_open(&config, &replies), 0);
    WAIT_FOR(strcmp(replies_unready(replies), "a topic is missing in Kafka") == 0, {
        ck_assert_int_eq(bus_admin_counts(admin, missing, 1, PATIENCE_MS, &partitions), 0);
        ck_assert_int_eq(partitions, 0);
    });
    ck_assert_int_eq(bus_admin_counts(admin, missing, 1, PATIENCE_MS, &partitions), 0);
    ck_assert_int_eq(partitions, 0);
    replies_close(replies);
    bus_admin_close(admin);
    mem_free(room);
}
END_TEST

CHECK_MAIN("bus_real", the_edges_of_a_log_are_told, topics_are_made_once_and_counted,
           keys_and_times_are_the_brokers, members_share_the_partition_numbers_of_both_topics,
           a_static_member_comes_back_without_a_rebalance,
           a_member_that_was_fenced_comes_back_by_itself,
           a_member_that_ends_within_a_rebalance_commits_first,
           an_automatic_consumer_reads_all_and_its_successor_goes_on,
           a_batch_that_cannot_be_unpacked_is_passed_and_told,
           a_missing_topic_keeps_a_facade_unready_and_is_not_made)
