/* What a record becomes in the store, and back. Needs no database. */
#include "tests/support/check_main.h"

#include <jansson.h>
#include <string.h>

#include "db-svc/store/bson.h"
#include "db-svc/store/collection.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/attendee_change.h"
#include "libshared/contract/cancellation.h"
#include "libshared/contract/check_in.h"
#include "libshared/contract/dead_code.h"
#include "libshared/contract/check_in_list.h"
#include "libshared/contract/deletion.h"
#include "libshared/contract/erasure.h"
#include "libshared/contract/event.h"
#include "libshared/contract/import.h"
#include "libshared/contract/ledger.h"
#include "libshared/contract/message_texts.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"
#include "libshared/contract/payment.h"
#include "libshared/contract/suppression.h"
#include "libshared/contract/ticket_type.h"
#include "tests/support/ids.h"

#define COMMON(prefix)                                                                             \
    .id = prefix "_01jz3w4v9he8qb2m5x7k6d0c1n", .version = 3, .rev = 7,                            \
    .created_at = 1767225600123, .updated_at = 1767225600456

static const char *names[] = {"seat.row", "$vip", "note"};
static const char *values[] = {"12", "yes", "Ünïcödé \xf0\x9f\x8e\xab"};

static const struct event event = {
    COMMON(EVENT_PREFIX),
    .external_id = "x-1",
    .name = "Spring concert",
    .time_zone = "Europe/Madrid",
    .location = "Town hall",
    .category = "concert",
    .currency = "EUR",
    .starts_at = -1,
    .ends_at = {true, 253402300799999},
    .status = EVENT_PUBLISHED,
    .metadata = {names, values, 3},
};
static const struct ticket_type ticket_type = {
    COMMON(TICKET_TYPE_PREFIX), .event_id = EVENT_ID,         .type = "general",
    .name = "General",          .price = {2500, "EUR"},       .capacity = TICKET_TYPE_CAPACITY_MAX,
    .sales_start = {true, 0},   .per_order_limit = {true, 4},
};
static const struct stock stock = {COMMON(TICKET_TYPE_PREFIX), .event_id = EVENT_ID,
                                   .capacity = 100, .sold = 0, .held = 2};
static struct order_item items[] = {{.ticket_type_id = GENERAL_ID,
                                     .quantity = 2,
                                     .unit_price = {2500, "EUR"},
                                     .amount = {5000, "EUR"}}};
static struct person buyer = {.name = "Ana", .email = "Ana@Example.org", .phone = "+34600111222"};
static struct ticket tickets[] = {
    {.code = "one", .ticket_type_id = GENERAL_ID, .status = TICKET_VALID},
    {.code = "two",
     .ticket_type_id = GENERAL_ID,
     .status = TICKET_CHECKED_IN,
     .checked_in_at = {true, 1767225600789},
     .gate = "north",
     .nonce = "n"},
    {.code = "three",
     .ticket_type_id = GENERAL_ID,
     .status = TICKET_VOID,
     .void_reason = VOID_REFUNDED,
     .keeps_place = {true, true},
     .cancelled_by_buyer = {true, true}},
};
static struct order_payment payments[] = {{.payment_id = "p-1",
                                           .refund_id = "r-1",
                                           .status = PAYMENT_REFUNDED,
                                           .amount = {2500, "EUR"},
                                           .at = {true, 1767225600789},
                                           .reason = "asked for"}};
static const struct order order = {
    COMMON(ORDER_PREFIX),     .event_id = EVENT_ID,
    .items = {items, 1},      .buyer = &buyer,
    .total = {5000, "EUR"},   .status = ORDER_PAID,
    .paid = {5000, "EUR"},    .refunded = {2500, "EUR"},
    .refund_due = {0, "EUR"}, .payments = {payments, 1},
    .tickets = {tickets, 3},  .due_at = {true, 1767225601000},
    .partition = 5,
};
static const struct attendee attendee = {
    COMMON(ATTENDEE_PREFIX),
    .event_id = EVENT_ID,
    .name = "Ana",
    .email = "Ana@Example.org",
    .status = ATTENDEE_UNCONFIRMED,
    .email_folded = "ana@example.org",
    .key = EVENT_ID "/ana@example.org",
};
static const char *attendee_ids[] = {"attendee_01jz3w4v9he8qb2m5x7k6d0c1n"};
static struct audience audience = {.attendees = {attendee_ids, 1}};
static struct notification_counts counts = {.queued = 1, .sent = 2};
static const struct notification notification = {
    COMMON(NOTIFICATION_PREFIX),
    .event_id = EVENT_ID,
    .channel = CHANNEL_EMAIL,
    .subject = "Doors",
    .message = "They open at seven.",
    .audience = &audience,
    .send_at = {true, 1767225600000},
    .status = NOTIFICATION_SENDING,
    .counts = &counts,
    .expanded = {true, false},
    .due_at = {true, 1767225600000},
    .partition = 0,
};
static const struct delivery delivery = {
    COMMON(DELIVERY_PREFIX),
    .event_id = EVENT_ID,
    .notification_id = "notif_01jz3w4v9he8qb2m5x7k6d0c1n",
    .recipient = "Ana",
    .address = "ana@example.org",
    .channel = CHANNEL_EMAIL,
    .status = DELIVERY_SENDING,
    .attempts = 2,
    .claim = "c",
    .partition = 7,
};
static struct buyer_quota_item buyer_quota_items[] = {{GENERAL_ID, 4}};
static const struct buyer_quota quota = {COMMON("tally"), .event_id = EVENT_ID,
                                         .items = {buyer_quota_items, 1}};
