/* The store on a real database: MONGO_URI, and MONGO_DB, which each test empties. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db-svc/store/list.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"
#include "tests/db-svc/store/given_store.h"

START_TEST(a_batch_is_kept_whole)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct batch batch;
    batch_open(&batch, "me", raise_fence(store, "me", 3));
    ck_assert_int_eq(batch.fence.next[1], -1);
    batch.fence.seq = NOW * 1000 + 17;
    batch.fence.next[1] = 42;
    struct attendee ana = attendee("attendee_a", "ana@example.org");
    batch_change(&batch, STORE_INSERT, &collection_attendees, &ana);
    batch_receipt(&batch, 7);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);

    struct attendee *kept = load_one(store, arena, &collection_attendees, "attendee_a");
    ck_assert_str_eq(kept->email, "ana@example.org");
    ck_assert_str_eq(load_receipt(store, arena, 7)->body, "{}");
    struct fence after = raise_fence(store, "me", 3);
    ck_assert_int_eq(after.seq, NOW * 1000 + 17);
    ck_assert_int_eq(after.next[1], 42);
    ck_assert_int_eq(after.next[0], -1);
    ck_assert_int_eq(after.batch, 1);
    ck_assert_int_eq(after.epoch, batch.fence.epoch + 1);
    close_last(store);
}
END_TEST

START_TEST(receipts_come_back_as_they_were)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct batch batch;
    batch_open(&batch, "me", raise_fence(store, "me", 0));
    batch_receipt(&batch, 9);
    struct outgoing outgoing[] = {
        {"tickets.facts", EVENT_ID, "order.placed", "9/1", 5, "{\"a\":1}"},
        {"notifications.deliveries", "d", "x", "9/2", -1, "{}"}};
    const char *about[] = {"order_1", "attendee_2"};
    memset(batch.receipt.fingerprint, 3, RECEIPT_ID);
    batch.receipt.etag = "\"1\"";
    batch.receipt.location = "/v1/events/e/orders/o";
    batch.receipt.stock = "[]";
    batch.receipt.outgoing = outgoing;
    batch.receipt.n_outgoing = 2;
    batch.receipt.about = about;
    batch.receipt.n_about = 2;
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);

    uint8_t ids[3][RECEIPT_ID];
    struct receipt *kept[3];
    memset(ids[0], 9, RECEIPT_ID);
    memset(ids[1], 1, RECEIPT_ID);
    memset(ids[2], 9, RECEIPT_ID);
    ck_assert_int_eq(store_load_receipts(store, arena, ids, 3, kept), 0);
    ck_assert_ptr_null(kept[1]);
    ck_assert_ptr_eq(kept[0], kept[2]);
    ck_assert_mem_eq(kept[0]->id, batch.receipt.id, RECEIPT_ID);
    ck_assert_mem_eq(kept[0]->fingerprint, batch.receipt.fingerprint, RECEIPT_ID);
    ck_assert_int_eq(kept[0]->status, 201);
    ck_assert_str_eq(kept[0]->etag, "\"1\"");
    ck_assert_str_eq(kept[0]->location, "/v1/events/e/orders/o");
    ck_assert_str_eq(kept[0]->stock, "[]");
    ck_assert_int_eq(kept[0]->at, NOW);
    ck_assert_uint_eq(kept[0]->n_outgoing, 2);
    ck_assert_str_eq(kept[0]->outgoing[0].topic, "tickets.facts");
    ck_assert_str_eq(kept[0]->outgoing[0].body, "{\"a\":1}");
    ck_assert_int_eq(kept[0]->outgoing[0].sequence, 5);
    ck_assert_int_eq(kept[0]->outgoing[1].sequence, -1);
    ck_assert_uint_eq(kept[0]->n_about, 2);
    ck_assert_str_eq(kept[0]->about[1], "attendee_2");
    close_last(store);
}
END_TEST

START_TEST(answers_about_a_record_are_forgotten)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct fence fence = raise_fence(store, "me", 0);
    static const char *const abouts[][1] = {{"order_1"}, {"order_2"}, {"order_3"}};
    struct batch batch;
    for (uint8_t i = 0; i < 3; i++) {
        batch_open(&batch, "me", fence);
        batch_receipt(&batch, i);
        batch.receipt.about = (const char **)abouts[i];
        batch.receipt.n_about = 1;
        batch.receipt.etag = "\"1\"";
        batch.receipt.location = "/v1";
        if (i == 2) {
            static const char *const ids[] = {"order_1", "order_3", "order_4"};
            static const struct store_forgetting gone = {ids, 3, 410, "gone"};
            batch.batch.forgettings = &gone;
            batch.batch.n_forgettings = 1;
        }
        ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
        fence = batch.fence;
    }
    for (uint8_t i = 0; i < 3; i++) {
        const struct receipt *kept = load_receipt(store, arena, i);
        bool stays = i == 1;
        ck_assert_int_eq(kept->status, stays ? 201 : 410);
        ck_assert_str_eq(kept->body, stays ? "{}" : "gone");
        ck_assert_int_eq(kept->etag != NULL, stays);
        ck_assert_int_eq(kept->location != NULL, stays);
    }
    close_last(store);
}
END_TEST

/* Two writers, each with a batch to begin. There is somebody already: the first of all changes how
 * an index is kept, which is in the way of every other change. */
static void open_two(struct store **ret_store, struct batch *ret_batch, struct store **ret_other,
                     struct batch *ret_theirs, const struct attendee *somebody)
{
    *ret_store = open_empty();
    *ret_other = open_another();
    batch_open(ret_theirs, "other", raise_fence(*ret_other, "other", 1));
    batch_open(ret_batch, "me", raise_fence(*ret_store, "me", 0));
    batch_change(ret_batch, STORE_INSERT, &collection_attendees, somebody);
    ck_assert_int_eq(commit(*ret_store, ret_batch), STORE_COMMITTED);
    batch_open(ret_batch, "me", ret_batch->fence);
}

