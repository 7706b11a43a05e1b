#include "db-svc/store/collection.h"

#include <sodium.h>
#include <string.h>

#include "db-svc/store/search_words.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/attendee_change.h"
#include "libshared/contract/cancellation.h"
#include "libshared/contract/check_in.h"
#include "libshared/contract/check_in_list.h"
#include "libshared/contract/dead_code.h"
#include "libshared/contract/deletion.h"
#include "libshared/contract/erasure.h"
#include "libshared/contract/event.h"
#include "libshared/contract/event_picture.h"
#include "libshared/contract/import.h"
#include "libshared/contract/ledger.h"
#include "libshared/contract/message_texts.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"
#include "libshared/contract/payment.h"
#include "libshared/contract/pool.h"
#include "libshared/contract/suppression.h"
#include "libshared/contract/ticket_type.h"

static const struct field buyer_quota_item_fields[] = {
    FIELD_ID(struct buyer_quota_item, ticket_type_id, TICKET_TYPE_PREFIX),
    FIELD(struct buyer_quota_item, quantity),
};
static const struct record buyer_quota_item_record =
    RECORD("tally_item", struct buyer_quota_item, buyer_quota_item_fields);
static const struct field buyer_quota_fields[] = {
    COMMON_FIELDS(struct buyer_quota, "tally"),
    FIELD_ID(struct buyer_quota, event_id, EVENT_PREFIX),
    FIELD_LIST(struct buyer_quota, items, buyer_quota_item_record),
};
static const struct record buyer_quota_record =
    RECORD("tally", struct buyer_quota, buyer_quota_fields);

static const struct field attendee_counters_fields[] = {
    COMMON_FIELDS(struct attendee_counters, EVENT_PREFIX),
    FIELD_ID(struct attendee_counters, event_id, EVENT_PREFIX),
    FIELD(struct attendee_counters, unconfirmed),
    FIELD(struct attendee_counters, confirmed),
    FIELD(struct attendee_counters, cancelled),
    FIELD(struct attendee_counters, made),
};
static const struct record attendee_counters_record =
    RECORD("roster", struct attendee_counters, attendee_counters_fields);

static const struct field list_anchor_fields[] = {
    COMMON_FIELDS(struct list_anchor, ATTENDEE_PREFIX),
    FIELD_ID(struct list_anchor, event_id, EVENT_PREFIX),
};
static const struct record list_anchor_record =
    RECORD("mark", struct list_anchor, list_anchor_fields);

static const struct field job_fields[] = {
    COMMON_FIELDS(struct job, "job"),
    FIELD_ID(struct job, event_id, EVENT_PREFIX),
    FIELD(struct job, partition),
    FIELD(struct job, due_at),
    FIELD(struct job, type, .personal = NOT_PERSONAL),
    FIELD(struct job, command_id, .personal = NOT_PERSONAL),
    FIELD(struct job, body, .personal = NOT_PERSONAL),
};
static const struct record job_record = RECORD("job", struct job, job_fields);

void buyer_quota_id(char out[BUYER_QUOTA_ID_SIZE], const char *event_id, const char *email_folded)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)event_id, strlen(event_id) + 1);
    crypto_hash_sha256_update(&state, (const uint8_t *)email_folded, strlen(email_folded));
    crypto_hash_sha256_final(&state, hash);
    text_hex(out, hash, sizeof hash);
}

const char *pool_id(const void *arena, const char *event_id, const char *name)
{
    return mem_printf(arena, "%s/%s", event_id, name);
}

static void order_keys(const void *record, collection_key *each, void *context)
{
    const struct order *order = record;
    for (size_t i = 0; i < order->tickets.n; i++)
        each(context, order->tickets.at[i].code);
}

static void scan_keys(const void *record, collection_key *each, void *context)
{
    const struct scan *scan = record;
    if (scan->key != NULL)
        each(context, scan->key);
}

