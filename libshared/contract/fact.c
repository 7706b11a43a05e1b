#include "libshared/contract/fact.h"

#include <string.h>

#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"

const struct fact facts[] = {
    {"event.created", MODULE_EVENTS, "An event was created.", "event_id status version",
     "over_at pools"},
    {"event.updated", MODULE_EVENTS, "An event was edited, or its status changed.",
     "event_id status version", "over_at pools"},
    {"event.cancelled", MODULE_EVENTS, "An event was cancelled.", "event_id status version",
     "over_at pools"},
    {"event.deleted", MODULE_EVENTS, "An event was deleted.", "event_id"},
    {"ticket_type.created", MODULE_TICKETS, "A ticket type was created, with its stock.",
     "event_id ticket_type_id version type name price stock", "sales_start sales_end pools"},
    {"ticket_type.updated", MODULE_TICKETS, "A ticket type was edited; its stock as it is now.",
     "event_id ticket_type_id version type name price", "stock sales_start sales_end pools"},
    {"ticket_type.deleted", MODULE_TICKETS, "A ticket type was deleted.", "event_id ticket_type_id",
     "stock"},
    {"order.placed", MODULE_TICKETS, "Tickets were sold (paid) or held.",
     "event_id order_id status total items stock", "expires_at"},
    {"order.confirmed", MODULE_TICKETS, "A held order became paid.",
     "event_id order_id status total items", "stock payment_id expires_at"},
    {"order.updated", MODULE_TICKETS,
     "An order's buyer, a caller's member of it or an answer for a ticket was corrected.",
     "event_id order_id status", "total items expires_at"},
    {"order.extended", MODULE_TICKETS, "A hold was given more time.",
     "event_id order_id status total items expires_at"},
    {"order.cancelled", MODULE_TICKETS, "An order was cancelled; its stock is back.",
     "event_id order_id status", "total items stock expires_at amount"},
    {"order.refunded", MODULE_TICKETS,
     "Money was given back, the amount; the stock of its items is back.",
     "event_id order_id status amount", "total items stock payment_id reason expires_at"},
    {"order.expired", MODULE_TICKETS, "A hold lapsed; its stock is back.",
     "event_id order_id status total items stock", "expires_at"},
    {"order.payment_failed", MODULE_TICKETS, "A payment failed; a hold stays until it lapses.",
     "event_id order_id status", "payment_id amount reason"},
    {"order.refund_failed", MODULE_TICKETS,
     "A refund of that amount failed; what had been counted of it is due again.",
     "event_id order_id status", "payment_id amount reason"},
    {"order.payment_disputed", MODULE_TICKETS, "The buyer's bank disputes a payment.",
     "event_id order_id status", "payment_id amount reason"},
    {"order.erased", MODULE_TICKETS, "The buyer of an order was erased; keep no copy.",
     "event_id order_id"},
    {"order.refund_due", MODULE_TICKETS, "Money is to be given back: the amount, and the reason.",
     "event_id order_id status amount reason", "payment_id stock"},
    {"ticket.checked_in", MODULE_TICKETS, "A ticket was used at a gate.",
     "event_id order_id ticket_type_id"},
    {"ticket.check_in_undone", MODULE_TICKETS, "A check-in was taken back.",
     "event_id order_id ticket_type_id"},
    {"ticket.assigned", MODULE_TICKETS, "It was said whom a ticket is for.",
     "event_id order_id ticket_type_id", "attendee_id"},
    {"ticket.transferred", MODULE_TICKETS, "A ticket went to another person, under a new code.",
     "event_id order_id ticket_type_id", "attendee_id"},
    {"ticket.reissued", MODULE_TICKETS, "A ticket has a new code.",
     "event_id order_id ticket_type_id"},
    {"ticket.checked_out", MODULE_TICKETS, "A ticket left a check-in list with entry_exit.",
     "event_id order_id ticket_type_id"},
    {"attendee.registered", MODULE_ATTENDEES, "A person registered.",
     "event_id attendee_id status"},
    {"attendee.updated", MODULE_ATTENDEES, "A person's record was edited.",
     "event_id attendee_id status"},
    {"attendee.confirmed", MODULE_ATTENDEES, "A person confirmed.", "event_id attendee_id status"},
    {"attendee.cancelled", MODULE_ATTENDEES, "A person cancelled.", "event_id attendee_id status"},
    {"attendee.erased", MODULE_ATTENDEES, "A person was erased; keep no copy.",
     "event_id attendee_id"},
    {"attendee.deleted", MODULE_ATTENDEES, "A person's record was deleted.",
     "event_id attendee_id"},
    {"notification.created", MODULE_NOTIFICATIONS, "A notification was drafted or scheduled.",
     "event_id notification_id", "status channel"},
    {"notification.updated", MODULE_NOTIFICATIONS, "A notification was edited.",
     "event_id notification_id", "status channel"},
    {"notification.sending", MODULE_NOTIFICATIONS, "A notification goes to its audience.",
     "event_id notification_id", "status channel"},
    {"notification.sent", MODULE_NOTIFICATIONS, "Every delivery of a notification has ended.",
     "event_id notification_id", "status channel"},
    {"notification.cancelled", MODULE_NOTIFICATIONS, "A notification was cancelled.",
     "event_id notification_id", "status channel"},
    {"notification.deleted", MODULE_NOTIFICATIONS, "A notification was deleted.",
     "event_id notification_id", "status channel"},
    {"delivery.sent", MODULE_NOTIFICATIONS, "One recipient's message was handed over.",
     "event_id notification_id delivery_id status channel", "reason"},
    {"delivery.delivered", MODULE_NOTIFICATIONS, "One recipient's message has arrived.",
     "event_id notification_id delivery_id status channel", "reason"},
    {"delivery.bounced", MODULE_NOTIFICATIONS, "One recipient's message came back.",
     "event_id notification_id delivery_id status channel", "reason"},
    {"delivery.resent", MODULE_NOTIFICATIONS, "One recipient's message is sent again.",
     "event_id notification_id delivery_id status channel", "reason"},
    {"delivery.suppressed", MODULE_NOTIFICATIONS,
     "One recipient's message was not sent: nothing is sent to the address.",
     "event_id notification_id delivery_id status channel", "reason"},
    {"delivery.failed", MODULE_NOTIFICATIONS, "One recipient's message could not be sent.",
     "event_id notification_id delivery_id status channel", "reason"},
};
const size_t facts_n = sizeof facts / sizeof *facts;