START_TEST(a_record_changed_since_is_a_conflict_and_nothing_is_written)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store, *other;
    struct batch batch, theirs;
    struct attendee ana = attendee("attendee_a", "ana@example.org");
    open_two(&store, &batch, &other, &theirs, &ana);

    for (int i = 0; i < 2; i++) {
        struct attendee bob = attendee("attendee_b", "bob@example.org");
        ck_assert_int_eq(store_begin(store), 0);
        ck_assert_ptr_nonnull(load_one(store, arena, &collection_attendees, "attendee_a"));
        ana.phone = i == 0 ? "+34600111222" : "+34600333444";
        batch_change(&theirs, STORE_REPLACE, &collection_attendees, &ana);
        ck_assert_int_eq(commit(other, &theirs), STORE_COMMITTED);
        batch_open(&theirs, "other", theirs.fence);

        batch_change(&batch, STORE_INSERT, &collection_attendees, &bob);
        batch_change(&batch, i == 0 ? STORE_REPLACE : STORE_DELETE, &collection_attendees, &ana);
        batch_receipt(&batch, 1);
        ck_assert_int_eq(commit(store, &batch), STORE_CONFLICT);
        batch.fence.batch--;
        batch_open(&batch, "me", batch.fence);
        ck_assert_ptr_null(load_one(store, arena, &collection_attendees, "attendee_b"));
        ck_assert_ptr_null(load_receipt(store, arena, 1));
    }
    ck_assert_int_eq(raise_fence(store, "me", 0).batch, 1);
    store_close(other);
    close_last(store);
}
END_TEST

START_TEST(what_a_batch_reads_is_of_one_moment)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store, *other;
    struct batch batch, theirs;
    struct attendee ana = attendee("attendee_a", "ana@example.org");
    struct attendee bob = attendee("attendee_b", "bob@example.org");
    struct attendee eve = attendee("attendee_c", "eve@example.org");
    open_two(&store, &batch, &other, &theirs, &eve);
    ck_assert_int_eq(store_begin(store), 0);
    ck_assert_ptr_null(load_one(store, arena, &collection_attendees, "attendee_a"));
    batch_change(&theirs, STORE_INSERT, &collection_attendees, &ana);
    ck_assert_int_eq(commit(other, &theirs), STORE_COMMITTED);
    ck_assert_ptr_null(load_one(store, arena, &collection_attendees, "attendee_a"));
    batch_change(&batch, STORE_INSERT, &collection_attendees, &bob);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    ck_assert_ptr_nonnull(load_one(store, arena, &collection_attendees, "attendee_a"));

    ck_assert_int_eq(store_begin(store), 0);
    ck_assert_ptr_nonnull(load_one(store, arena, &collection_attendees, "attendee_b"));
    store_abandon(store);
    batch_open(&theirs, "other", theirs.fence);
    batch_change(&theirs, STORE_DELETE, &collection_attendees, &bob);
    ck_assert_int_eq(commit(other, &theirs), STORE_COMMITTED);
    ck_assert_ptr_null(load_one(store, arena, &collection_attendees, "attendee_b"));
    store_close(other);
    close_last(store);
}
END_TEST

START_TEST(records_are_replaced_and_deleted)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct batch batch;
    struct attendee ana = attendee("attendee_a", "ana@example.org");
    struct attendee bob = attendee("attendee_b", "bob@example.org");
    batch_open(&batch, "me", raise_fence(store, "me", 0));
    batch_change(&batch, STORE_INSERT, &collection_attendees, &ana);
    batch_change(&batch, STORE_INSERT, &collection_attendees, &bob);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    ana.rev = 2;
    ana.phone = "+34600111222";
    batch_open(&batch, "me", batch.fence);
    batch_change(&batch, STORE_REPLACE, &collection_attendees, &ana);
    batch_change(&batch, STORE_DELETE, &collection_attendees, &bob);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    struct attendee *kept = load_one(store, arena, &collection_attendees, "attendee_a");
    ck_assert_str_eq(kept->phone, "+34600111222");
    ck_assert_int_eq(kept->rev, 2);
    ck_assert_ptr_null(load_one(store, arena, &collection_attendees, "attendee_b"));
    close_last(store);
}
END_TEST

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

START_TEST(a_duplicate_key_is_refused_and_nothing_is_written)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct batch batch;
    struct attendee ana = attendee("attendee_a", "ana@example.org");
    struct attendee twin = attendee("attendee_b", "ana@example.org");
    batch_open(&batch, "me", raise_fence(store, "me", 0));
    batch_change(&batch, STORE_INSERT, &collection_attendees, &ana);
    batch_change(&batch, STORE_INSERT, &collection_attendees, &twin);
    ck_assert_int_eq(commit(store, &batch), STORE_REFUSED);
    ck_assert_ptr_nonnull(strstr(store_error(store), "E11000"));
    ck_assert_ptr_null(strstr(store_error(store), "ana@example.org")); /* it will be logged */
    ck_assert_ptr_null(load_one(store, arena, &collection_attendees, "attendee_a"));

    struct ticket tickets[] = {{.code = "x", .status = TICKET_VALID}};
    struct order one = {.id = "order_1", .tickets = {tickets, 1}};
    struct order two = {.id = "order_2", .tickets = {tickets, 1}};
    batch_open(&batch, "me", raise_fence(store, "me", 0));
    batch_change(&batch, STORE_INSERT, &collection_orders, &one);
    batch_change(&batch, STORE_INSERT, &collection_orders, &two);
    ck_assert_int_eq(commit(store, &batch), STORE_REFUSED);
    /* And the next batch is none the worse. */
    batch.batch.n_changes = 1;
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    close_last(store);
}
END_TEST

START_TEST(records_without_a_key_do_not_collide)
{
    struct store *store = open_empty();
    struct batch batch;
    struct order one = {.id = "order_1"}, two = {.id = "order_2"};
    struct attendee gone = attendee("attendee_a", "a@example.org");
    struct attendee gone_too = attendee("attendee_b", "a@example.org");
    gone.key = gone_too.key = NULL;
    batch_open(&batch, "me", raise_fence(store, "me", 0));
    batch_change(&batch, STORE_INSERT, &collection_orders, &one);
    batch_change(&batch, STORE_INSERT, &collection_orders, &two);
    batch_change(&batch, STORE_INSERT, &collection_attendees, &gone);
    batch_change(&batch, STORE_INSERT, &collection_attendees, &gone_too);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    close_last(store);
}
END_TEST

