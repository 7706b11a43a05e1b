/* Batches that decide upon records kept from earlier ones, on the real database: nothing that is
 * kept is taken for what another has written since. Needs MONGO_URI. */
#include "tests/support/check_main.h"

#include <errno.h>

#include "db-svc/store/mongo.h"
#include "db-svc/store/record_cache.h"
#include "libshared/kafka/partitioner.h"
#include "tests/db-svc/writer/batch_fixture.h"

#define ROOM 1000000

static void begin_keeping(void)
{
    begin();
    t.one.config.cache = record_cache_new(t.arena, ROOM);
    t.two.config.cache = record_cache_new(t.arena, ROOM);
}

static void sell(struct writer_rig *rig, const char *id)
{
    clear_inputs();
    when("order.place", mem_printf(t.arena, "%s/%s", t.event_id, id), NULL, order_body(1));
    decide(rig, clock_wall_ms());
}

static void sell_on(struct writer_rig *rig, const char *id)
{
    sell(rig, id);
    ck_assert_int_eq(commit(rig), STORE_COMMITTED);
    ck_assert_int_eq(t.inputs[0].receipt->status, 201);
}

START_TEST(a_hot_sale_reads_only_its_receipt)
{
    begin_keeping();
    sell_on(&t.one, "first");
    for (int i = 0; i < 3; i++) {
        const uint64_t before = store_commands(t.one.store);
        sell(&t.one, mem_printf(t.arena, "%d", i));
        ck_assert_uint_eq(store_commands(t.one.store) - before, 1);
        ck_assert_int_eq(commit(&t.one), STORE_COMMITTED);
    }
    ck_assert_int_eq(stock()->sold, 4);
    end();
}
END_TEST

/* As of a command that reads what belongs to another event. */
START_TEST(records_of_another_partition_are_not_kept)
{
    begin_keeping();
    while (partitioner_murmur2(t.event_id, strlen(t.event_id), t.one.config.partitions) == 0)
        t.one.config.partitions++;
    sell_on(&t.one, "first");
    const uint64_t before = store_commands(t.one.store);
    sell(&t.one, "second");
    ck_assert_uint_gt(store_commands(t.one.store) - before, 1);
    end();
}
END_TEST

START_TEST(what_another_owner_sold_is_seen_after_a_take_over)
{
    begin_keeping();
    sell_on(&t.one, "a");
    raise_fence(&t.two);
    sell_on(&t.two, "b");
    sell_on(&t.two, "c");
    raise_fence(&t.one);
    sell_on(&t.one, "d");
    ck_assert_int_eq(stock()->sold, 4);
    end();
}
END_TEST

START_TEST(who_lost_the_partition_writes_nothing_of_what_it_keeps)
{
    begin_keeping();
    sell_on(&t.one, "a");
    raise_fence(&t.two);
    sell(&t.one, "b");
    ck_assert_int_eq(commit(&t.one), STORE_FENCED);
    ck_assert_int_eq(stock()->sold, 1);
    end();
}
END_TEST

static void write_stock_behind_the_writer(void)
{
    bson_t *command = BCON_NEW("update", "stock", "updates", "[", "{", "q", "{", "_id",
                               BCON_UTF8(t.type_id), "}", "u", "{", "$inc", "{", "sold",
                               BCON_INT64(5), "rev", BCON_INT64(1), "}", "}", "}", "]");
    ck_assert(mongo_run_alone(t.two.store, t.two.store->database, command, NULL));
    bson_destroy(command);
}

START_TEST(a_record_that_was_written_meanwhile_is_a_conflict_and_read_anew)
{
    begin_keeping();
    sell_on(&t.one, "a");
    write_stock_behind_the_writer();
    sell(&t.one, "b");
    ck_assert_int_eq(commit(&t.one), STORE_CONFLICT);
    sell_on(&t.one, "b");
    ck_assert_int_eq(stock()->sold, 7);
    end();
}
END_TEST