static void attendee_keys(const void *record, collection_key *each, void *context)
{
    const struct attendee *attendee = record;
    if (attendee->key != NULL)
        each(context, attendee->key);
}

const char *collection_fold_email(const void *arena, const char *email)
{
    return text_fold_email(arena, email);
}

const char *collection_fold_q(const void *arena, const char *text)
{
    return text_fold(arena, text, false);
}

static void email_term(const void *arena, const char *filter, const char *email,
                       collection_term *each, void *context)
{
    if (email != NULL)
        each(context, filter, collection_fold_email(arena, email));
}

static void text_term(const char *filter, const char *text, collection_term *each, void *context)
{
    if (text != NULL)
        each(context, filter, text);
}

/* Each part of the name, so that any part's beginning finds it. */
static void name_terms(const void *arena, const char *name, collection_term *each, void *context)
{
    struct search_words words;
    search_words_split(arena, collection_fold_q(arena, name), &words);
    for (size_t i = 0; i < words.n; i++)
        each(context, COLLECTION_Q, words.at[i]);
}

static void person_terms(const void *arena, const char *name, const char *email,
                         collection_term *each, void *context)
{
    each(context, COLLECTION_PERSON, "");
    if (name != NULL)
        name_terms(arena, name, each, context);
    if (email != NULL)
        each(context, COLLECTION_Q, collection_fold_q(arena, email));
}

static void event_terms(const void *record, const void *arena, collection_term *each, void *context)
{
    (void)arena;
    const struct event *event = record;
    text_term("category", event->category, each, context);
    text_term("external_id", event->external_id, each, context);
}

static void order_terms(const void *record, const void *arena, collection_term *each, void *context)
{
    const struct order *order = record;
    if (order->buyer != NULL)
        email_term(arena, "email", order->buyer->email, each, context);
    if (order->buyer != NULL)
        text_term("phone", order->buyer->phone, each, context);
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket_holder *holder = order->tickets.at[i].attendee;
        if (holder == NULL)
            continue;
        text_term("attendee_id", holder->attendee_id, each, context);
        email_term(arena, "holder", holder->email, each, context);
        if (holder->email != NULL) /* not yet erased */
            text_term("holder", holder->attendee_id, each, context);
    }
    for (size_t i = 0; i < order->past_holders.n; i++)
        text_term("past_holder", order->past_holders.at[i], each, context);
    text_term("external_id", order->external_id, each, context);
    if (order->refund_due.amount > 0)
        each(context, "refund_due", "true");
}

/* Most orders are paid: those are searched among all. */
static void order_search(const void *record, const void *arena, collection_term *each,
                         void *context)
{
    const struct order *order = record;
    const struct person *buyer = order->buyer;
    if (order->status != ORDER_PAID)
        text_term("status", record_enum_text(order_status_names, (int)order->status), each,
                  context);
    text_term("external_id", order->external_id, each, context);
    if (order->refund_due.amount > 0)
        each(context, "refund_due", "true");
    if (buyer != NULL) {
        email_term(arena, "email", buyer->email, each, context);
        person_terms(arena, buyer->name, buyer->email, each, context);
        text_term(COLLECTION_PHONE, buyer->phone, each, context);
    }
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket_holder *holder = order->tickets.at[i].attendee;
        if (holder == NULL)
            continue;
        email_term(arena, "email", holder->email, each, context);
        person_terms(arena, holder->name, holder->email, each, context);
    }
}

const char *collection_checked_in(const void *arena, const char *ticket_type_id, bool checked_in)
{
    const char *flag = checked_in ? "true" : "false";
    return ticket_type_id != NULL ? mem_printf(arena, "%s/%s", ticket_type_id, flag) : flag;
}

static void ticket_terms(const struct attendee *attendee, const void *arena, collection_term *each,
                         void *context)
{
    int64_t checked_in = 0;
    for (size_t i = 0; i < attendee->tickets.n; i++) {
        const struct attendee_tickets *of = &attendee->tickets.at[i];
        each(context, "ticket_type_id", of->ticket_type_id);
        each(context, "checked_in",
             collection_checked_in(arena, of->ticket_type_id, of->checked_in > 0));
        checked_in += of->checked_in;
    }
    each(context, "checked_in", collection_checked_in(arena, NULL, checked_in > 0));
}