START_TEST(keys_may_pass_from_record_to_record_within_a_batch)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct batch batch;
    struct attendee ana = attendee("attendee_a", "x@example.org");
    struct attendee bea = attendee("attendee_b", "y@example.org");
    struct attendee eve = attendee("attendee_c", "y@example.org");
    batch_open(&batch, "me", raise_fence(store, "me", 0));
    batch_change(&batch, STORE_INSERT, &collection_attendees, &ana);
    batch_change(&batch, STORE_INSERT, &collection_attendees, &bea);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    /* One passes her key on, the other gives hers up for a third. */
    batch_open(&batch, "me", batch.fence);
    ana.key = NULL;
    bea.key = "x@example.org";
    ana.rev = bea.rev = 2;
    batch_change(&batch, STORE_INSERT, &collection_attendees, &eve);
    batch_change(&batch, STORE_REPLACE, &collection_attendees, &bea);
    batch_change(&batch, STORE_REPLACE, &collection_attendees, &ana);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    /* And what was given up earlier is free. */
    batch_open(&batch, "me", batch.fence);
    bea.key = NULL;
    bea.rev = 3;
    batch_change(&batch, STORE_REPLACE, &collection_attendees, &bea);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    batch_open(&batch, "me", batch.fence);
    ana.key = "x@example.org";
    ana.rev = 3;
    batch_change(&batch, STORE_REPLACE, &collection_attendees, &ana);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    struct attendee *kept = load_one(store, arena, &collection_attendees, "attendee_a");
    ck_assert_str_eq(kept->key, "x@example.org");
    close_last(store);
}
END_TEST

START_TEST(a_batch_may_be_larger_than_a_command)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty(), *patient = open_patient();
    struct batch batch;
    const size_t n = 5000;
    struct attendee *many = mem_array(arena, struct attendee, n);
    struct store_change *changes = mem_array(arena, struct store_change, n);
    char *long_name = mem_zeroed(arena, 2001);
    memset(long_name, 'x', 2000);
    for (size_t i = 0; i < n; i++) {
        const char *id = mem_printf(arena, "attendee_%05zu", i);
        many[i] = attendee(id, id);
        many[i].name = long_name;
        changes[i] = (struct store_change){STORE_INSERT, &collection_attendees, id, &many[i]};
    }
    batch_open(&batch, "me", raise_fence(store, "me", 0));
    batch.batch.changes = changes;
    batch.batch.n_changes = n;
    ck_assert_int_eq(commit(patient, &batch), STORE_COMMITTED);
    ck_assert_ptr_nonnull(load_one(store, arena, &collection_attendees, "attendee_04999"));
    store_close(patient);
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

/* --- Databases that were set back --- */

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

START_TEST(a_commit_whose_reply_was_lost_is_settled)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *shaky = open_through(proxy, "&serverSelectionTimeoutMS=200");
    struct batch batch;
    struct attendee ana = attendee("attendee_a", "ana@example.org");
    batch_open(&batch, "me", raise_fence(shaky, "me", 0));
    batch_change(&batch, STORE_INSERT, &collection_attendees, &ana);
    proxy_fail_at(proxy, PROXY_LOSE_REPLY, "commitTransaction");
    ck_assert_int_eq(commit(shaky, &batch), STORE_UNKNOWN);
    ck_assert_int_eq(store_settle(shaky, &batch.batch), STORE_AWAY);
    proxy_heal(proxy);
    enum store_outcome outcome = STORE_AWAY;
    while (outcome == STORE_AWAY)
        outcome = store_settle(shaky, &batch.batch);
    ck_assert_int_eq(outcome, STORE_COMMITTED);
    ck_assert_ptr_nonnull(load_one(store, arena, &collection_attendees, "attendee_a"));
    batch_open(&batch, "me", batch.fence);
    ck_assert_int_eq(commit(shaky, &batch), STORE_COMMITTED);
    store_close(shaky);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