static const struct dead_code dead_code = {COMMON("code"), .event_id = EVENT_ID,
                                           .order_id = "order_01jz3w4v9he8qb2m5x7k6d0c1n",
                                           .ticket = {true, 2}};
static const struct scan scan = {
    COMMON(SCAN_PREFIX), .event_id = EVENT_ID,   .code_hash = "ab12", .gate = "north",
    .at = 1780000000000, .result = SCAN_REFUSED, .reason = "void",
};

static struct import_error import_errors_kept[] = {{7, "email", "invalid_email", "No."}};
static const struct import import = {COMMON(IMPORT_PREFIX),
                                     .event_id = EVENT_ID,
                                     .status = IMPORT_DONE,
                                     .dry_run = {true, true},
                                     .imported = 3,
                                     .rejected = 1,
                                     .errors = {import_errors_kept, 1}};
static const struct list_anchor mark = {COMMON(ATTENDEE_PREFIX), .event_id = EVENT_ID};
static const struct attendee_counters counters = {COMMON(EVENT_PREFIX), .event_id = EVENT_ID,
                                                  .unconfirmed = 3, .confirmed = 2, .cancelled = 1};
static const struct payment payment = {
    COMMON("payment"),
    .event_id = EVENT_ID,
    .order_id = "order_01jz3w4v9he8qb2m5x7k6d0c1n",
    .amount = {5000, "EUR"},
    .refund_due = "already_paid",
};

static const struct cancellation cancellation = {
    COMMON(EVENT_PREFIX), .event_id = EVENT_ID, .status = CANCELLATION_RUNNING,
    .orders_done = 7,     .orders = ORDER_PAID, .after = "order_01jz3w4v9he8qb2m5x7k6d0c1n",
};

static const struct pool pool = {
    COMMON("pool"), .event_id = EVENT_ID,   .name = "floor", .capacity = 10, .sold = 2,
    .held = 1,      .removed = {true, true}};
static const char *list_gates[] = {"north", "south"};
static struct notification_text own_text = {"ca", "Canvi", "Ara: {{event.starts_at}}"};
static const struct message_texts message_texts = {COMMON(EVENT_PREFIX), .event_id = EVENT_ID,
                                                   .of = {[MESSAGE_MOVED] = {&own_text, 1}}};
static const struct check_in_list check_in_list = {COMMON(CHECK_IN_LIST_PREFIX),
                                                   .event_id = EVENT_ID,
                                                   .name = "Door",
                                                   .gates = {list_gates, 2},
                                                   .from = {true, 1},
                                                   .until = {true, 2},
                                                   .mode = MODE_ENTRY_EXIT,
                                                   .max_inside = {true, 5},
                                                   .admitted = 4,
                                                   .inside = 3};
static const struct deletion deletion = {COMMON(EVENT_PREFIX),       .event_id = EVENT_ID,
                                         .status = DELETION_RUNNING, .removed = 7,
                                         .collection = "orders",     .page = 3};
static const char *changed[] = {"name"};
static const struct attendee_change attendee_change = {
    COMMON(ATTENDEE_CHANGE_PREFIX), .event_id = EVENT_ID,  .at = 1780000000000,
    .command = "attendee.update",   .source = "/rest/crm", .command_id = "1",
    .changed = {changed, 1},
};
static const char *phones[] = {"+34600111222"};
static const struct erasure erasure = {
    COMMON(ERASURE_PREFIX),
    .event_id = EVENT_ID,
    .status = ERASURE_RUNNING,
    .orders = 3,
    .page = 2,
    .email = "ana@example.org",
    .phones = {phones, 1},
};

static struct ledger_row ledger_rows[] = {{.at = 5,
                                           .movement = MOVEMENT_SOLD,
                                           .sold = {true, 2},
                                           .order_id = "order_01jz3w4v9he8qb2m5x7k6d0c1n",
                                           .command = "order.place",
                                           .receipt = "00",
                                           .rev = 9}};
