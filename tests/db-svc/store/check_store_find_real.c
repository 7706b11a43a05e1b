/* What is found in a real database: by id, by key, by what is due, and page by page. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"
#include "tests/db-svc/store/store_fixture.h"
#include "tests/support/ids.h"

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

CHECK_MAIN("store_find", records_are_found_by_id_and_by_key, pages_go_on_where_they_ended,
           who_is_written_to_finds_what_until_it_is_erased,
           what_is_due_comes_earliest_first_and_only_of_the_partition)