START_TEST(a_commit_that_never_arrived_is_settled_and_repeated)
{
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *shaky = open_through(proxy, "&serverSelectionTimeoutMS=200");
    struct batch batch;
    struct attendee ana = attendee("attendee_a", "ana@example.org");
    batch_open(&batch, "me", raise_fence(shaky, "me", 0));
    batch_change(&batch, STORE_INSERT, &collection_attendees, &ana);
    proxy_fail_at(proxy, PROXY_LOSE_REQUEST, "commitTransaction");
    ck_assert_int_eq(commit(shaky, &batch), STORE_UNKNOWN);
    proxy_heal(proxy);
    enum store_outcome outcome = STORE_AWAY;
    while (outcome == STORE_AWAY)
        outcome = store_settle(shaky, &batch.batch);
    /* Either the repeated commit found the transaction still open, or it is gone. */
    if (outcome == STORE_CONFLICT)
        outcome = commit(shaky, &batch);
    ck_assert_int_eq(outcome, STORE_COMMITTED);
    store_close(shaky);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

START_TEST(a_commit_lost_to_an_heir_is_settled_as_fenced)
{
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *shaky = open_through(proxy, "&serverSelectionTimeoutMS=200");
    struct batch batch;
    batch_open(&batch, "me", raise_fence(shaky, "me", 0));
    proxy_fail_at(proxy, PROXY_LOSE_REQUEST, "commitTransaction");
    ck_assert_int_eq(commit(shaky, &batch), STORE_UNKNOWN);
    (void)raise_fence(store, "heir", 0);
    proxy_heal(proxy);
    enum store_outcome outcome = STORE_AWAY;
    while (outcome == STORE_AWAY)
        outcome = store_settle(shaky, &batch.batch);
    ck_assert_int_eq(outcome, STORE_FENCED);
    store_close(shaky);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

START_TEST(a_batch_cut_off_before_its_commit_is_repeated_at_once)
{
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *shaky = open_through(proxy, "&serverSelectionTimeoutMS=200");
    struct batch batch;
    batch_open(&batch, "me", raise_fence(shaky, "me", 0));
    batch_receipt(&batch, 1);
    proxy_fail_at(proxy, PROXY_LOSE_REQUEST, "receipts");
    ck_assert_int_eq(commit(shaky, &batch), STORE_AWAY);
    proxy_heal(proxy);
    enum store_outcome outcome = STORE_AWAY;
    while (outcome == STORE_AWAY)
        outcome = commit(shaky, &batch);
    /* What the server still holds open of the first attempt is in nobody's way. */
    ck_assert_int_eq(outcome, STORE_COMMITTED);
    store_close(shaky);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

START_TEST(a_database_that_is_away_is_said_to_be)
{
    const struct fence_known known = {0};
    bool set_back;
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    store_library_open();
    struct store *store = open_at("mongodb://127.0.0.1:1/?replicaSet=rs0");
    struct fence fence = {0};
    struct batch batch;
    void *record;
    const char *id = "event_1";
    ck_assert_int_eq(store_ping(store), -EHOSTUNREACH);
    ck_assert(store_error(store)[0] != '\0');
    ck_assert_int_eq(store_prepare(store), -EHOSTUNREACH);
    ck_assert_int_eq(store_load(store, arena, &collection_events, &id, 1, &record), -EHOSTUNREACH);
    ck_assert_int_eq(
        store_fence_raise(store, CLUSTER, 0, "me", topics, &known, NOW, &fence, &set_back),
        -EHOSTUNREACH);
    batch_open(&batch, "me", fence);
    ck_assert_int_eq(commit(store, &batch), STORE_AWAY);
    close_last(store);
}
END_TEST

START_TEST(a_wrong_uri_is_refused_without_its_password)
{
    store_library_open();
    struct store *store = NULL;
    char error[STORE_ERROR_SIZE];
    ck_assert_int_eq(store_open("mongodb://u:secret@host:99999999/", "db", error, &store), -EINVAL);
    ck_assert_ptr_null(store);
    ck_assert_ptr_null(strstr(error, "secret"));
    ck_assert_int_eq(store_open("nonsense", "db", error, &store), -EINVAL);
    store_library_close();
}
END_TEST

START_TEST(preparing_again_is_harmless)
{
    struct store *store = open_empty();
    ck_assert_int_eq(store_prepare(store), 0);
    ck_assert_int_eq(store_ping(store), 0);
    close_last(store);
}
END_TEST

static void keep(struct store *store, const struct collection *collection, const void *record)
{
    struct batch batch;
    batch_open(&batch, "keeper", raise_fence(store, "keeper", 99));
    batch_change(&batch, STORE_INSERT, collection, record);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
}

struct seen {
    char ids[512];
    size_t most; /* 0: all */
    size_t n;
};

static void see(void *context, void *record)
{
    struct seen *seen = context;
    (void)strcat(strcat(seen->ids, " "), ((struct common *)record)->id);
    seen->n++;
}

struct count {
    size_t n;
};

static void count(void *context, void *record)
{
    struct count *seen = context;
    (void)record;
    seen->n++;
}

static bool see_next(void *context, void *record)
{
    struct seen *seen = context;
    see(seen, record);
    return seen->n != seen->most;
}

START_TEST(records_are_found_by_id_and_by_key)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct ticket tickets[] = {{.code = "x", .status = TICKET_VALID},
                               {.code = "y", .status = TICKET_VALID}};
    struct order order = {.id = "order_1", .tickets = {tickets, 2}};
    keep(store, &collection_orders, &order);
    const char *ids[] = {"order_0", "order_1", "order_2", "order_1"};
    void *records[4];
    ck_assert_int_eq(store_load(store, arena, &collection_orders, ids, 4, records), 0);
    ck_assert_ptr_null(records[0]);
    ck_assert_ptr_null(records[2]);
    ck_assert_ptr_eq(records[1], records[3]);
    ck_assert_str_eq(((struct order *)records[1])->tickets.at[1].code, "y");
    const char *keys[] = {"z", "y"};
    struct seen seen = {0};
    ck_assert_int_eq(store_load_keys(store, arena, &collection_orders, keys, 2, see, &seen), 0);
    ck_assert_str_eq(seen.ids, " order_1");
    close_last(store);
}
END_TEST

START_TEST(pages_go_on_where_they_ended)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    static const char *const ids[] = {"attendee_c", "attendee_a", "attendee_b", "attendee_d"};
    for (size_t i = 0; i < 4; i++) {
        struct attendee one = attendee(ids[i], ids[i]);
        one.status = i == 3 ? ATTENDEE_CONFIRMED : ATTENDEE_UNCONFIRMED;
        keep(store, &collection_attendees, &one);
    }
    struct store_page page = {
        .collection = &collection_attendees, .event_id = EVENT_ID, .limit = 2};
    struct seen first = {0}, second = {0}, other = {0};
    ck_assert_int_eq(store_load_page(store, arena, &page, see, &first), 0);
    ck_assert_str_eq(first.ids, " attendee_a attendee_b");
    page.after = "attendee_b";
    ck_assert_int_eq(store_load_page(store, arena, &page, see, &second), 0);
    ck_assert_str_eq(second.ids, " attendee_c attendee_d");
    page.status = "confirmed";
    ck_assert_int_eq(store_load_page(store, arena, &page, see, &other), 0);
    ck_assert_str_eq(other.ids, " attendee_d");
    struct store_page found = {.collection = &collection_orders,
                               .event_id = EVENT_ID,
                               .filter = "email",
                               .term = "ana@example.org",
                               .limit = 5};
    struct person ana = {.email = "Ana@example.org"}, ben = {.email = "ben@example.org"};
    keep(store, &collection_orders,
         &(struct order){.id = "order_1", .event_id = EVENT_ID, .buyer = &ana});
    keep(store, &collection_orders,
         &(struct order){.id = "order_2", .event_id = EVENT_ID, .buyer = &ben});
    struct seen hers = {0};
    ck_assert_int_eq(store_load_page(store, arena, &found, see, &hers), 0);
    ck_assert_str_eq(hers.ids, " order_1");
    const char *any[] = {"ben@example.org", "cid@example.org", "ana@example.org"};
    found.term = NULL;
    found.terms = (struct texts){any, 3};
    struct seen both = {0}, rest = {0};
    ck_assert_int_eq(store_load_page(store, arena, &found, see, &both), 0);
    ck_assert_str_eq(both.ids, " order_1 order_2");
    found.after = "order_1";
    ck_assert_int_eq(store_load_page(store, arena, &found, see, &rest), 0);
    ck_assert_str_eq(rest.ids, " order_2");
    close_last(store);
}
END_TEST

START_TEST(who_is_written_to_finds_what_until_it_is_erased)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    const struct delivery deliveries[] = {
        {.id = "delivery_1",
         .event_id = EVENT_ID,
         .attendee_id = "attendee_a",
         .address = "a@b.org"},
        {.id = "delivery_2", .event_id = EVENT_ID, .attendee_id = "attendee_b"},
        {.id = "delivery_3",
         .event_id = EVENT_ID,
         .attendee_id = "attendee_a",
         .order_id = "order_1"},
        {.id = "delivery_4", .event_id = "event_other", .attendee_id = "attendee_a"},
        {.id = "delivery_5",
         .event_id = EVENT_ID,
         .attendee_id = "attendee_a",
         .erased_at = {true, NOW}},
    };
    for (size_t i = 0; i < sizeof deliveries / sizeof *deliveries; i++)
        keep(store, &collection_deliveries, &deliveries[i]);
    static const char *const finds[][3] = {{"attendee_id", "attendee_a", " delivery_1 delivery_3"},
                                           {"order_id", "order_1", " delivery_3"},
                                           {"recipient", "a@b.org", " delivery_1"}};
    for (size_t i = 0; i < sizeof finds / sizeof *finds; i++) {
        struct store_page page = {.collection = &collection_deliveries,
                                  .event_id = EVENT_ID,
                                  .filter = finds[i][0],
                                  .term = finds[i][1],
                                  .limit = 5};
        struct seen seen = {0};
        ck_assert_int_eq(store_load_page(store, arena, &page, see, &seen), 0);
        ck_assert_str_eq(seen.ids, finds[i][2]);
    }
    close_last(store);
}
END_TEST