START_TEST(a_batch_that_writes_nothing_says_nothing_of_what_is_another_s)
{
    int32_t fenced = -1;
    begin_keeping();
    sell_on(&t.one, "a");
    sell(&t.one, "b");
    ck_assert_int_eq(
        batch_check(t.arena, t.one.store, &t.one.config, &t.one.fence, &t.commit, &fenced),
        STORE_COMMITTED);
    store_abandon(t.one.store);
    raise_fence(&t.two);
    sell(&t.one, "b");
    ck_assert_int_eq(
        batch_check(t.arena, t.one.store, &t.one.config, &t.one.fence, &t.commit, &fenced),
        STORE_FENCED);
    ck_assert_int_eq(fenced, 0);
    end();
}
END_TEST

static bool copy(void *context, const bson_t *document)
{
    *(bson_t **)context = bson_copy(document);
    return false;
}

static bson_t *order_as_it_is(const char *id)
{
    bson_t *found = NULL, *filter = BCON_NEW("_id", BCON_UTF8(id));
    ck_assert_int_eq(mongo_find(t.two.store, "orders", filter, NULL, copy, &found), 0);
    ck_assert_ptr_nonnull(found);
    bson_destroy(filter);
    return found;
}

static void set_back(const char *collection, const char *id, bson_t *update_take)
{
    bson_t *command =
        BCON_NEW("update", BCON_UTF8(collection), "updates", "[", "{", "q", "{", "_id",
                 BCON_UTF8(id), "}", "u", BCON_DOCUMENT(update_take), "}", "]");
    ck_assert(mongo_run_alone(t.two.store, t.two.store->database, command, NULL));
    bson_destroy(command);
    bson_destroy(update_take);
}

static void cancel(const char *order_id, const char *command_id)
{
    clear_inputs();
    when("order.cancel", mem_printf(t.arena, "%s/%s", order_id, command_id), NULL,
         mem_printf(t.arena, "{\"event_id\":\"%s\",\"order_id\":\"%s\"}", t.event_id, order_id));
}

/* Of the order what was before it was cancelled, of its stock what was behind: less than nothing
 * would be held. */
START_TEST(what_is_kept_is_not_mixed_with_what_is_of_a_database_set_back)
{
    begin_keeping();
    when("order.place", mem_printf(t.arena, "%s/hold", t.event_id), NULL,
         mem_printf(t.arena,
                    "{\"event_id\":\"%s\",\"items\":[{\"ticket_type_id\":\"%s\",\"quantity\":1}],"
                    "\"buyer\":{\"name\":\"A\",\"email\":\"a@b.org\"},\"hold_seconds\":600}",
                    t.event_id, t.type_id));
    run(&t.one);
    const char *id = member(&t.inputs[0], "id");
    bson_t *held = order_as_it_is(id);
    cancel(id, "first");
    run(&t.one);
    set_back("orders", id, held);
    set_back("stock", t.type_id, BCON_NEW("$set", "{", "held", BCON_INT64(1), "}"));
    cancel(id, "second");
    ck_assert_int_eq(store_begin(t.one.store), 0);
    ck_assert_int_eq(batch_decide(t.arena, t.one.store, &t.one.config, &t.one.fence,
                                  &(struct clock_time){.wall_ms = clock_wall_ms()}, t.inputs, t.n,
                                  &t.workset),
                     -EAGAIN);
    record_cache_clear(t.one.config.cache);
    run(&t.one);
    ck_assert_int_eq(t.inputs[0].receipt->status, 200);
    ck_assert_int_eq(stock()->held, 0);
    end();
}
END_TEST

CHECK_MAIN("batch_cache", a_hot_sale_reads_only_its_receipt,
           records_of_another_partition_are_not_kept,
           what_another_owner_sold_is_seen_after_a_take_over,
           who_lost_the_partition_writes_nothing_of_what_it_keeps,
           a_record_that_was_written_meanwhile_is_a_conflict_and_read_anew,
           a_batch_that_writes_nothing_says_nothing_of_what_is_another_s,
           what_is_kept_is_not_mixed_with_what_is_of_a_database_set_back)
