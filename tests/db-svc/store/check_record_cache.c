/* Records that a writer keeps: as it left them, of its own partitions only, and not more than fit.
 */
#include "tests/support/check_main.h"

#include <string.h>

#include "db-svc/store/record_cache.h"
#include "libshared/base/mem.h"
#include "libshared/contract/ticket_type.h"
#include "tests/support/ids.h"

#define ROOM 100000

static struct {
    void *arena;
    struct record_cache *cache;
    struct fence fences[4];
} t;

static void open_cache(size_t bytes)
{
    t.arena = mem_arena(NULL, 0);
    t.cache = record_cache_new(t.arena, bytes);
    for (int32_t p = 0; p < 4; p++)
        t.fences[p] = (struct fence){.partition = p, .epoch = 1, .batch = 7};
}

static void begin(int32_t partition)
{
    record_cache_begin(t.cache, &t.fences[partition], 1);
}

static struct stock stock_of(const char *id, int64_t rev)
{
    return (struct stock){
        .id = id, .version = 1, .rev = rev, .event_id = EVENT_ID, .capacity = 10, .sold = rev};
}

static void commit(int32_t partition, const char *id, int64_t rev)
{
    const struct stock stock = stock_of(id, rev);
    t.fences[partition].batch++;
    record_cache_moved(t.cache, &t.fences[partition], 1);
    record_cache_keep(t.cache, partition, &collection_stock, id, &stock);
}

static const struct stock *read(const char *id)
{
    return record_cache_read(t.cache, t.arena, &collection_stock, id);
}

START_TEST(what_was_written_last_is_read)
{
    open_cache(ROOM);
    begin(0);
    ck_assert_ptr_null(read(GENERAL_ID));
    ck_assert(!record_cache_was_read(t.cache));
    commit(0, GENERAL_ID, 3);
    begin(0);
    commit(0, GENERAL_ID, 4);
    begin(0);
    const struct stock *kept = read(GENERAL_ID);
    ck_assert_ptr_nonnull(kept);
    ck_assert_int_eq(kept->rev, 4);
    ck_assert_int_eq(kept->sold, 4);
    ck_assert_str_eq(kept->event_id, EVENT_ID);
    ck_assert(record_cache_was_read(t.cache));
    ck_assert_ptr_null(record_cache_read(t.cache, t.arena, &collection_pools, GENERAL_ID));
    record_cache_keep(t.cache, 0, &collection_stock, GENERAL_ID, NULL); /* it was deleted */
    ck_assert_ptr_null(read(GENERAL_ID));
    mem_free(t.arena);
}
END_TEST

START_TEST(a_fence_that_is_not_as_it_was_left_drops_its_records)
{
    for (int way = 0; way < 3; way++) {
        open_cache(ROOM);
        begin(0);
        commit(0, GENERAL_ID, 1);
        begin(1);
        commit(1, VIP_ID, 1);
        if (way == 0)
            t.fences[0].epoch++; /* taken over again */
        else if (way == 1)
            t.fences[0].batch++; /* a batch that this cache knows nothing of */
        else
            t.fences[0].batch--;
        begin(0);
        ck_assert_ptr_null(read(GENERAL_ID));
        begin(1);
        ck_assert_ptr_nonnull(read(VIP_ID));
        mem_free(t.arena);
    }
}
END_TEST

START_TEST(nothing_is_read_of_a_partition_that_is_not_of_the_batch)
{
    open_cache(ROOM);
    begin(0);
    commit(0, GENERAL_ID, 1);
    begin(1);
    ck_assert_ptr_null(read(GENERAL_ID));
    begin(0);
    ck_assert_ptr_nonnull(read(GENERAL_ID));
    mem_free(t.arena);
}
END_TEST

START_TEST(after_a_failure_nothing_is_read)
{
    open_cache(ROOM);
    begin(0);
    commit(0, GENERAL_ID, 1);
    record_cache_clear(t.cache);
    begin(0);
    ck_assert_ptr_null(read(GENERAL_ID));
    mem_free(t.arena);
}
END_TEST

START_TEST(the_least_recently_read_make_room)
{
    char id[32];
    open_cache(2000);
    begin(0);
    for (int i = 0; i < 100; i++) {
        (void)snprintf(id, sizeof id, "type_%d", i);
        commit(0, id, 1);
        begin(0);
        ck_assert_ptr_nonnull(read("type_0"));
        ck_assert_uint_le(record_cache_bytes(t.cache), 2000);
    }
    ck_assert_ptr_nonnull(read("type_99"));
    ck_assert_ptr_null(read("type_1"));
    mem_free(t.arena);
}
END_TEST

START_TEST(kinds_that_others_write_too_are_not_kept)
{
    ck_assert(collection_stock.kept && collection_events.kept && collection_ticket_types.kept &&
              collection_pools.kept);
    ck_assert(!collection_suppressions.kept);
    for (size_t i = 0; collections[i] != NULL; i++)
        ck_assert_msg(!collections[i]->kept || collections[i]->key_path == NULL,
                      "%s has keys over all partitions", collections[i]->name);
}
END_TEST

CHECK_MAIN("record_cache", what_was_written_last_is_read,
           a_fence_that_is_not_as_it_was_left_drops_its_records,
           nothing_is_read_of_a_partition_that_is_not_of_the_batch, after_a_failure_nothing_is_read,
           the_least_recently_read_make_room, kinds_that_others_write_too_are_not_kept)