START_TEST(what_is_due_comes_earliest_first_and_only_of_the_partition)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct order orders[] = {
        {.id = "order_late", .due_at = {true, NOW + 1}, .partition = 1},
        {.id = "order_b", .due_at = {true, NOW}, .partition = 1},
        {.id = "order_other", .due_at = {true, NOW - 9}, .partition = 2},
        {.id = "order_a", .due_at = {true, NOW - 5}, .partition = 1},
        {.id = "order_none", .partition = 1},
    };
    for (size_t i = 0; i < 5; i++)
        keep(store, &collection_orders, &orders[i]);
    struct seen all = {0}, one = {0};
    ck_assert_int_eq(store_load_due(store, arena, &collection_orders, 1, NOW, 10, see, &all), 0);
    ck_assert_str_eq(all.ids, " order_a order_b");
    ck_assert_int_eq(store_load_due(store, arena, &collection_orders, 1, NOW, 1, see, &one), 0);
    ck_assert_str_eq(one.ids, " order_a");
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

/* --- What an error means --- */

START_TEST(an_error_of_a_read_says_whose_fault_it_is)
{
    static const struct {
        int32_t code;
        const char *label;
        int r;
    } rows[] = {{13, NULL, -EHOSTUNREACH},    {8000, NULL, -EHOSTUNREACH},
                {14031, NULL, -EHOSTUNREACH}, {27, NULL, -EHOSTUNREACH},
                {24, NULL, -EAGAIN},          {112, "TransientTransactionError", -EAGAIN},
                {239, NULL, -EAGAIN},         {290, NULL, -EAGAIN},
                {246, NULL, -EAGAIN},         {999, "TransientTransactionError", -EAGAIN},
                {22, NULL, -EBADMSG},         {10334, NULL, -EBADMSG}};
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *refused = open_through(proxy, "&retryReads=false");
    const char *id = "attendee_a";
    void *record;
    ck_assert_int_eq(store_ping(refused), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bson_t *reply = error_reply(rows[i].code, rows[i].label);
        proxy_answer(proxy, "find", reply, 1);
        ck_assert_int_eq(store_begin(refused), 0);
        int r = store_load(refused, arena, &collection_attendees, &id, 1, &record);
        ck_assert_msg(r == rows[i].r, "code %d: %d", (int)rows[i].code, r);
        store_abandon(refused);
        proxy_answer(proxy, NULL, NULL, 0);
        bson_destroy(reply);
    }
    store_close(refused);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

START_TEST(an_error_of_a_write_says_whose_fault_it_is)
{
    static const struct {
        int32_t code;
        const char *label;
        enum store_outcome outcome;
    } rows[] = {
        {13, NULL, STORE_AWAY},      {14031, NULL, STORE_AWAY},   {26, NULL, STORE_AWAY},
        {263, NULL, STORE_AWAY},     {121, NULL, STORE_REFUSED},  {10334, NULL, STORE_REFUSED},
        {112, NULL, STORE_CONFLICT}, {251, NULL, STORE_CONFLICT}, {24, NULL, STORE_CONFLICT}};
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *refused = open_through(proxy, "");
    struct batch batch;
    batch_open(&batch, "me", raise_fence(refused, "me", 0));
    batch_receipt(&batch, 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bson_t *reply = error_reply(rows[i].code, rows[i].label);
        proxy_answer(proxy, "insert", reply, 1);
        enum store_outcome outcome = commit(refused, &batch);
        ck_assert_msg(outcome == rows[i].outcome, "code %d: %d", (int)rows[i].code, (int)outcome);
        proxy_answer(proxy, NULL, NULL, 0);
        bson_destroy(reply);
    }
    ck_assert_int_eq(commit(refused, &batch), STORE_COMMITTED);
    store_close(refused);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

/* --- Which server it is --- */

static void ck_server(struct store *store, struct proxy *proxy, const char *command,
                      const bson_t *reply, bool any_release, const char *says)
{
    char reason[STORE_REASON_SIZE] = "";
    proxy_answer(proxy, command, reply, -1);
    int r = store_check_server(store, any_release, reason);
    proxy_answer(proxy, NULL, NULL, 0);
    ck_assert_int_eq(r, says != NULL ? -ENOTSUP : 0);
    ck_assert_msg(strstr(reason, says != NULL ? says : "") != NULL, "%s", reason);
}

START_TEST(a_server_that_is_not_supported_is_named)
{
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *other = open_through(proxy, "");
    bson_t *old = BCON_NEW("ok", BCON_DOUBLE(1), "version", BCON_UTF8("4.2.24"));
    bson_t *alone = BCON_NEW("ok", BCON_DOUBLE(1), "isWritablePrimary", BCON_BOOL(true),
                             "maxWireVersion", BCON_INT32(21), "minWireVersion", BCON_INT32(0));
    ck_assert_int_eq(store_ping(other), 0);
    ck_server(other, proxy, "ping", NULL, false, NULL);
    ck_server(other, proxy, "buildInfo", old, false, "4.2.24");
    ck_server(other, proxy, "buildInfo", old, true, NULL);
    ck_server(other, proxy, "hello", alone, true, "replica set");
    bson_destroy(old);
    bson_destroy(alone);
    store_close(other);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

/* --- A database from before --- */

static void drop_index(struct store *store, const char *collection, const char *name)
{
    bson_t *drop = BCON_NEW("dropIndexes", BCON_UTF8(collection), "index", BCON_UTF8(name));
    ck_assert_msg(mongo_run_alone(store, store->database, drop, NULL), "%s", store_error(store));
    bson_destroy(drop);
}

static void run(struct store *store, bson_t *command_take)
{
    ck_assert_msg(mongo_run_alone(store, store->database, command_take, NULL), "%s",
                  store_error(store));
    bson_destroy(command_take);
}

/* What a writer does before it has killed its dead predecessor must wait for nobody's locks. */
START_TEST(a_start_creates_nothing_in_a_database_that_is_there)
{
    static const char *const waiting[] = {"create", "createIndexes", "dropIndexes"};
    struct store *store = open_empty();
    struct proxy *proxy = proxy_open(database_port());
    struct store *other = open_through(proxy, "");
    bson_t *refusal = error_reply(13, NULL);
    ck_assert_int_eq(store_ping(other), 0);
    drop_index(store, "orders", "event_id_status__id"); /* not even what is missing */
    for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++) {
        proxy_answer(proxy, waiting[i], refusal, -1);
        ck_assert_msg(store_prepare(other) == 0, "%s", waiting[i]);
        proxy_answer(proxy, NULL, NULL, 0);
    }
    bson_destroy(refusal);
    store_close(other);
    proxy_close(proxy);
    close_last(store);
}
END_TEST

START_TEST(what_a_database_lacks_is_added_behind_the_writer)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct seen due = {0};
    char error[STORE_ERROR_SIZE];
    struct store *patient;
    /* As an earlier release leaves it: another index of what is due, and records without a
     * partition of it. */
    drop_index(store, "orders", "due_in_due_at");
    run(store, BCON_NEW("createIndexes", "orders", "indexes", "[", "{", "key", "{", "due_at",
                        BCON_INT32(1), "}", "name", "due_at", "sparse", BCON_BOOL(true), "}", "]"));
    for (int i = 0; i < 1200; i++) {
        char id[32];
        (void)snprintf(id, sizeof id, "order_%04d", i);
        run(store,
            BCON_NEW("insert", "orders", "documents", "[", "{", "_id", BCON_UTF8(id), "partition",
                     BCON_INT64(i % 2), "due_at", BCON_DATE_TIME(NOW - i % 3), "}", "]"));
    }
    ck_assert_int_eq(store_prepare(store), 0); /* waits for nothing, and adds nothing */
    ck_assert_int_eq(store_load_due(store, arena, &collection_orders, 1, NOW, 5, see, &due), 0);
    ck_assert_str_eq(due.ids, "");
    ck_assert_int_eq(store_open_patient(setting("MONGO_URI"), setting("MONGO_DB"), error, &patient),
                     0);
    ck_assert_int_eq(store_complete(patient), 0);
    ck_assert_int_eq(store_complete(patient), 0);
    struct count n = {0};
    ck_assert_int_eq(store_load_due(store, arena, &collection_orders, 1, NOW, 1000, count, &n), 0);
    ck_assert_uint_eq(n.n, 600);
    store_close(patient);
    close_last(store);
}
END_TEST

static void ck_list(struct store *store, struct store_list list, size_t most, const char *ids)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct seen seen = {.most = most};
    list.limit = most;
    ck_assert_msg(store_list(store, arena, &list, see_next, &seen) == 0, "%s", store_error(store));
    ck_assert_str_eq(seen.ids, ids);
}

