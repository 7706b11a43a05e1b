/* Fences on a real database: who may write, and what a database that was set back is told by. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "tests/db-svc/store/store_fixture.h"
#include "tests/support/proxy.h"

START_TEST(a_writer_that_lost_its_fence_writes_nothing)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty(), *other = open_another();
    struct batch batch;
    struct attendee ana = attendee("attendee_a", "ana@example.org");
    batch_open(&batch, "me", raise_fence(store, "me", 2));
    struct fence theirs = raise_fence(other, "other", 2);
    ck_assert_int_eq(theirs.epoch, batch.fence.epoch + 1);
    batch_change(&batch, STORE_INSERT, &collection_attendees, &ana);
    ck_assert_int_eq(commit(store, &batch), STORE_FENCED);
    ck_assert_ptr_null(load_one(store, arena, &collection_attendees, "attendee_a"));
    /* Even under its own name, with an epoch of the past. */
    theirs = raise_fence(other, "me", 2);
    ck_assert_int_eq(commit(store, &batch), STORE_FENCED);
    batch_open(&batch, "me", theirs);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    store_close(other);
    close_last(store);
}
END_TEST

START_TEST(one_lost_fence_of_several_stops_the_batch)
{
    struct store *store = open_empty(), *other = open_another();
    struct batch batch;
    struct fence fences[] = {raise_fence(store, "me", 0), raise_fence(store, "me", 1),
                             raise_fence(store, "me", 2)};
    for (size_t i = 0; i < 3; i++)
        fences[i].batch++;
    batch_open(&batch, "me", fences[1]);
    batch.batch.fences = fences;
    batch.batch.n_fences = 3;
    (void)raise_fence(other, "other", 1);
    ck_assert_int_eq(commit(store, &batch), STORE_FENCED);
    store_close(other);
    close_last(store);
}
END_TEST

START_TEST(the_open_transaction_of_a_dead_writer_delays_nobody)
{
    struct store *dead = open_empty(), *heir = open_another();
    struct fence before = raise_fence(dead, "dead", 1);
    leave_open(dead, before);
    struct fence after = raise_fence(heir, "heir", 1);
    ck_assert_int_eq(after.epoch, before.epoch + 1);
    ck_assert_int_eq(after.batch, before.batch);

    struct batch batch;
    batch_open(&batch, "heir", after);
    ck_assert_int_eq(commit(heir, &batch), STORE_COMMITTED);
    /* Should it not be dead after all: its transaction is gone, and its next batch is fenced. */
    bson_t reply;
    ck_assert(!mongo_commit(dead, &reply));
    bson_destroy(&reply);
    batch_open(&batch, "dead", before);
    ck_assert_int_eq(commit(dead, &batch), STORE_FENCED);
    store_close(heir);
    close_last(dead);
}
END_TEST

/* Its transaction has a record of the partition, under the fence of a cluster that is gone. */
START_TEST(a_writer_that_died_in_another_cluster_delays_nobody)
{
    struct store *dead = open_empty(), *heir = open_another();
    struct attendee ana = attendee("attendee_a", "ana@example.org");
    const struct fence_known nothing = {0};
    struct fence fence;
    bool set_back;
    bson_t reply;
    (void)raise_fence(dead, "dead", 1);
    ck_assert(mongo_begin(dead));
    bson_t *insert =
        BCON_NEW("insert", "attendees", "documents", "[", "{", "_id", "attendee_a", "}", "]");
    ck_assert_msg(mongo_run(dead, insert, &reply), "%s", store_error(dead));
    bson_destroy(insert);
    bson_destroy(&reply);

    ck_assert_int_eq(
        store_fence_raise(heir, "another", 1, "heir", topics, &nothing, NOW, &fence, &set_back), 0);
    struct batch batch;
    batch_open(&batch, "heir", fence);
    batch.batch.cluster = "another";
    batch_change(&batch, STORE_INSERT, &collection_attendees, &ana);
    ck_assert_int_eq(commit(heir, &batch), STORE_COMMITTED);
    store_close(heir);
    close_last(dead);
}
END_TEST

