/* Lists as they are answered: filtered, in every order, page by page. */
#include "tests/support/check_main.h"

#include <jansson.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/check_in.h"
#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"
#include "tests/db-svc/read/read_fixture.h"

static void keep_attendee(struct world *world, const char *id, const char *name, const char *email,
                          int64_t updated_at)
{
    const struct attendee one = {.id = id,
                                 .version = 1,
                                 .event_id = E,
                                 .created_at = NOW,
                                 .updated_at = updated_at,
                                 .name = name,
                                 .email = email,
                                 .external_id = name,
                                 .status = strcmp(name, "Zoe") == 0 ? ATTENDEE_CONFIRMED
                                                                    : ATTENDEE_UNCONFIRMED};
    keep(world, &collection_attendees, &one);
}

static void keep_attendees(struct world *world)
{
    keep(world, &collection_events, &event);
    keep_attendee(world, ID("attendee", 1), "Ana García", "ana@example.org", NOW + 2);
    keep_attendee(world, ID("attendee", 2), "Bea", "bea@example.org", NOW + 1);
    keep_attendee(world, ID("attendee", 3), "Zoe", "ZOE@example.org", NOW + 1);
}

START_TEST(lists_are_filtered)
{
    struct world world = world_open();
    keep_attendees(&world);
#define A "{\"event_id\": \"" E "\""
    CK_PAGE("attendee.list", A "}", " 1 2 3");
    CK_PAGE("attendee.list", A ", \"status\": \"confirmed\"}", " 3");
    CK_PAGE("attendee.list", A ", \"email\": \"zoe@EXAMPLE.org\"}", " 3");
    CK_PAGE("attendee.list", A ", \"external_id\": \"Bea\"}", " 2");
    CK_PAGE("attendee.list", A ", \"q\": \"GARCIA\"}", " 1");
    CK_PAGE("attendee.list", A ", \"q\": \"be\"}", " 2");
    CK_PAGE("attendee.list", A ", \"q\": \" \"}", " 1 2 3");
    CK_PAGE("attendee.list", A ", \"q\": \"nobody\"}", "");
    CK_PAGE("attendee.list", A ", \"updated_since\": \"2026-01-01T00:00:00.002Z\"}", " 1");
    world_close(&world);
}
END_TEST

START_TEST(pages_follow_each_other_in_every_order)
{
    struct world world = world_open();
    static const struct {
        const char *sort, *ids[4];
    } orders[] = {{"created_at", {" 1", " 2", " 3", NULL}},
                  {"-created_at", {" 3", " 2", " 1", NULL}},
                  {"updated_at", {" 2", " 3", " 1", NULL}},
                  {"-updated_at", {" 1", " 3", " 2", NULL}}};
    keep_attendees(&world);
    for (size_t i = 0; i < 4; i++) {
        const char *next = NULL;
        for (size_t page = 0; page < 3; page++) {
            const char *cursor =
                next == NULL ? "" : mem_printf(world.arena, ", \"cursor\": \"%s\"", next);
            const char *body = mem_printf(world.arena, A ", \"limit\": 1, \"sort\": \"%s\"%s}",
                                          orders[i].sort, cursor);
            ck_assert_str_eq(page_of(&world, "attendee.list", body, &next), orders[i].ids[page]);
            ck_assert_int_eq(next == NULL, page == 2);
        }
    }
    world_close(&world);
}
END_TEST

START_TEST(a_cursor_of_another_list_is_refused)
{
    struct world world = world_open();
    const char *next;
    keep_attendees(&world);
    (void)page_of(&world, "attendee.list", A ", \"limit\": 1}", &next);
    const char *const bodies[][2] = {
        {"attendee.list", A ", \"cursor\": \"nonsense\"}"},
        {"attendee.list", A ", \"cursor\": \"YysxLw\"}"},
        {"attendee.list",
         mem_printf(world.arena, A ", \"sort\": \"updated_at\", \"cursor\": \"%s\"}", next)},
        {"order.list", mem_printf(world.arena, A ", \"cursor\": \"%s\"}", next)},
    };
    for (size_t i = 0; i < 4; i++) {
        json_t *said = ask(&world, 422, bodies[i][0], bodies[i][1], NULL);
        json_t *error = json_array_get(json_object_get(said, "errors"), 0);
        ck_assert_str_eq(text(error, "parameter"), "cursor");
        ck_assert_str_eq(text(error, "code"), "not_allowed");
        json_decref(said);
    }
    world_close(&world);
}
END_TEST

START_TEST(a_page_ends_before_it_is_too_large)
{
    struct world world = world_open();
    const char *next = NULL;
    char *message = mem_zeroed(world.arena, 100001);
    memset(message, 'x', 100000);
    keep(&world, &collection_events, &event);
    for (int i = 0; i < 20; i++) {
        const struct notification one = {
            .id = mem_printf(world.arena, "notif_01jz3w4v9he8qb2m5x7k6d0c%02d", i),
            .event_id = E,
            .message = message};
        keep(&world, &collection_notifications, &one);
    }
    size_t total = 0, pages = 0;
    do {
        const char *cursor =
            next == NULL ? "" : mem_printf(world.arena, ", \"cursor\": \"%s\"", next);
        const char *ids =
            page_of(&world, "notification.list", mem_printf(world.arena, A "%s}", cursor), &next);
        ck_assert_uint_le(strlen(ids) / 2, 9);
        total += strlen(ids) / 2;
        pages++;
    } while (next != NULL);
    ck_assert_uint_eq(total, 20);
    ck_assert_uint_eq(pages, 3);
    world_close(&world);
}
END_TEST