#define T struct fact_item
static const struct field item_fields[] = {
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX),
    FIELD(T, quantity),
};
static const struct record item_record = RECORD("fact_item", T, item_fields);
#undef T

#define T struct fact_body
static const struct field fields[] = {
    FIELD(T, epoch,
          .summary = "Rises when the database is restored to an earlier state: of two facts "
                     "about a record the one with the greater epoch counts, whatever its "
                     "version or rev."),
    FIELD_ID(T, event_id, EVENT_PREFIX),
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX),
    FIELD_ID(T, order_id, ORDER_PREFIX),
    FIELD_ID(T, attendee_id, ATTENDEE_PREFIX),
    FIELD_ID(T, notification_id, NOTIFICATION_PREFIX),
    FIELD_ID(T, delivery_id, DELIVERY_PREFIX),
    FIELD(T, payment_id),
    FIELD(T, status),
    FIELD(T, channel),
    FIELD(T, reason),
    FIELD(T, version,
          .summary = "The version of the record. Ignore a fact whose version is not greater "
                     "than the last."),
    FIELD(T, type),
    FIELD(T, name),
    FIELD(T, price),
    FIELD(T, over_at,
          .summary = "When the event ends: from then on only types with a later sales_end are "
                     "sold."),
    FIELD(T, sales_start),
    FIELD(T, sales_end),
    FIELD(T, total),
    FIELD(T, amount),
    FIELD(T, expires_at),
    FIELD_LIST(T, items, item_record),
    FIELD_LIST(T, pools, pool_level_record,
               .summary = "All pools of the event, when they changed."),
    FIELD_LIST(T, stock, stock_level_record, .summary = "The stock that changed, as it is now."),
};
const struct record fact_record = RECORD("fact", T, fields);

const struct fact *fact_find(const char *type)
{
    for (size_t i = 0; i < facts_n; i++)
        if (strcmp(facts[i].type, type) == 0)
            return &facts[i];
    return NULL;
}