static void set_fence(struct store *store, int32_t partition, const char *member, int64_t value)
{
    char id[64];
    (void)snprintf(id, sizeof id, "%s/%d", CLUSTER, (int)partition);
    bson_t *update =
        BCON_NEW("update", "fences", "updates", "[", "{", "q", "{", "_id", BCON_UTF8(id), "}", "u",
                 "{", "$set", "{", member, BCON_INT64(value), "}", "}", "}", "]");
    ck_assert_msg(mongo_run_alone(store, store->database, update, NULL), "%s", store_error(store));
    bson_destroy(update);
}

START_TEST(a_new_fence_begins_above_the_clock)
{
    struct store *store = open_empty();
    struct fence fence = raise_fence(store, "me", 0);
    ck_assert_int_eq(fence.seq, NOW * 1000);
    ck_assert_int_eq(fence.timeline, NOW);
    ck_assert_int_eq(fence.batch, 0);
    /* A clock that went back does not take it along. */
    set_fence(store, 0, "seq", NOW * 2000);
    fence = raise_fence(store, "me", 0);
    ck_assert_int_eq(fence.seq, NOW * 2000);
    ck_assert_int_eq(fence.timeline, NOW);
    close_last(store);
}
END_TEST

START_TEST(the_fence_of_a_new_cluster_begins_above_those_of_others)
{
    struct store *store = open_empty();
    const struct fence_known nothing = {0};
    bool set_back;
    (void)raise_fence(store, "me", 0);
    (void)raise_fence(store, "me", 10);
    set_fence(store, 0, "seq", NOW * 2000);
    set_fence(store, 0, "timeline", NOW + 60000);
    set_fence(store, 10, "seq", NOW * 3000); /* another partition's */
    struct fence fence;
    ck_assert_int_eq(
        store_fence_raise(store, "another", 0, "me", topics, &nothing, NOW, &fence, &set_back), 0);
    ck_assert(!set_back);
    ck_assert_int_gt(fence.seq, NOW * 2000);
    ck_assert_int_lt(fence.seq, NOW * 3000);
    ck_assert_int_gt(fence.timeline, NOW + 60000);
    int64_t timeline;
    ck_assert_int_eq(store_timeline(store, "another", 0, &timeline), 0);
    ck_assert_int_eq(timeline, fence.timeline);
    close_last(store);
}
END_TEST

START_TEST(a_database_behind_what_is_known_begins_a_new_timeline)
{
    struct store *store = open_empty();
    const struct fence before = raise_fence(store, "me", 0);
    const struct fence_known known = {.epoch = before.epoch + 5,
                                      .batch = before.batch + 7,
                                      .seq = before.seq + 9,
                                      .timeline = before.timeline};
    bool set_back;
    struct fence after = raise_known(store, "me", 0, known, &set_back);
    ck_assert(set_back);
    ck_assert_int_gt(after.timeline, before.timeline);
    ck_assert_int_gt(after.seq, known.seq);
    ck_assert_int_ge(after.batch, known.batch);
    ck_assert_int_gt(after.epoch, known.epoch);
    /* What is told is what is kept. */
    struct batch batch;
    batch_open(&batch, "me", after);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    const struct fence_known now = {.epoch = after.epoch,
                                    .batch = after.batch + 1,
                                    .seq = after.seq,
                                    .timeline = after.timeline};
    struct fence again = raise_known(store, "me", 0, now, NULL);
    ck_assert_int_eq(again.timeline, after.timeline);
    int64_t timeline;
    ck_assert_int_eq(store_timeline(store, CLUSTER, 0, &timeline), 0);
    ck_assert_int_eq(timeline, after.timeline);
    close_last(store);
}
END_TEST