START_TEST(events_are_listed_by_status_and_category)
{
    struct world world = world_open();
    keep_event(&world, ID("event", 1), EVENT_DRAFT, "concert");
    keep_event(&world, ID("event", 2), EVENT_PUBLISHED, "concert");
    keep_event(&world, ID("event", 3), EVENT_PUBLISHED, "fair");
    CK_PAGE("event.list", "{}", " 1 2 3");
    CK_PAGE("event.list", "{\"sort\": \"-created_at\", \"limit\": 2}", " 3 2");
    CK_PAGE("event.list", "{\"status\": \"published\"}", " 2 3");
    CK_PAGE("event.list", "{\"category\": \"concert\"}", " 1 2");
    CK_PAGE("event.list", "{\"category\": \"concert\", \"status\": \"published\"}", " 2");
    world_close(&world);
}
END_TEST

START_TEST(orders_are_listed_by_buyer_and_status)
{
    struct world world = world_open();
    struct person ana = {.name = "Ana", .email = "Ana@Example.org"};
    struct person bea = {.name = "Bea", .email = "bea@example.org"};
    struct order orders[] = {
        {.id = ID("order", 1), .event_id = E, .buyer = &ana, .status = ORDER_PAID},
        {.id = ID("order", 2), .event_id = E, .buyer = &bea, .status = ORDER_PAID},
        {.id = ID("order", 3), .event_id = E, .buyer = &ana, .status = ORDER_HELD},
    };
    keep(&world, &collection_events, &event);
    for (size_t i = 0; i < 3; i++)
        keep(&world, &collection_orders, &orders[i]);
    CK_PAGE("order.list", A "}", " 1 2 3");
    CK_PAGE("order.list", A ", \"email\": \"ANA@example.org\"}", " 1 3");
    CK_PAGE("order.list", A ", \"email\": \"ana@example.org\", \"status\": \"held\"}", " 3");
    CK_PAGE("order.list", A ", \"status\": \"paid\"}", " 1 2");
    world_close(&world);
}
END_TEST

START_TEST(notifications_are_listed_by_whom_they_went_to)
{
    struct world world = world_open();
    struct notification notifications[] = {
        {.id = ID("notif", 1), .event_id = E, .channel = CHANNEL_EMAIL, .message = "a"},
        {.id = ID("notif", 2), .event_id = E, .channel = CHANNEL_SMS, .message = "b"},
        {.id = ID("notif", 3), .event_id = E, .channel = CHANNEL_EMAIL, .message = "c"},
    };
    struct delivery deliveries[] = {
        {.id = ID("delivery", 1),
         .event_id = E,
         .notification_id = ID("notif", 1),
         .address = "Ana@example.org",
         .status = DELIVERY_SENT},
        {.id = ID("delivery", 2),
         .event_id = E,
         .notification_id = ID("notif", 3),
         .address = "ana@example.org",
         .status = DELIVERY_FAILED},
        {.id = ID("delivery", 3),
         .event_id = E,
         .notification_id = ID("notif", 3),
         .address = "bea@example.org",
         .status = DELIVERY_SENT},
    };
    keep(&world, &collection_events, &event);
    for (size_t i = 0; i < 3; i++) {
        keep(&world, &collection_notifications, &notifications[i]);
        keep(&world, &collection_deliveries, &deliveries[i]);
    }
    CK_PAGE("notification.list", A "}", " 1 2 3");
    CK_PAGE("notification.list", A ", \"channel\": \"sms\"}", " 2");
    CK_PAGE("notification.list", A ", \"recipient\": \"ana@example.org\"}", " 1 3");
    CK_PAGE("notification.list", A ", \"recipient\": \"none@example.org\"}", "");
#define N3 A ", \"notification_id\": \"" ID("notif", 3) "\""
    CK_PAGE("delivery.list", N3 "}", " 2 3");
    CK_PAGE("delivery.list", N3 ", \"status\": \"sent\"}", " 3");
    CK_PAGE("delivery.list", N3 ", \"recipient\": \"ANA@example.org\"}", " 2");
    world_close(&world);
}
END_TEST

START_TEST(scans_are_listed_by_result)
{
    struct world world = world_open();
    const struct scan one = {.id = ID("scan", 1), .event_id = E, .result = SCAN_ADMITTED},
                      two = {.id = ID("scan", 2), .event_id = E, .result = SCAN_REFUSED};
    keep(&world, &collection_events, &event);
    keep(&world, &collection_scans, &one);
    keep(&world, &collection_scans, &two);
    CK_PAGE("scan.list", "{\"event_id\": \"" E "\"}", " 1 2");
    CK_PAGE("scan.list", "{\"event_id\": \"" E "\", \"result\": \"refused\"}", " 2");
    world_close(&world);
}
END_TEST

CHECK_MAIN("read_list", lists_are_filtered, pages_follow_each_other_in_every_order,
           a_cursor_of_another_list_is_refused, a_page_ends_before_it_is_too_large,
           events_are_listed_by_status_and_category, orders_are_listed_by_buyer_and_status,
           notifications_are_listed_by_whom_they_went_to, scans_are_listed_by_result)