static void attendee_terms(const void *record, const void *arena, collection_term *each,
                           void *context)
{
    const struct attendee *attendee = record;
    ticket_terms(attendee, arena, each, context);
    email_term(arena, "email", attendee->email, each, context);
    text_term("external_id", attendee->external_id, each, context);
    person_terms(arena, attendee->name, attendee->email, each, context);
    text_term(COLLECTION_PHONE, attendee->phone, each, context);
}

static void delivery_terms(const void *record, const void *arena, collection_term *each,
                           void *context)
{
    const struct delivery *delivery = record;
    email_term(arena, "recipient", delivery->address, each, context);
    if (delivery->erased_at.set)
        return;
    text_term("attendee_id", delivery->attendee_id, each, context);
    text_term("order_id", delivery->order_id, each, context);
}

static void notification_terms(const void *record, const void *arena, collection_term *each,
                               void *context)
{
    const struct notification *notification = record;
    const struct audience *audience = notification->audience;
    if (audience == NULL)
        return;
    for (size_t i = 0; i < audience->recipients.n; i++) {
        email_term(arena, "recipient", audience->recipients.at[i].email, each, context);
        text_term("recipient", audience->recipients.at[i].phone, each, context);
    }
    for (size_t i = 0; i < audience->attendees.n; i++)
        text_term("listed", audience->attendees.at[i], each, context);
    if (audience->attendees.n == 1 && !notification->erased_at.set)
        text_term("attendee_id", audience->attendees.at[0], each, context);
}

static void suppression_terms(const void *record, const void *arena, collection_term *each,
                              void *context)
{
    const struct suppression *suppression = record;
    email_term(arena, "recipient", suppression->address, each, context);
}

#define EVENT_OF(T)                                                                                \
    static const char *T##_event(const void *record)                                               \
    {                                                                                              \
        return ((const struct T *)record)->event_id;                                               \
    }
EVENT_OF(ticket_type)
EVENT_OF(stock)
EVENT_OF(pool)
EVENT_OF(ledger_page)
EVENT_OF(order)
EVENT_OF(attendee)
EVENT_OF(notification)
EVENT_OF(delivery)
EVENT_OF(buyer_quota)
EVENT_OF(payment)
EVENT_OF(cancellation)
EVENT_OF(scan)
EVENT_OF(attendee_counters)
EVENT_OF(list_anchor)
EVENT_OF(dead_code)
EVENT_OF(import)
EVENT_OF(erasure)
EVENT_OF(suppression)
EVENT_OF(attendee_change)
EVENT_OF(deletion)
EVENT_OF(job)
EVENT_OF(check_in_list)
EVENT_OF(message_texts)
EVENT_OF(picture_file)

static const char *own_id(const void *record)
{
    return ((const struct common *)record)->id;
}

const struct collection collection_events = {.name = "events",
                                             .record = &event_record,
                                             .event_id = own_id,
                                             .terms = event_terms,
                                             .kept = true};
const struct collection collection_ticket_types = {.name = "ticket_types",
                                                   .record = &ticket_type_record,
                                                   .event_id = ticket_type_event,
                                                   .kept = true};
const struct collection collection_stock = {
    .name = "stock", .record = &stock_record, .event_id = stock_event, .kept = true};
const struct collection collection_pools = {
    .name = "pools", .record = &pool_record, .event_id = pool_event, .kept = true};
const struct collection collection_orders = {.name = "orders",
                                             .record = &order_record,
                                             .key_path = "tickets.code",
                                             .keys = order_keys,
                                             .event_id = order_event,
                                             .terms = order_terms,
                                             .search = order_search,
                                             .timed = true};