START_TEST(a_writer_sees_that_the_database_was_set_back_and_writes_nothing)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct batch batch;
    struct attendee ana = attendee("attendee_a", "ana@example.org");
    int32_t partition;
    batch_open(&batch, "me", raise_fence(store, "me", 2));
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    const struct fence left = batch.fence;
    ck_assert_int_eq(store_fences_check(store, CLUSTER, "me", &left, 1, &partition),
                     STORE_COMMITTED);
    set_fence(store, 2, "batch", left.batch - 1);
    ck_assert_int_eq(store_fences_check(store, CLUSTER, "me", &left, 1, &partition),
                     STORE_SET_BACK);
    ck_assert_int_eq(partition, 2);
    batch_open(&batch, "me", left);
    batch_change(&batch, STORE_INSERT, &collection_attendees, &ana);
    ck_assert_int_eq(commit(store, &batch), STORE_SET_BACK);
    ck_assert_ptr_null(load_one(store, arena, &collection_attendees, "attendee_a"));
    set_fence(store, 2, "epoch", left.epoch - 1);
    ck_assert_int_eq(store_fences_check(store, CLUSTER, "me", &left, 1, &partition),
                     STORE_SET_BACK);
    (void)raise_fence(store, "other", 2);
    (void)raise_fence(store, "other", 2);
    ck_assert_int_eq(store_fences_check(store, CLUSTER, "me", &left, 1, &partition), STORE_FENCED);
    const struct fence nowhere = {.partition = 7, .epoch = 1};
    ck_assert_int_eq(store_fences_check(store, CLUSTER, "me", &nowhere, 1, &partition),
                     STORE_SET_BACK);
    close_last(store);
}
END_TEST

/* As a raiser that was killed before its commit leaves it: locked, by a session that no fence
 * names.
 */
START_TEST(a_raiser_killed_in_the_middle_delays_nobody)
{
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *dead = open_through(proxy, "&serverSelectionTimeoutMS=200");
    const struct fence before = raise_fence(store, "before", 1);
    const struct fence_known known = {0};
    struct fence fence;
    bool set_back;
    proxy_fail_at(proxy, PROXY_LOSE_REQUEST, "commitTransaction");
    ck_assert_int_lt(
        store_fence_raise(dead, CLUSTER, 1, "dead", topics, &known, NOW, &fence, &set_back), 0);
    ck_assert_int_eq(raise_fence(store, "heir", 1).epoch, before.epoch + 1);
    store_close(dead);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

/* Its transaction stays open at the database, and has locked what the next raise would write. */
START_TEST(a_raiser_whose_commit_was_lost_does_not_wait_for_itself)
{
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *shaky = open_through(proxy, "&serverSelectionTimeoutMS=200");
    const struct fence before = raise_fence(store, "before", 1);
    const struct fence_known known = {0};
    struct fence fence;
    bool set_back;
    proxy_fail_at(proxy, PROXY_LOSE_REQUEST, "commitTransaction");
    ck_assert_int_eq(
        store_fence_raise(shaky, CLUSTER, 1, "me", topics, &known, NOW, &fence, &set_back),
        -EHOSTUNREACH);
    proxy_heal(proxy);
    while (store_ping(shaky) < 0)
        ;
    ck_assert_int_eq(
        store_fence_raise(shaky, CLUSTER, 1, "me", topics, &known, NOW, &fence, &set_back), 0);
    ck_assert_int_eq(fence.epoch, before.epoch + 1);
    store_close(shaky);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

CHECK_MAIN("store_fence", the_fence_of_a_new_cluster_begins_above_those_of_others,
           a_new_fence_begins_above_the_clock,
           a_database_behind_what_is_known_begins_a_new_timeline,
           a_writer_sees_that_the_database_was_set_back_and_writes_nothing,
           a_raiser_killed_in_the_middle_delays_nobody,
           a_raiser_whose_commit_was_lost_does_not_wait_for_itself,
           a_writer_that_lost_its_fence_writes_nothing, one_lost_fence_of_several_stops_the_batch,
           the_open_transaction_of_a_dead_writer_delays_nobody,
           a_writer_that_died_in_another_cluster_delays_nobody)