static const struct store_match of_event[] = {{"event_id", EVENT_ID, false}};
#define BY(matches_) .matches = (matches_), .n_matches = sizeof(matches_) / sizeof *(matches_)
#define LIST_BY(matches_, ...)                                                                     \
    ((struct store_list){.collection = &collection_attendees,                                      \
                         BY(matches_) __VA_OPT__(, ) __VA_ARGS__})
#define LIST(...) LIST_BY(of_event, ##__VA_ARGS__)

static void keep_people(struct store *store)
{
    struct attendee people[] = {
        attendee("attendee_1", "ana@example.org"), attendee("attendee_2", "bea@example.org"),
        attendee("attendee_3", "carl@example.org"), attendee("attendee_4", "dora@example.org")};
    people[0].name = "Ana María López";
    people[1].name = "BEATRIZ Mariscal";
    people[2].name = "Carl M.";
    people[3].name = "Dora Lopezosa";
    people[3].external_id = "x-1";
    people[2].status = ATTENDEE_CONFIRMED;
    people[0].updated_at = NOW + 5;
    people[2].updated_at = NOW + 1;
    for (size_t i = 0; i < 4; i++)
        keep(store, &collection_attendees, &people[i]);
    struct attendee elsewhere = attendee("attendee_0", "zoe@example.org");
    elsewhere.event_id = "event_01jz3w4v9he8qb2m5x7k6d0c1z";
    keep(store, &collection_attendees, &elsewhere);
}

