/* Packed receipts in a real database, and one of a release that knew none. MONGO_URI, and MONGO_DB,
 * which each test empties. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <string.h>

#include "db-svc/store/mongo.h"
#include "libshared/base/mem.h"
#include "tests/db-svc/store/store_fixture.h"
#include "tests/support/ids.h"

static void run_alone(struct store *store, bson_t *command_take)
{
    ck_assert_msg(mongo_run_alone(store, store->database, command_take, NULL), "%s",
                  store_error(store));
    bson_destroy(command_take);
}

/* As a release before has made it, which knew no packed receipts. */
static void forget_that_receipts_are_packed(struct store *store)
{
    run_alone(store, BCON_NEW("delete", "keys", "deletes", "[", "{", "q", "{", "_id", "receipts",
                              "}", "limit", BCON_INT32(0), "}", "]"));
}

static bool find_body(void *context, const bson_t *document)
{
    *(bool *)context = bson_has_field(document, "body");
    return true;
}

static bool is_packed(struct store *store, uint8_t id)
{
    bool plain = false;
    uint8_t bytes[RECEIPT_ID];
    memset(bytes, id, sizeof bytes);
    bson_t *filter = BCON_NEW("_id", BCON_BIN(BSON_SUBTYPE_BINARY, bytes, sizeof bytes));
    ck_assert_int_eq(mongo_find(store, "receipts", filter, NULL, find_body, &plain), 0);
    bson_destroy(filter);
    return !plain;
}

static void keep_receipt(struct store *store, struct fence *fence, uint8_t id)
{
    struct batch batch;
    batch_open(&batch, "me", *fence);
    batch_receipt(&batch, id);
    ck_assert_int_eq(commit(store, &batch), STORE_COMMITTED);
    *fence = batch.fence;
}

START_TEST(an_older_database_has_receipts_packed_once_it_is_told)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *first = open_empty(), *second = open_another();
    forget_that_receipts_are_packed(first);
    ck_assert_int_eq(store_prepare(second), 0);
    struct fence fence = raise_fence(second, "me", 0);
    keep_receipt(second, &fence, 1);
    ck_assert_int_eq(store_pack_receipts(second), 0);
    keep_receipt(second, &fence, 2);
    ck_assert_int_eq(store_prepare(first), 0); /* another process learns of it when it starts */
    keep_receipt(first, &fence, 3);
    ck_assert(!is_packed(first, 1));
    ck_assert(is_packed(first, 2));
    ck_assert(is_packed(first, 3));
    for (uint8_t id = 1; id <= 3; id++)
        ck_assert_str_eq(load_receipt(first, arena, id)->body, "{}");
    store_close(second);
    close_last(first);
}
END_TEST

START_TEST(a_new_database_has_receipts_packed)
{
    struct store *store = open_empty();
    struct fence fence = raise_fence(store, "me", 0);
    keep_receipt(store, &fence, 1);
    ck_assert(is_packed(store, 1));
    close_last(store);
}
END_TEST

START_TEST(a_packed_receipt_that_cannot_be_read_is_no_answer)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    struct fence fence = raise_fence(store, "me", 0);
    uint8_t ids[1][RECEIPT_ID];
    struct receipt *kept;
    keep_receipt(store, &fence, 1);
    run_alone(store,
              BCON_NEW("update", "receipts", "updates", "[", "{", "q", "{", "}", "u", "{", "$set",
                       "{", "answer", BCON_BIN(BSON_SUBTYPE_BINARY, (const uint8_t *)"x", 1), "}",
                       "}", "}", "]"));
    memset(ids[0], 1, RECEIPT_ID);
    ck_assert_int_eq(store_load_receipts(store, arena, ids, 1, &kept), -EBADMSG);
    close_last(store);
}
END_TEST

CHECK_MAIN("store_receipts", an_older_database_has_receipts_packed_once_it_is_told,
           a_new_database_has_receipts_packed, a_packed_receipt_that_cannot_be_read_is_no_answer)
