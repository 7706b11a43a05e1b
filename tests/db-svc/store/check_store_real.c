/* A batch on a real database: MONGO_URI, and MONGO_DB, which each test empties. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"
#include "tests/db-svc/store/store_fixture.h"
#include "tests/support/ids.h"

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

START_TEST(commands_to_the_database_are_counted)
{
    struct store *store = open_empty();
    const struct attendee ada = {.id = "attendee_1", .version = 1, .rev = 1, .event_id = "event_1"};
    const char *const id = ada.id;
    void *arena = mem_arena(NULL, 0), *loaded;
    struct batch batch;
    batch_open(&batch, "a:1", raise_fence(store, "a:1", 0));
    batch_change(&batch, STORE_INSERT, &collection_attendees, &ada);
    batch_receipt(&batch, 1);
    uint64_t before = store_commands(store);
    ck_assert_int_eq(store_load(store, arena, &collection_attendees, &id, 1, &loaded), 0);
    ck_assert_uint_eq(store_commands(store) - before, 1);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    ck_assert_uint_eq(store_commands(store) - before, 3); /* a bulkWrite and the commit */
    mem_free(arena);
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
    ck_assert_int_eq(kept[0]->at, FAR_AWAY);
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
    struct outgoing fact = {"tickets.facts", EVENT_ID, "order.placed", "9/1", 5, "{\"a\":1}"};
    struct batch batch;
    for (uint8_t i = 0; i < 3; i++) {
        batch_open(&batch, "me", fence);
        batch_receipt(&batch, i);
        batch.receipt.about = (const char **)abouts[i];
        batch.receipt.n_about = 1;
        batch.receipt.etag = "\"1\"";
        batch.receipt.location = "/v1";
        batch.receipt.outgoing = &fact;
        batch.receipt.n_outgoing = 1;
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
        ck_assert_uint_eq(kept->n_outgoing, 1); /* it may still have to be published */
        ck_assert_str_eq(kept->outgoing[0].body, "{\"a\":1}");
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

/* Servers do many writes of a kind faster than as many operations of a bulkWrite. */
START_TEST(many_writes_of_a_kind_go_in_a_command_of_their_own)
{
    enum { MANY = 20 };
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct batch batch;
    struct attendee people[MANY];
    struct store_change changes[MANY];
    for (size_t i = 0; i < MANY; i++) {
        const char *id = mem_printf(arena, "attendee_%02zu", i);
        people[i] = attendee(id, id);
        changes[i] = (struct store_change){STORE_INSERT, &collection_attendees, id, &people[i]};
    }
    batch_open(&batch, "me", raise_fence(store, "me", 0));
    batch_receipt(&batch, 1);
    batch.batch.changes = changes;
    batch.batch.n_changes = MANY;
    const uint64_t before = store_commands(store);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    /* The fence, the attendees, the receipt, the commit. */
    ck_assert_uint_eq(store_commands(store) - before, 4);
    close_last(store);
}
END_TEST

CHECK_MAIN("store", a_batch_is_kept_whole, commands_to_the_database_are_counted,
           receipts_come_back_as_they_were, answers_about_a_record_are_forgotten,
           a_record_changed_since_is_a_conflict_and_nothing_is_written,
           what_a_batch_reads_is_of_one_moment, records_are_replaced_and_deleted,
           a_duplicate_key_is_refused_and_nothing_is_written, records_without_a_key_do_not_collide,
           keys_may_pass_from_record_to_record_within_a_batch, a_batch_may_be_larger_than_a_command,
           many_writes_of_a_kind_go_in_a_command_of_their_own)