static void ck_orders(struct store *store)
{
    ck_list(store, LIST(), 0, " attendee_1 attendee_2 attendee_3 attendee_4");
    ck_list(store, LIST(), 2, " attendee_1 attendee_2");
    ck_list(store, LIST(.after_id = "attendee_2"), 0, " attendee_3 attendee_4");
    ck_list(store, LIST(.descending = true), 0, " attendee_4 attendee_3 attendee_2 attendee_1");
    ck_list(store, LIST(.descending = true, .after_id = "attendee_3"), 0, " attendee_2 attendee_1");
    ck_list(store, LIST(.by_update = true), 0, " attendee_2 attendee_4 attendee_3 attendee_1");
    ck_list(store, LIST(.by_update = true, .after_id = "attendee_2", .after_update = NOW), 0,
            " attendee_4 attendee_3 attendee_1");
    ck_list(store, LIST(.by_update = true, .after_id = "attendee_2", .after_update = NOW), 1,
            " attendee_4");
    ck_list(store,
            LIST(.by_update = true, .descending = true, .after_id = "attendee_3",
                 .after_update = NOW + 1),
            0, " attendee_4 attendee_2");
    ck_list(store, LIST(.updated_since = {true, NOW + 1}), 0, " attendee_1 attendee_3");
    ck_list(store,
            LIST(.updated_since = {true, NOW + 1}, .by_update = true, .descending = true,
                 .after_id = "attendee_1", .after_update = NOW + 5),
            0, " attendee_3");
}

static void ck_filters(struct store *store)
{
    struct store_match by_email[] = {of_event[0], {"email", "carl@example.org", true}};
    struct store_match by_both[] = {
        of_event[0], {"external_id", "x-1", true}, {"email", "dora@example.org", true}};
    struct store_match by_status[] = {of_event[0], {"status", "confirmed", false}};
    const char *const ids[] = {"attendee_2", "attendee_4", "attendee_0"};
    ck_list(store, LIST_BY(by_email), 0, " attendee_3");
    ck_list(store, LIST_BY(by_both), 0, " attendee_4");
    ck_list(store, LIST_BY(by_status), 0, " attendee_3");
    ck_list(store, LIST(.ids = ids, .n_ids = 3), 0, " attendee_2 attendee_4");
    ck_list(store, LIST(.ids = ids, .n_ids = 3, .after_id = "attendee_2"), 0, " attendee_4");
    ck_list(store, LIST(.ids = ids), 0, "");
}

static void ck_words(struct store *store)
{
    ck_list(store, LIST(.q = "mari"), 0, " attendee_1 attendee_2");
    ck_list(store, LIST(.q = "maria l"), 0, " attendee_1");
    ck_list(store, LIST(.q = "m"), 0, " attendee_1 attendee_2 attendee_3");
    ck_list(store, LIST(.q = "m"), 2, " attendee_1 attendee_2");
    ck_list(store, LIST(.q = "lop"), 0, " attendee_1 attendee_4");
    ck_list(store, LIST(.q = "lopezosa"), 0, " attendee_4");
    ck_list(store, LIST(.q = "lopezosas"), 0, "");
    ck_list(store, LIST(.q = "bea@exam"), 0, " attendee_2");
    ck_list(store, LIST(.q = "example"), 0, "");
}

START_TEST(lists_go_by_creation_or_by_update_either_way)
{
    struct store *store = open_empty();
    keep_people(store);
    ck_orders(store);
    close_last(store);
}
END_TEST

START_TEST(lists_are_filtered)
{
    struct store *store = open_empty();
    keep_people(store);
    ck_filters(store);
    close_last(store);
}
END_TEST

START_TEST(any_words_beginning_finds_a_person)
{
    struct store *store = open_empty();
    keep_people(store);
    ck_words(store);
    close_last(store);
}
END_TEST

/* Whatever the parts are that the marks make of it. */
START_TEST(a_marked_list_is_read_the_same)
{
    static const char *const anchored[] = {"attendee_1", "attendee_3", "attendee_4"};
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    keep_people(store);
    for (size_t i = 0; i < 3; i++) {
        keep(store, &collection_list_anchors,
             &(struct list_anchor){.id = anchored[i], .event_id = EVENT_ID});
        ck_orders(store);
        ck_filters(store);
        ck_words(store);
        const struct store_page page = {.collection = &collection_attendees,
                                        .event_id = EVENT_ID,
                                        .after = "attendee_1",
                                        .limit = 2};
        struct seen seen = {0};
        ck_assert_int_eq(store_load_page(store, arena, &page, see, &seen), 0);
        ck_assert_str_eq(seen.ids, " attendee_2 attendee_3");
    }
    close_last(store);
}
END_TEST

/* Whether some stage of the plan reads an index rather than the collection. */
static bool uses_index(struct store *store, const struct store_list *list)
{
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER, command = BSON_INITIALIZER;
    bson_t find, reply;
    bson_iter_t sort;
    list_filter(list, false, &filter, &options);
    (void)BSON_APPEND_DOCUMENT_BEGIN(&command, "explain", &find);
    (void)BSON_APPEND_UTF8(&find, "find", list->collection->name);
    (void)BSON_APPEND_DOCUMENT(&find, "filter", &filter);
    if (bson_iter_init_find(&sort, &options, "sort"))
        (void)bson_append_iter(&find, "sort", -1, &sort);
    (void)bson_append_document_end(&command, &find);
    (void)BSON_APPEND_UTF8(&command, "verbosity", "queryPlanner");
    bson_error_t error;
    ck_assert_msg(mongoc_client_command_simple(store->client, store->database, &command, NULL,
                                               &reply, &error),
                  "%s", error.message);
    char *plan = bson_as_relaxed_extended_json(&reply, NULL);
    bool used = strstr(plan, "IXSCAN") != NULL && strstr(plan, "COLLSCAN") == NULL;
    bson_free(plan);
    bson_destroy(&reply);
    bson_destroy(&command);
    bson_destroy(&filter);
    bson_destroy(&options);
    return used;
}

