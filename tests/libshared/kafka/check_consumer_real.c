/* Members of a group on a real broker: how they share, return, and end. */
#include "tests/support/check_main.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/consumer.h"
#include "libshared/kafka/producer.h"
#include "tests/libshared/kafka/bus_real_fixture.h"
#include "tests/support/patience.h"

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

CHECK_MAIN("consumer_real", members_share_the_partition_numbers_of_both_topics,
           a_static_member_comes_back_without_a_rebalance,
           a_member_that_was_fenced_comes_back_by_itself,
           a_member_that_ends_within_a_rebalance_commits_first,
           an_automatic_consumer_reads_all_and_its_successor_goes_on)