const struct collection collection_attendees = {.name = "attendees",
                                                .record = &attendee_record,
                                                .key_path = "key",
                                                .keys = attendee_keys,
                                                .keys_move = true,
                                                .event_id = attendee_event,
                                                .terms = attendee_terms,
                                                .anchors = &collection_list_anchors};
const struct collection collection_notifications = {.name = "notifications",
                                                    .record = &notification_record,
                                                    .event_id = notification_event,
                                                    .terms = notification_terms,
                                                    .timed = true};
static const char *const delivery_links[] = {"attendee_id", "order_id", NULL};
const struct collection collection_deliveries = {.name = "deliveries",
                                                 .record = &delivery_record,
                                                 .event_id = delivery_event,
                                                 .terms = delivery_terms,
                                                 .links = delivery_links,
                                                 .timed = true};
const struct collection collection_buyer_quotas = {
    .name = "tallies", .record = &buyer_quota_record, .event_id = buyer_quota_event};

const struct collection collection_scans = {.name = "scans",
                                            .record = &scan_record,
                                            .key_path = "key",
                                            .keys = scan_keys,
                                            .event_id = scan_event};

const struct collection collection_attendee_counters = {
    .name = "rosters", .record = &attendee_counters_record, .event_id = attendee_counters_event};
const struct collection collection_list_anchors = {
    .name = "marks", .record = &list_anchor_record, .event_id = list_anchor_event};
const struct collection collection_payments = {
    .name = "payments", .record = &payment_record, .event_id = payment_event};

const struct collection collection_dead_codes = {
    .name = "dead_codes", .record = &dead_code_record, .event_id = dead_code_event};

const struct collection collection_cancellations = {
    .name = "cancellations", .record = &cancellation_record, .event_id = cancellation_event};

const struct collection collection_imports = {
    .name = "imports", .record = &import_record, .event_id = import_event, .timed = true};

const struct collection collection_erasures = {
    .name = "erasures", .record = &erasure_record, .event_id = erasure_event};

const struct collection collection_ledger = {
    .name = "ledger", .record = &ledger_page_record, .event_id = ledger_page_event};

const struct collection collection_suppressions = {.name = "suppressions",
                                                   .record = &suppression_record,
                                                   .event_id = suppression_event,
                                                   .terms = suppression_terms};

const struct collection collection_attendee_changes = {.name = "attendee_changes",
                                                       .record = &attendee_change_record,
                                                       .event_id = attendee_change_event};

const struct collection collection_check_in_lists = {
    .name = "check_in_lists", .record = &check_in_list_record, .event_id = check_in_list_event};

const struct collection collection_message_texts = {.name = "message_texts",
                                                    .record = &message_texts_record,
                                                    .event_id = message_texts_event,
                                                    .kept = true};
const struct collection collection_pictures = {
    .name = "pictures", .record = &picture_file_record, .event_id = picture_file_event};

const struct collection collection_deletions = {
    .name = "deletions", .record = &deletion_record, .event_id = deletion_event};

const struct collection collection_jobs = {
    .name = "jobs", .record = &job_record, .event_id = job_event, .timed = true};

const struct collection *const collections[] = {&collection_events,
                                                &collection_jobs,
                                                &collection_ticket_types,
                                                &collection_stock,
                                                &collection_orders,
                                                &collection_attendees,
                                                &collection_notifications,
                                                &collection_deliveries,
                                                &collection_buyer_quotas,
                                                &collection_scans,
                                                &collection_attendee_counters,
                                                &collection_payments,
                                                &collection_cancellations,
                                                &collection_dead_codes,
                                                &collection_imports,
                                                &collection_pools,
                                                &collection_erasures,
                                                &collection_ledger,
                                                &collection_suppressions,
                                                &collection_attendee_changes,
                                                &collection_deletions,
                                                &collection_list_anchors,
                                                &collection_check_in_lists,
                                                &collection_message_texts,
                                                &collection_pictures,
                                                NULL};
