#include "db-svc/store/collection.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/text.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

static const struct field tally_item_fields[] = {
    FIELD_ID(struct tally_item, ticket_type_id, TICKET_TYPE_PREFIX),
    FIELD(struct tally_item, quantity),
};
static const struct record tally_item_record =
    RECORD("tally_item", struct tally_item, tally_item_fields);
static const struct field tally_fields[] = {
    COMMON_FIELDS(struct tally, "tally"),
    FIELD_ID(struct tally, event_id, EVENT_PREFIX),
    FIELD_LIST(struct tally, items, tally_item_record),
};
static const struct record tally_record = RECORD("tally", struct tally, tally_fields);

void tally_id(char out[TALLY_ID_SIZE], const char *event_id, const char *email_folded)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)event_id, strlen(event_id) + 1);
    crypto_hash_sha256_update(&state, (const uint8_t *)email_folded, strlen(email_folded));
    crypto_hash_sha256_final(&state, hash);
    text_hex(out, hash, sizeof hash);
}

static void order_keys(const void *record, collection_key *each, void *context)
{
    const struct order *order = record;
    for (size_t i = 0; i < order->tickets.n; i++)
        each(context, order->tickets.at[i].code);
}

static void attendee_keys(const void *record, collection_key *each, void *context)
{
    const struct attendee *attendee = record;
    if (attendee->key != NULL)
        each(context, attendee->key);
}

#define EVENT_OF(T)                                                                                \
    static const char *T##_event(const void *record)                                               \
    {                                                                                              \
        return ((const struct T *)record)->event_id;                                               \
    }
EVENT_OF(ticket_type)
EVENT_OF(stock)
EVENT_OF(order)
EVENT_OF(attendee)
EVENT_OF(notification)
EVENT_OF(delivery)
EVENT_OF(tally)

static const char *own_id(const void *record)
{
    return ((const struct common *)record)->id;
}

const struct collection collection_events = {
    .name = "events", .record = &event_record, .event_id = own_id};
const struct collection collection_ticket_types = {
    .name = "ticket_types", .record = &ticket_type_record, .event_id = ticket_type_event};
const struct collection collection_stock = {
    .name = "stock", .record = &stock_record, .event_id = stock_event};
const struct collection collection_orders = {.name = "orders",
                                             .record = &order_record,
                                             .key_path = "tickets.code",
                                             .keys = order_keys,
                                             .event_id = order_event,
                                             .timed = true};
const struct collection collection_attendees = {.name = "attendees",
                                                .record = &attendee_record,
                                                .key_path = "key",
                                                .keys = attendee_keys,
                                                .event_id = attendee_event};
const struct collection collection_notifications = {.name = "notifications",
                                                    .record = &notification_record,
                                                    .event_id = notification_event,
                                                    .timed = true};
const struct collection collection_deliveries = {
    .name = "deliveries", .record = &delivery_record, .event_id = delivery_event, .timed = true};
const struct collection collection_tallies = {
    .name = "tallies", .record = &tally_record, .event_id = tally_event};

const struct collection *const collections[] = {
    &collection_events,     &collection_ticket_types, &collection_stock,
    &collection_orders,     &collection_attendees,    &collection_notifications,
    &collection_deliveries, &collection_tallies,      NULL};
