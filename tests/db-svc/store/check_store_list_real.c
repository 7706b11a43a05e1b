/* Lists on a real database: in either order, filtered, searched, and each with its index. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <string.h>

#include "db-svc/store/list.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "tests/db-svc/store/store_fixture.h"
#include "tests/support/ids.h"

static bool see_next(void *context, void *record)
{
    struct seen *seen = context;
    see(seen, record);
    return seen->n != seen->most;
}

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
    struct store_match of_order[] = {{"order_id", "order_1", false}};
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
        {DELIVERIES, BY(of_order)},
        {.collection = &collection_scans, BY(of_order)},
        {EVENTS, BY(of_category)},
        {EVENTS, BY(of_status)},
        {EVENTS, .by_update = true, .updated_since = {true, NOW}},
        {EVENTS, .by_start = true, .starts_from = {true, NOW}},
        {EVENTS, BY(of_status), .by_start = true, .starts_from = {true, NOW}},
        {EVENTS, .by_start = true, .after_id = "event_1", .after_update = NOW},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        ck_assert_msg(uses_index(store, &lists[i]), "list %zu of %s reads the whole collection", i,
                      lists[i].collection->name);
    close_last(store);
}
END_TEST

CHECK_MAIN("store_list", lists_go_by_creation_or_by_update_either_way, lists_are_filtered,
           any_words_beginning_finds_a_person, a_marked_list_is_read_the_same,
           every_filter_of_a_list_has_its_index)