START_TEST(every_filter_of_a_list_has_its_index)
{
    struct store *store = open_empty();
    keep_people(store);
    struct store_match by_status[] = {of_event[0], {"status", "confirmed", false}};
    struct store_match by_channel[] = {of_event[0], {"channel", "sms", false}};
    struct store_match by_email[] = {of_event[0], {"email", "a@b", true}};
    struct store_match by_ticket[] = {of_event[0], {"ticket_type_id", "tkttype_1", true}};
    struct store_match by_scan[] = {of_event[0], {"checked_in", "tkttype_1/false", true}};
    struct store_match by_own_id[] = {of_event[0], {"external_id", "x-1", true}};
    struct store_match by_recipient[] = {of_event[0], {"recipient", "a@b", true}};
    struct store_match by_holder[] = {of_event[0], {"holder", "a@b", true}};
    struct store_match of_notification[] = {{"notification_id", "notif_1", false},
                                            {"status", "sent", false}};
    struct store_match of_category[] = {{"category", "concert", true}};
    struct store_match of_status[] = {{"status", "draft", false}};
#define EVENTS .collection = &collection_events
#define ORDERS .collection = &collection_orders
#define NOTIFICATIONS .collection = &collection_notifications
#define DELIVERIES .collection = &collection_deliveries
    const struct store_list lists[] = {
        LIST(),
        LIST(.after_id = "attendee_2"),
        LIST(.descending = true, .after_id = "attendee_2"),
        LIST(.by_update = true),
        LIST(.by_update = true, .after_id = "attendee_2", .after_update = NOW),
        LIST(.updated_since = {true, NOW}, .by_update = true),
        LIST(.q = "maria"),
        LIST(.q = "maria", .after_id = "attendee_2"),
        LIST_BY(by_status, .after_id = "attendee_2"),
        LIST_BY(by_email, .after_id = "attendee_2"),
        LIST_BY(by_own_id, .after_id = "attendee_2"),
        LIST_BY(by_status, .after_id = "attendee_2", .until_id = "attendee_4"),
        {.collection = &collection_list_anchors, BY(of_event)},
        {.collection = &collection_imports, BY(of_event)},
        LIST_BY(by_ticket, .after_id = "attendee_2"),
        LIST_BY(by_scan, .after_id = "attendee_2"),
        {ORDERS, BY(of_event), .after_id = "order_1"},
        {ORDERS, BY(by_status), .after_id = "order_1"},
        {ORDERS, BY(by_email), .after_id = "order_1"},
        {ORDERS, BY(of_event), .by_update = true},
        {ORDERS, BY(by_holder)},
        {.collection = &collection_ticket_types, BY(of_event)},
        {.collection = &collection_stock, BY(of_event)},
        {NOTIFICATIONS, BY(of_event)},
        {NOTIFICATIONS, BY(by_status)},
        {NOTIFICATIONS, BY(by_channel)},
        {NOTIFICATIONS, BY(by_recipient)},
        {DELIVERIES, .matches = of_notification, .n_matches = 1},
        {DELIVERIES, BY(of_notification)},
        {DELIVERIES, BY(by_recipient)},
        {EVENTS, BY(of_category)},
        {EVENTS, BY(of_status)},
        {EVENTS, .by_update = true, .updated_since = {true, NOW}},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        ck_assert_msg(uses_index(store, &lists[i]), "list %zu of %s reads the whole collection", i,
                      lists[i].collection->name);
    close_last(store);
}
END_TEST

START_TEST(the_first_secret_of_a_name_is_everybodys)
{
    struct store *store = open_empty(), *other = open_another();
    uint8_t one[STORE_SECRET], two[STORE_SECRET], got[STORE_SECRET];
    memset(one, 1, sizeof one);
    memset(two, 2, sizeof two);
    ck_assert_int_eq(store_secret(store, "tickets", one, got), 0);
    ck_assert_mem_eq(got, one, sizeof one);
    ck_assert_int_eq(store_secret(other, "tickets", two, got), 0);
    ck_assert_mem_eq(got, one, sizeof one);
    ck_assert_int_eq(store_secret(other, "others", two, got), 0);
    ck_assert_mem_eq(got, two, sizeof two);
    store_close(other);
    close_last(store);
}
END_TEST

CHECK_MAIN("store", the_fence_of_a_new_cluster_begins_above_those_of_others,
           a_new_fence_begins_above_the_clock,
           a_database_behind_what_is_known_begins_a_new_timeline,
           a_writer_sees_that_the_database_was_set_back_and_writes_nothing,
           a_raiser_killed_in_the_middle_delays_nobody, an_error_of_a_read_says_whose_fault_it_is,
           an_error_of_a_write_says_whose_fault_it_is, a_server_that_is_not_supported_is_named,
           a_start_creates_nothing_in_a_database_that_is_there,
           what_a_database_lacks_is_added_behind_the_writer, a_batch_is_kept_whole,
           receipts_come_back_as_they_were, answers_about_a_record_are_forgotten,
           a_record_changed_since_is_a_conflict_and_nothing_is_written,
           what_a_batch_reads_is_of_one_moment, records_are_replaced_and_deleted,
           a_writer_that_lost_its_fence_writes_nothing, one_lost_fence_of_several_stops_the_batch,
           a_duplicate_key_is_refused_and_nothing_is_written, records_without_a_key_do_not_collide,
           keys_may_pass_from_record_to_record_within_a_batch, a_batch_may_be_larger_than_a_command,
           the_open_transaction_of_a_dead_writer_delays_nobody,
           a_commit_whose_reply_was_lost_is_settled,
           a_commit_that_never_arrived_is_settled_and_repeated,
           a_commit_lost_to_an_heir_is_settled_as_fenced,
           a_batch_cut_off_before_its_commit_is_repeated_at_once,
           a_database_that_is_away_is_said_to_be, a_wrong_uri_is_refused_without_its_password,
           preparing_again_is_harmless, records_are_found_by_id_and_by_key,
           pages_go_on_where_they_ended, who_is_written_to_finds_what_until_it_is_erased,
           what_is_due_comes_earliest_first_and_only_of_the_partition,
           lists_go_by_creation_or_by_update_either_way, lists_are_filtered,
           any_words_beginning_finds_a_person, a_marked_list_is_read_the_same,
           every_filter_of_a_list_has_its_index, the_first_secret_of_a_name_is_everybodys)
