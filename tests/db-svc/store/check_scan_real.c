/* Adding up an event's records on a real database, however many and however long ago. Needs
 * MONGO_URI, and MONGO_DB, which it empties. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/store/mongo.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"
#include "tests/support/ids.h"

#define OTHER "event_01jz3w4v9he8qb2m5x7k6d0c2n"
#define CREATED INT64_C(1767225600000)
#define DAY INT64_C(86400000)
#define MANY 5000

#define T struct order
static const struct field part_fields[] = {FIELD_ID(T, id, ORDER_PREFIX),
                                           FIELD_ENUM(T, status, order_status_names)};
static const struct record part = RECORD("order", T, part_fields);
#undef T

static struct {
    void *arena;
    struct store *store;
    bson_t command, list;
    uint32_t n;
} t;

static void begin(void)
{
    char error[STORE_ERROR_SIZE];
    t.arena = mem_arena(NULL, 0);
    store_library_open();
    ck_assert_int_eq(store_open(getenv("MONGO_URI"), getenv("MONGO_DB"), error, &t.store), 0);
    bson_t *drop = BCON_NEW("dropDatabase", BCON_INT32(1));
    ck_assert_msg(mongo_run_alone(t.store, t.store->database, drop, NULL), "%s",
                  store_error(t.store));
    bson_destroy(drop);
    ck_assert_int_eq(store_prepare(t.store), 0);
    bson_init(&t.command);
    (void)BSON_APPEND_UTF8(&t.command, "insert", "orders");
    (void)BSON_APPEND_ARRAY_BEGIN(&t.command, "documents", &t.list);
    t.n = 0;
}

static void given(const char *event_id, int64_t at, uint32_t nth)
{
    char id[ID_SIZE], room[16];
    const char *key;
    uint8_t random[ID_RANDOM] = {1};
    bson_t order;
    memcpy(random + 4, &nth, sizeof nth);
    id_make(id, ORDER_PREFIX, at, random);
    (void)bson_uint32_to_string(t.n++, &key, room, sizeof room);
    (void)bson_append_document_begin(&t.list, key, -1, &order);
    (void)BSON_APPEND_UTF8(&order, "_id", id);
    (void)BSON_APPEND_UTF8(&order, "event_id", event_id);
    (void)BSON_APPEND_UTF8(&order, "status", "paid");
    (void)BSON_APPEND_UTF8(&order, "external_id", "not asked for");
    (void)bson_append_document_end(&t.list, &order);
}

static void insert(void)
{
    bson_t concern;
    (void)bson_append_array_end(&t.command, &t.list);
    /* Scans read what a majority has. */
    (void)BSON_APPEND_DOCUMENT_BEGIN(&t.command, "writeConcern", &concern);
    (void)BSON_APPEND_UTF8(&concern, "w", "majority");
    (void)bson_append_document_end(&t.command, &concern);
    ck_assert_msg(mongo_run_alone(t.store, t.store->database, &t.command, NULL), "%s",
                  store_error(t.store));
    bson_destroy(&t.command);
}

static void end(void)
{
    store_close(t.store);
    store_library_close();
    mem_free(t.arena);
}

struct seen {
    size_t n, most;
    char last[ID_SIZE];
};

static bool see(void *context, void *record)
{
    struct seen *seen = context;
    const struct order *order = record;
    ck_assert_int_gt(strcmp(order->id, seen->last), 0);
    ck_assert_int_eq(order->status, ORDER_PAID);
    ck_assert_ptr_null(order->external_id);
    memcpy(seen->last, order->id, strlen(order->id) + 1);
    return ++seen->n != seen->most;
}

static size_t scan(size_t most)
{
    struct seen seen = {.most = most};
    const struct store_scan what = {.collection = &collection_orders,
                                    .prefix = ORDER_PREFIX,
                                    .event_id = EVENT_ID,
                                    .part = &part,
                                    .since = CREATED,
                                    .until = CREATED + 400 * DAY};
    ck_assert_msg(store_scan(t.store, &what, see, &seen) == 0, "%s", store_error(t.store));
    return seen.n;
}

START_TEST(every_record_of_the_event_is_seen_once_in_order)
{
    begin();
    given(EVENT_ID, CREATED - DAY, 0); /* a clock may be wrong */
    given(EVENT_ID, CREATED, 1);
    given(EVENT_ID, CREATED + 90 * DAY, 2);
    given(EVENT_ID, CREATED + 390 * DAY, 3);
    given(EVENT_ID, CREATED + 400 * DAY, 4);
    given(EVENT_ID, CREATED + 500 * DAY, 5);
    given(OTHER, CREATED + 5, 6);
    insert();
    ck_assert_uint_eq(scan(0), 6);
    ck_assert_uint_eq(scan(2), 2);
    end();
}
END_TEST

/* A quiet month, then one very bad minute: part of it in the very same millisecond. */
START_TEST(many_at_once_after_a_long_silence_are_seen_once)
{
    begin();
    given(EVENT_ID, CREATED, 0);
    for (uint32_t i = 0; i < MANY; i++)
        given(EVENT_ID, CREATED + 30 * DAY + (i < 2 * MANY / 3 ? 0 : i), i);
    given(EVENT_ID, CREATED + 399 * DAY, MANY);
    insert();
    ck_assert_uint_eq(scan(0), MANY + 2);
    end();
}
END_TEST

START_TEST(of_none_nothing_is_seen)
{
    begin();
    given(OTHER, CREATED, 0);
    insert();
    ck_assert_uint_eq(scan(0), 0);
    end();
}
END_TEST

CHECK_MAIN("scan", every_record_of_the_event_is_seen_once_in_order,
           many_at_once_after_a_long_silence_are_seen_once, of_none_nothing_is_seen)