static const struct ledger_page ledger_page = {COMMON(LEDGER_PREFIX), .event_id = EVENT_ID,
                                               .of = EVENT_ID "/floor", .pool = "floor",
                                               .rows = {ledger_rows, 1}};

static const struct suppression suppression = {
    .id = "suppression_01jz3w4v9he8qb2m5x7k6d0c1n",
    .channel = CHANNEL_EMAIL,
    .address = "ana@example.org",
    .reason = SUPPRESSION_COMPLAINED,
    .detail = "abuse",
};

static struct job job = {
    .id = "cancel/event_01jz3w4v9he8qb2m5x7k6d0c1n",
    .event_id = "event_01jz3w4v9he8qb2m5x7k6d0c1n",
    .partition = 3,
    .due_at = {true, 1790000000123},
    .type = "event.cancel_page",
    .command_id = "cancel/event_01jz3w4v9he8qb2m5x7k6d0c1n/held/first",
    .body = "{\"orders\":\"held\"}",
};

static const struct picture_file picture = {
    .id = "event_01jz3w4v9he8qb2m5x7k6d0c1n",
    .version = 2,
    .event_id = "event_01jz3w4v9he8qb2m5x7k6d0c1n",
    .sha256 = "c0",
    .content_type = "image/jpeg",
    .width = 2,
    .height = 1,
    .data = "AAEC",
};

static const struct {
    const struct collection *collection;
    const void *record;
} kept[] = {
    {&collection_events, &event},
    {&collection_ticket_types, &ticket_type},
    {&collection_stock, &stock},
    {&collection_orders, &order},
    {&collection_attendees, &attendee},
    {&collection_notifications, &notification},
    {&collection_deliveries, &delivery},
    {&collection_buyer_quotas, &quota},
    {&collection_scans, &scan},
    {&collection_attendee_counters, &counters},
    {&collection_payments, &payment},
    {&collection_cancellations, &cancellation},
    {&collection_dead_codes, &dead_code},
    {&collection_imports, &import},
    {&collection_pools, &pool},
    {&collection_erasures, &erasure},
    {&collection_attendee_changes, &attendee_change},
    {&collection_deletions, &deletion},
    {&collection_check_in_lists, &check_in_list},
    {&collection_message_texts, &message_texts},
    {&collection_pictures, &picture},
    {&collection_ledger, &ledger_page},
    {&collection_suppressions, &suppression},
    {&collection_list_anchors, &mark},
    {&collection_jobs, &job},
};
#define KEPT (sizeof kept / sizeof *kept)

static json_t *stored_json(const struct record *record, const void *members)
{
    struct json_sink sink;
    json_sink_open(&sink);
    record_write(record, members, RECORD_STORE, &sink.sink);
    return json_sink_close(&sink);
}

static void write_record(bson_t *document, const struct collection *collection, const void *record)
{
    struct bson_sink sink;
    bson_sink_open(&sink, document);
    record_write(collection->record, record, RECORD_STORE, &sink.sink);
}

START_TEST(every_kind_of_record_comes_back_as_it_was)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < KEPT; i++) {
        const struct record *record = kept[i].collection->record;
        bson_t document = BSON_INITIALIZER;
        write_record(&document, kept[i].collection, kept[i].record);
        const void *back = bson_record(arena, record, &document);
        bson_destroy(&document); /* what came back has all it needs in the arena */
        json_t *was = stored_json(record, kept[i].record), *is = stored_json(record, back);
        ck_assert_msg(json_equal(was, is), "%s: %s became %s", record->name,
                      json_dumps(was, JSON_COMPACT), json_dumps(is, JSON_COMPACT));
        json_decref(was);
        json_decref(is);
    }
}
END_TEST

START_TEST(every_collection_is_tried)
{
    size_t n = 0;
    while (collections[n] != NULL)
        n++;
    ck_assert_uint_eq(n, KEPT);
}
END_TEST

START_TEST(the_id_is_the_key_and_times_are_dates)
{
    bson_t document = BSON_INITIALIZER;
    write_record(&document, &collection_orders, &order);
    bson_iter_t at, in;
    ck_assert(bson_iter_init_find(&at, &document, "_id"));
    ck_assert_str_eq(bson_iter_utf8(&at, NULL), order.id);
    ck_assert(!bson_iter_init_find(&at, &document, "id"));
    ck_assert(bson_iter_init_find(&at, &document, "created_at"));
    ck_assert(BSON_ITER_HOLDS_DATE_TIME(&at));
    ck_assert_int_eq(bson_iter_date_time(&at), order.created_at);
    ck_assert(bson_iter_init(&at, &document) &&
              bson_iter_find_descendant(&at, "tickets.1.checked_in_at", &in));
    ck_assert(BSON_ITER_HOLDS_DATE_TIME(&in));
    ck_assert(!bson_iter_init_find(&at, &document, "hold_seconds"));
    bson_destroy(&document);
}
END_TEST

