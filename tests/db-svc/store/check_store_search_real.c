/* Searches over all events on a real database: newest first, however long ago, each with its index.
 * Needs MONGO_URI, and MONGO_DB, which it empties. */
#include "tests/support/check_main.h"

#include <string.h>

#include "db-svc/store/list.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/contract/order.h"
#include "tests/db-svc/store/store_fixture.h"
#include "tests/support/ids.h"

#define OTHER "event_01jz3w4v9he8qb2m5x7k6d0c1z"
#define YEAR (INT64_C(365) * 24 * 3600 * 1000)

static const char *order_at(void *arena, int64_t at)
{
    char *id = mem_zeroed(arena, ID_SIZE);
    id_make(id, ORDER_PREFIX, at, (const uint8_t[ID_RANDOM]){1});
    return id;
}

static void keep_order(struct store *store, void *arena, int64_t at, const char *event_id,
                       const char *name)
{
    struct person buyer = {.name = name, .email = "ana@example.org"};
    struct order order = {.id = order_at(arena, at),
                          .version = 1,
                          .created_at = at,
                          .updated_at = at,
                          .event_id = event_id,
                          .status = ORDER_PAID,
                          .total = {100, "EUR"},
                          .refunded = {0, "EUR"},
                          .buyer = &buyer};
    keep(store, &collection_orders, &order);
}

/* Names of what was found, in the order in which it was. */
struct found {
    char names[200];
    size_t n, most;
};

static bool take(void *context, void *record, bool *ret_keep)
{
    struct found *found = context;
    const struct order *order = record;
    (void)strncat(found->names, " ", sizeof found->names - strlen(found->names) - 1);
    (void)strncat(found->names, order->buyer->name, sizeof found->names - strlen(found->names) - 1);
    *ret_keep = true;
    return ++found->n != found->most;
}

static void ck_search(struct store *store, struct store_search search, size_t most,
                      const char *names)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct found found = {.most = most};
    search.collection = &collection_orders;
    search.prefix = ORDER_PREFIX;
    search.now = NOW;
    ck_assert_msg(store_search(store, arena, &search, take, &found) == 0, "%s", store_error(store));
    ck_assert_str_eq(found.names, names);
}
#define SEARCH(...) ((struct store_search){__VA_ARGS__})

static struct store *open_filled(void *arena)
{
    struct store *store = open_empty();
    keep_order(store, arena, NOW - 20 * YEAR, EVENT_ID, "Garcia-Old");
    keep_order(store, arena, NOW - YEAR, OTHER, "Garcia-Last");
    keep_order(store, arena, NOW - 5000, EVENT_ID, "Lopez");
    keep_order(store, arena, NOW - 10, EVENT_ID, "García-Now");
    keep_order(store, arena, NOW + 60000, OTHER, "Garcia-Soon");
    return store;
}

START_TEST(orders_of_all_times_and_events_are_found_newest_first)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_filled(arena);
    ck_search(store, SEARCH(), 0, " Garcia-Soon García-Now Lopez Garcia-Last Garcia-Old");
    ck_search(store, SEARCH(.q = "garcia"), 0, " Garcia-Soon García-Now Garcia-Last Garcia-Old");
    ck_search(store, SEARCH(.q = "garcia"), 2, " Garcia-Soon García-Now");
    ck_search(store, SEARCH(.q = "old gar"), 0, " Garcia-Old");
    ck_search(store, SEARCH(.q = "garciax"), 0, "");
    ck_search(store, SEARCH(.event_id = OTHER), 0, " Garcia-Soon Garcia-Last");
    ck_search(store, SEARCH(.filter = "email", .text = "ana@example.org", .q = "lopez"), 0,
              " Lopez");
    close_last(store);
}
END_TEST

START_TEST(a_holder_is_found_by_a_whole_address_too)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_filled(arena);
    struct person buyer = {.name = "Buyer", .email = "ana@example.org"};
    struct ticket_holder holder = {.name = "Holder", .email = "Eva@example.org"};
    struct ticket ticket = {.code = "c1", .status = TICKET_VALID, .attendee = &holder};
    struct order order = {.id = order_at(arena, NOW - 7),
                          .version = 1,
                          .event_id = EVENT_ID,
                          .status = ORDER_PAID,
                          .buyer = &buyer,
                          .tickets = {.at = &ticket, .n = 1}};
    keep(store, &collection_orders, &order);
    ck_search(store, SEARCH(.filter = "email", .text = "eva@example.org"), 0, " Buyer");
    ck_search(store, SEARCH(.filter = "email", .text = "ana@example.org", .q = "buyer"), 0,
              " Buyer");
    close_last(store);
}
END_TEST

START_TEST(a_search_goes_on_behind_a_record_and_keeps_to_its_times)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_filled(arena);
    ck_search(store,
              SEARCH(.after_id = order_at(arena, NOW - 10), .after_ms = NOW - 10, .q = "garcia"), 0,
              " Garcia-Last Garcia-Old");
    ck_search(store, SEARCH(.from = {true, NOW - YEAR}, .before = {true, NOW - 10}), 0,
              " Lopez Garcia-Last");
    ck_search(store, SEARCH(.from = {true, NOW + 60001}), 0, "");
    ck_search(store, SEARCH(.before = {true, NOW - 20 * YEAR}), 0, "");
    ck_search(store, SEARCH(.from = {true, INT64_MIN}, .before = {true, INT64_MAX}), 1,
              " Garcia-Soon");
    close_last(store);
}
END_TEST

START_TEST(more_than_a_stretch_of_one_moment_is_found_whole)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_empty();
    for (int i = 0; i < 20; i++)
        keep_order(store, arena, NOW - i, EVENT_ID, i < 19 ? "a" : "last");
    struct found found = {0};
    ck_assert_int_eq(store_search(store, arena,
                                  &(struct store_search){.collection = &collection_orders,
                                                         .prefix = ORDER_PREFIX,
                                                         .now = NOW},
                                  take, &found),
                     0);
    ck_assert_uint_eq(found.n, 20);
    ck_assert_str_eq(strrchr(found.names, ' '), " last");
    close_last(store);
}
END_TEST

START_TEST(a_search_has_its_index)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct store *store = open_filled(arena);
    bson_t reply;
    bson_error_t error;
    bson_t *command =
        BCON_NEW("explain", "{", "find", "orders", "filter", "{", "search", "q:garci", "_id", "{",
                 "$gte", BCON_UTF8("order_0"), "$lt", BCON_UTF8("order_z"), "}", "}", "sort", "{",
                 "_id", BCON_INT32(-1), "}", "}", "verbosity", "queryPlanner");
    ck_assert_msg(
        mongoc_client_command_simple(store->client, store->database, command, NULL, &reply, &error),
        "%s", error.message);
    char *plan = bson_as_relaxed_extended_json(&reply, NULL);
    ck_assert_msg(strstr(plan, "IXSCAN") != NULL && strstr(plan, "COLLSCAN") == NULL, "%s", plan);
    bson_free(plan);
    bson_destroy(&reply);
    bson_destroy(command);
    close_last(store);
}
END_TEST

CHECK_MAIN("store_search", orders_of_all_times_and_events_are_found_newest_first,
           a_holder_is_found_by_a_whole_address_too,
           a_search_goes_on_behind_a_record_and_keeps_to_its_times,
           more_than_a_stretch_of_one_moment_is_found_whole, a_search_has_its_index)