START_TEST(what_is_stored_otherwise_stays_unset)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    bson_t *document =
        BCON_NEW("_id", BCON_INT32(5), "name", BCON_NULL, "later", BCON_UTF8("unknown"),
                 "created_at", BCON_UTF8("text"), "status", BCON_UTF8("no such status"), "metadata",
                 BCON_INT32(1), "version", BCON_INT32(9), "starts_at", BCON_DATE_TIME(5));
    const struct event *back = bson_record(arena, &event_record, document);
    ck_assert_ptr_null(back->id);
    ck_assert_ptr_null(back->name);
    ck_assert_int_eq(back->created_at, 0);
    ck_assert_int_eq(back->status, EVENT_UNSET);
    ck_assert_uint_eq(back->metadata.n, 0);
    ck_assert_int_eq(back->version, 9); /* a person may have written a shorter integer */
    ck_assert_int_eq(back->starts_at, 5);
    bson_destroy(document);
}
END_TEST

/* The present release's: nothing of payments, nor of reasons. */
static const struct order *old_order(const void *arena, const char *status, const char *first,
                                     const char *second)
{
    bson_t *document = BCON_NEW("_id", BCON_UTF8("order_01jz3w4v9he8qb2m5x7k6d0c1n"), "version",
                                BCON_INT64(3), "status", BCON_UTF8(status), "total", "{", "amount",
                                BCON_INT64(5000), "currency", BCON_UTF8("EUR"), "}", "tickets", "[",
                                "{", "code", BCON_UTF8("one"), "status", BCON_UTF8(first), "}", "{",
                                "code", BCON_UTF8("two"), "status", BCON_UTF8(second), "}", "]");
    const struct order *back = bson_record(arena, &order_record, document);
    bson_destroy(document);
    return back;
}

static int64_t amount_of(const json_t *shown, const char *member)
{
    const json_t *money = json_object_get(shown, member);
    ck_assert_str_eq(json_string_value(json_object_get(money, "currency")), "EUR");
    return json_integer_value(json_object_get(money, "amount"));
}

static void old_order_reads(const char *status, const char *first, const char *second,
                            const int64_t money[3], const char *reason)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    json_t *shown = record_json(&order_record, old_order(arena, status, first, second));
    ck_assert_int_eq(amount_of(shown, "paid"), money[0]);
    ck_assert_int_eq(amount_of(shown, "refunded"), money[1]);
    ck_assert_int_eq(amount_of(shown, "refund_due"), money[2]);
    const json_t *ticket = json_array_get(json_object_get(shown, "tickets"), 0);
    const char *said = json_string_value(json_object_get(ticket, "void_reason"));
    ck_assert_str_eq(said != NULL ? said : "", reason);
    json_decref(shown);
}

START_TEST(an_order_of_an_older_release_says_what_can_be_told_of_its_money)
{
    old_order_reads("paid", "valid", "checked_in", (const int64_t[]){5000, 0, 0}, "");
    old_order_reads("refunded", "void", "void", (const int64_t[]){5000, 5000, 0}, "refunded");
    old_order_reads("cancelled", "void", "void", (const int64_t[]){5000, 0, 0}, "cancelled");
    /* Cancelled or refunded: that was not kept. */
    old_order_reads("paid", "void", "valid", (const int64_t[]){5000, 0, 0}, "");
}
END_TEST

START_TEST(an_older_order_without_tickets_does_too)
{
    static const struct {
        const char *status;
        int64_t paid, refunded, due;
    } rows[] = {{"held", 0, 0, 0},
                {"expired", 0, 0, 0},
                {"cancelled", 0, 0, 0},
                {"paid_unfulfilled", 5000, 0, 5000},
                {"refunded", 5000, 5000, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
        bson_t *document = BCON_NEW("status", BCON_UTF8(rows[i].status), "total", "{", "amount",
                                    BCON_INT64(5000), "currency", BCON_UTF8("EUR"), "}");
        json_t *shown = record_json(&order_record, bson_record(arena, &order_record, document));
        ck_assert_int_eq(amount_of(shown, "paid"), rows[i].paid);
        ck_assert_int_eq(amount_of(shown, "refunded"), rows[i].refunded);
        ck_assert_int_eq(amount_of(shown, "refund_due"), rows[i].due);
        json_decref(shown);
        bson_destroy(document);
    }
}
END_TEST

CHECK_MAIN("bson", an_order_of_an_older_release_says_what_can_be_told_of_its_money,
           an_older_order_without_tickets_does_too, every_kind_of_record_comes_back_as_it_was,
           every_collection_is_tried, the_id_is_the_key_and_times_are_dates,
           what_is_stored_otherwise_stays_unset)
