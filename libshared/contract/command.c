#include "libshared/contract/command.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/attendee_change.h"
#include "libshared/contract/cancellation.h"
#include "libshared/contract/check_in.h"
#include "libshared/contract/deletion.h"
#include "libshared/contract/erasure.h"
#include "libshared/contract/event.h"
#include "libshared/contract/import.h"
#include "libshared/contract/ledger.h"
#include "libshared/contract/linking.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/operation.h"
#include "libshared/contract/order.h"
#include "libshared/contract/order_tickets.h"
#include "libshared/contract/payment.h"
#include "libshared/contract/query.h"
#include "libshared/contract/reconciliation.h"
#include "libshared/contract/self_service.h"
#include "libshared/contract/signing.h"
#include "libshared/contract/suppression.h"
#include "libshared/contract/ticket_type.h"
#include "libshared/contract/ticket_view.h"
#include "libshared/contract/topic.h"

#define EVENT HAS(ID_EVENT)
#define TYPE HAS(ID_EVENT) | HAS(ID_TICKET_TYPE)
#define ORDER HAS(ID_EVENT) | HAS(ID_ORDER)
#define TICKET ORDER | HAS(ID_TICKET)
#define ATTENDEE HAS(ID_EVENT) | HAS(ID_ATTENDEE)
#define NOTIFICATION HAS(ID_EVENT) | HAS(ID_NOTIFICATION)
#define DELIVERY HAS(ID_EVENT) | HAS(ID_DELIVERY)

const struct command commands[] = {
#define M MODULE_EVENTS
    {"event.create", M, COMMAND_BODY, 0, 0, &event_record, &event_record, 201,
     .summary = "Create an event."},
    {"event.replace", M, COMMAND_REPLACE, EVENT, 0, &event_record, &event_record, 200,
     .summary = "Replace an event."},
    {"event.update", M, COMMAND_UPDATE, EVENT, 0, &event_record, &event_record, 200,
     .summary = "Change some members of an event."},
    {"event.delete", M, COMMAND_BODY, EVENT, 0, NULL, NULL, 204,
     .summary = "Delete an event with nothing sold or on hold, and everything that "
                "belongs to it."},
    {"event.delete_page", M, COMMAND_BODY, EVENT, 0, &deletion_page_record, NULL, 204,
     .internal = true, .summary = "Remove the next page of what belonged to a deleted event."},
    {"deletion.get", M, COMMAND_QUERY, EVENT, 0, NULL, &deletion_record, 200,
     .summary = "How far the deletion of an event has come."},
    {"event.cancel", M, COMMAND_BODY, EVENT, 0, NULL, &event_record, 200,
     .summary = "Cancel an event: sales stop, holds are released, paid orders are "
                "cancelled with a refund due, every ticket is void."},
    {"event.cancel_page", M, COMMAND_BODY, EVENT, 0, &cancellation_page_record, NULL, 204,
     .internal = true, .summary = "End the next page of a cancelled event's orders."},
    {"event.reschedule_page", M, COMMAND_BODY, EVENT, 0, &reschedule_page_record, NULL, 204,
     .internal = true,
     .summary = "Reschedule the next page of notifications whose time follows a changed "
                "event."},
    {"cancellation.get", M, COMMAND_QUERY, EVENT, 0, NULL, &cancellation_record, 200,
     .summary = "How far the cancellation of an event has come."},
    {"event.get", M, COMMAND_QUERY, EVENT, 0, NULL, &event_record, 200, .summary = "One event."},
    {"event.list", M, COMMAND_QUERY, 0, 0, &event_list_record, &event_record, 200, .page = true,
     .summary = "List events."},
#undef M
#define M MODULE_TICKETS
    {"ticket_type.create", M, COMMAND_BODY, EVENT, 0, &ticket_type_record, &ticket_type_record, 201,
     .summary = "Create a ticket type."},
    {"ticket_type.replace", M, COMMAND_REPLACE, TYPE, 0, &ticket_type_record, &ticket_type_record,
     200, .summary = "Replace a ticket type."},
    {"ticket_type.update", M, COMMAND_UPDATE, TYPE, 0, &ticket_type_record, &ticket_type_record,
     200, .summary = "Change some members of a ticket type, such as its price or capacity."},
    {"ticket_type.delete", M, COMMAND_BODY, TYPE, 0, NULL, NULL, 204,
     .summary = "Delete a ticket type of which nothing is sold or held."},
    {"ticket_type.get", M, COMMAND_QUERY, TYPE, 0, NULL, &ticket_type_record, 200,
     .summary = "One ticket type, with its stock."},
    {"ticket_type.list", M, COMMAND_QUERY, EVENT, 0, &ticket_type_list_record, &ticket_type_record,
     200, .page = true, .summary = "The ticket types of an event."},
    {"availability.get", M, COMMAND_QUERY, EVENT, HAS(ID_TICKET_TYPE), NULL, &availability_record,
     200, .summary = "The availability of an event or of one ticket type."},
    {"ledger.list", M, COMMAND_QUERY, EVENT, 0, &ledger_list_record, &ledger_row_record, 200,
     .page = true, .summary = "Every movement of an event's stock, with its cause."},
    {"reconciliation.get", M, COMMAND_QUERY, EVENT, 0, NULL, &reconciliation_record, 200,
     .summary = "Check that counters, ledger, orders and tickets of an event agree."},
    {"order.place", M, COMMAND_BODY, EVENT, 0, &order_record, &order_record, 201,
     .summary = "Sell tickets, all or nothing; or hold them, with hold_seconds."},
    {"order.update", M, COMMAND_UPDATE, ORDER, 0, &order_correction_record, &order_record, 200,
     .summary = "Correct the buyer of an order, or the caller's own members."},
    {"order.confirm", M, COMMAND_BODY, ORDER, 0, NULL, &order_record, 200,
     .summary = "Turn a held order into a paid one."},
    {"order.extend", M, COMMAND_BODY, ORDER, 0, &order_extension_record, &order_record, 200,
     .summary = "Extend a hold, once; it then ends no later than the longest hold that "
                "could begin now."},
    {"order.cancel", M, COMMAND_BODY, ORDER, 0, &order_part_record, &order_record, 200,
     .summary = "Cancel an order, or some of its tickets, without a refund; the places "
                "are on sale again."},
    {"order.refund", M, COMMAND_BODY, ORDER, 0, &order_part_record, &order_record, 200,
     .summary = "Record that an order, or some of its tickets, was refunded: the amount "
                "due, and what was paid for the tickets, which become void and whose "
                "places are on sale again."},
    {"order.erase", M, COMMAND_BODY, ORDER, 0, NULL, &order_record, 200,
     .summary = "Erase what names the buyer of an order from all records of the event."},
    {"order.expire", M, COMMAND_BODY, ORDER, 0, NULL, &order_record, 200, .internal = true,
     .summary = "Expire a hold that is due."},
    {"order.get", M, COMMAND_QUERY, ORDER, 0, NULL, &order_record, 200, .summary = "One order."},
    {"order.list", M, COMMAND_QUERY, EVENT, 0, &order_list_record, &order_record, 200, .page = true,
     .summary = "The orders of an event."},
    {"ticket.check_in", M, COMMAND_BODY, EVENT, 0, &check_in_record, &ticket_view_record, 200,
     .summary = "Check in the ticket of a code, once."},
    {"ticket.undo_check_in", M, COMMAND_BODY, EVENT, 0, &ticket_code_record, &ticket_view_record,
     200, .summary = "Undo a check-in."},
    {"ticket.check_in_bulk", M, COMMAND_BODY, EVENT, 0, &check_in_bulk_record,
     &scan_outcomes_record, 200, .summary = "Upload what a gate scanned while it was offline."},
    {"ticket.assign", M, COMMAND_BODY, TICKET, 0, &ticket_holder_record, &ticket_view_record, 200,
     .summary = "Assign a ticket to a person; its code stays the same."},
    {"ticket.transfer", M, COMMAND_BODY, TICKET, 0, &ticket_holder_record, &ticket_view_record, 200,
     .summary = "Transfer a ticket to another person, under a new code."},
    {"ticket.reissue", M, COMMAND_BODY, TICKET, 0, NULL, &ticket_view_record, 200,
     .summary = "Give a ticket a new code; the old one becomes void."},
    {"ticket.get", M, COMMAND_QUERY, EVENT, 0, &ticket_code_record, &ticket_view_record, 200,
     .summary = "The ticket of a code."},
    {"order_ticket.get", M, COMMAND_QUERY, TICKET, 0, NULL, &ticket_view_record, 200,
     .summary = "One ticket of an order, by its number from 1."},
    {"order_tickets.get", M, COMMAND_QUERY, ORDER, 0, NULL, &order_tickets_record, 200,
     .summary = "The tickets of an order that admit somebody, with what is printed on them."},
    {"ticket.list", M, COMMAND_QUERY, EVENT, 0, &ticket_list_record, &ticket_view_record, 200,
     .page = true, .summary = "The tickets of an event, for a gate that will be offline."},
    {"attendee_ticket.list", M, COMMAND_QUERY, ATTENDEE, 0, &attendee_ticket_list_record,
     &ticket_view_record, 200, .page = true, .summary = "The tickets assigned to a person."},
    {"ticket_key.get", M, COMMAND_QUERY, EVENT, 0, NULL, &ticket_key_record, 200,
     .summary = "The public key with which a gate can verify tickets without a network."},
    {"operation.get", M, COMMAND_QUERY, 0, 0, &operation_request_record, &operation_record, 200,
     .internal = true, .summary = "What became of a command."},
    {"scan.list", M, COMMAND_QUERY, EVENT, 0, &scan_list_record, &scan_record, 200, .page = true,
     .summary = "What the gates of an event have scanned."},
#undef M
#define M MODULE_ATTENDEES
    {"attendee.register", M, COMMAND_BODY, EVENT, 0, &attendee_record, &attendee_record, 201,
     .summary = "Register a person."},
    {"attendee.replace", M, COMMAND_REPLACE, ATTENDEE, 0, &attendee_record, &attendee_record, 200,
     .summary = "Replace a person's record."},
    {"attendee.update", M, COMMAND_UPDATE, ATTENDEE, 0, &attendee_record, &attendee_record, 200,
     .summary = "Change some members of a person's record."},
    {"attendee.confirm", M, COMMAND_BODY, ATTENDEE, 0, NULL, &attendee_record, 200,
     .summary = "Confirm a person."},
    {"attendee.cancel", M, COMMAND_BODY, ATTENDEE, 0, NULL, &attendee_record, 200,
     .summary = "Cancel a person's registration."},
    {"attendee.confirm_by_token", M, COMMAND_BODY, 0, 0, &self_service_request_record,
     &self_service_state_record, 200, .known_ids = EVENT, .event_of = self_service_event,
     .summary = "Confirm one's own registration by the token of a link."},
    {"attendee.cancel_by_token", M, COMMAND_BODY, 0, 0, &self_service_request_record,
     &self_service_state_record, 200, .known_ids = EVENT, .event_of = self_service_event,
     .summary = "Cancel one's own registration by the token of a link."},
    {"attendee.unsubscribe_by_token", M, COMMAND_BODY, 0, 0, &self_service_request_record,
     &self_service_state_record, 200, .known_ids = EVENT, .event_of = self_service_event,
     .summary = "Withdraw one's own marketing_consent by the token of a link."},
    {"attendee_links.get", M, COMMAND_QUERY, ATTENDEE, 0, NULL, &self_service_links_record, 200,
     .summary = "Links with which the person can confirm and cancel without an API key."},
    {"attendee.delete", M, COMMAND_BODY, ATTENDEE, 0, NULL, NULL, 204,
     .summary = "Delete a person's record."},
    {"attendee.link_page", M, COMMAND_BODY, EVENT, 0, &link_page_record, NULL, 204,
     .internal = true, .summary = "Link people to the next page of orders with their tickets."},
    {"attendee.unlink_page", M, COMMAND_BODY, ATTENDEE, 0, &unlink_page_record, NULL, 204,
     .internal = true, .summary = "Remove a deleted person's id from the next page of records."},
    {"attendee.erase", M, COMMAND_BODY, ATTENDEE, 0, NULL, &attendee_record, 200,
     .summary = "Erase what names a person from all records of the event; totals stay."},
    {"attendee.erase_page", M, COMMAND_BODY, EVENT, 0, &erasure_page_record, NULL, 204,
     .internal = true, .summary = "Erase a person from the next page of records."},
    {"attendee_history.list", M, COMMAND_QUERY, ATTENDEE, 0, &attendee_history_list_record,
     &attendee_change_view_record, 200, .page = true,
     .summary = "Who changed a person's record and when, oldest first."},
    {"erasure.get", M, COMMAND_QUERY, EVENT, HAS(ID_ATTENDEE) | HAS(ID_ORDER), NULL,
     &erasure_record, 200, .summary = "How far the erasure of a person has come."},
    {"attendee.import", M, COMMAND_BODY, EVENT | HAS(ID_IMPORT), 0, &import_page_record,
     &import_record, 200, .summary = "Import one page of a list."},
    {"attendee.import_lapse", M, COMMAND_BODY, EVENT | HAS(ID_IMPORT), 0, NULL, &import_record, 200,
     .internal = true, .summary = "End an import whose pages stopped coming."},
    {"import.list", M, COMMAND_QUERY, EVENT, 0, &import_list_record, &import_record, 200,
     .page = true, .summary = "The imports of an event, in no particular order."},
    {"import.get", M, COMMAND_QUERY, EVENT | HAS(ID_IMPORT), 0, NULL, &import_record, 200,
     .summary = "The progress of an import."},
    {"attendee.get", M, COMMAND_QUERY, ATTENDEE, 0, NULL, &attendee_record, 200,
     .summary = "One person."},
    {"attendee_counts.get", M, COMMAND_QUERY, EVENT, 0, NULL, &attendee_counts_record, 200,
     .summary = "How many people of each status are on an event's list."},
    {"attendee.list", M, COMMAND_QUERY, EVENT, 0, &attendee_list_record, &attendee_record, 200,
     .page = true, .summary = "The people on an event's list."},
#undef M
#define M MODULE_NOTIFICATIONS
    {"notification.create", M, COMMAND_BODY, EVENT, 0, &notification_record, &notification_record,
     201, .summary = "Draft a notification, or schedule it with send_at."},
    {"notification.replace", M, COMMAND_REPLACE, NOTIFICATION, 0, &notification_record,
     &notification_record, 200, .summary = "Replace a notification that has not begun."},
    {"notification.update", M, COMMAND_UPDATE, NOTIFICATION, 0, &notification_record,
     &notification_record, 200, .summary = "Change a notification that has not begun."},
    {"notification.send", M, COMMAND_BODY, EVENT, HAS(ID_NOTIFICATION), &notification_record,
     &notification_record, 202,
     .summary = "Send a notification, now or at send_at; with a notification_id, one that "
                "exists already."},
    {"notification.preview", M, COMMAND_BODY, EVENT, 0, &preview_record, &preview_text_record, 200,
     .summary = "Preview a text for one attendee; nothing is sent."},
    {"notification.expand", M, COMMAND_BODY, NOTIFICATION, 0, &audience_page_record, NULL, 204,
     .internal = true, .summary = "Create the deliveries of the next page of an audience."},
    {"notification.cancel", M, COMMAND_BODY, NOTIFICATION, 0, NULL, &notification_record, 200,
     .summary = "Cancel a notification that has not begun."},
    {"notification.delete", M, COMMAND_BODY, NOTIFICATION, 0, NULL, NULL, 204,
     .summary = "Delete a notification that is not being sent."},
    {"notification.get", M, COMMAND_QUERY, NOTIFICATION, 0, NULL, &notification_record, 200,
     .summary = "One notification, with its counts."},
    {"notification.list", M, COMMAND_QUERY, EVENT, 0, &notification_list_record,
     &notification_record, 200, .page = true,
     .summary = "The history of an event's notifications."},
    {"delivery.record", M, COMMAND_BODY, DELIVERY, 0, &delivery_report_record,
     &delivery_payload_record, 200, .internal = true,
     .summary = "Claim an attempt at a delivery, or report how it ended."},
    {"delivery.record_bulk", M, COMMAND_BODY, EVENT, 0, &delivery_bulk_record,
     &delivery_bulk_outcomes_record, 200, .internal = true,
     .summary = "The same of several deliveries of an event at once."},
    {"delivery.resend", M, COMMAND_BODY, DELIVERY | HAS(ID_NOTIFICATION), 0, NULL, &delivery_record,
     200, .summary = "Send one delivery again after it has ended."},
    {"delivery.settle", M, COMMAND_BODY, HAS(ID_DELIVERY), 0, &delivery_settlement_record,
     &delivery_record, 200, .known_ids = EVENT,
     .summary = "Report what became of a message that was handed over to a carrier."},
    {"delivery.requeue", M, COMMAND_BODY, DELIVERY, 0, NULL, &delivery_record, 200,
     .internal = true,
     .summary = "Offer a delivery again that was not claimed or whose sender failed."},
    {"suppression.lift", M, COMMAND_BODY, HAS(ID_SUPPRESSION), 0, NULL, NULL, 204,
     .summary = "Remove an address from the suppression list."},
    {"suppression.get", M, COMMAND_QUERY, HAS(ID_SUPPRESSION), 0, NULL, &suppression_record, 200,
     .summary = "One suppressed address."},
    {"suppression.list", M, COMMAND_QUERY, 0, 0, &suppression_list_record, &suppression_record, 200,
     .page = true,
     .summary = "The addresses to which nothing is sent because a message bounced or was "
                "complained about."},
    {"delivery.list", M, COMMAND_QUERY, NOTIFICATION, 0, &delivery_list_record, &delivery_record,
     200, .page = true, .summary = "The deliveries of a notification."},
#undef M
#define M MODULE_PAYMENTS
    {"payment.succeeded", M, COMMAND_BODY, HAS(ID_ORDER), 0, &payment_succeeded_record,
     &order_record, 200, .internal = true, .known_ids = EVENT,
     .summary = "An order was paid: confirms its hold, once for each payment."},
    {"payment.failed", M, COMMAND_BODY, HAS(ID_ORDER), 0, &payment_failed_record, &order_record,
     200, .internal = true, .known_ids = EVENT,
     .summary = "A payment of an order failed; its hold stays until it expires."},
    {"payment.refunded", M, COMMAND_BODY, HAS(ID_ORDER), 0, &payment_refunded_record, &order_record,
     200, .internal = true, .known_ids = EVENT,
     .summary = "Money was refunded: first what is due, then for tickets; once for each "
                "refund."},
    {"payment.refund_failed", M, COMMAND_BODY, HAS(ID_ORDER), 0, &payment_refund_failed_record,
     &order_record, 200, .internal = true, .known_ids = EVENT,
     .summary = "A refund failed; if it had been counted, its amount is due again."},
    {"payment.disputed", M, COMMAND_BODY, HAS(ID_ORDER), 0, &payment_disputed_record, &order_record,
     200, .internal = true, .known_ids = EVENT,
     .summary = "The buyer's bank disputes a payment; a person must look at it."},
#undef M
};
const size_t commands_n = sizeof commands / sizeof *commands;

static const struct {
    const char *name, *prefix;
} ids[IDS] = {
    [ID_EVENT] = {"event_id", EVENT_PREFIX},
    [ID_TICKET_TYPE] = {"ticket_type_id", TICKET_TYPE_PREFIX},
    [ID_ORDER] = {"order_id", ORDER_PREFIX},
    [ID_ATTENDEE] = {"attendee_id", ATTENDEE_PREFIX},
    [ID_NOTIFICATION] = {"notification_id", NOTIFICATION_PREFIX},
    [ID_DELIVERY] = {"delivery_id", DELIVERY_PREFIX},
    [ID_IMPORT] = {"import_id", IMPORT_PREFIX},
    [ID_SUPPRESSION] = {"suppression_id", SUPPRESSION_PREFIX},
    [ID_TICKET] = {"n", NULL},
};

const char *module_name(enum module module)
{
    static const char *const names[MODULES] = {"events", "tickets", "attendees", "notifications",
                                               "payments"};
    return names[module];
}

unsigned command_all_ids(const struct command *command)
{
    return command->ids | command->may_ids | command->known_ids;
}

const char *command_id_name(enum command_id id)
{
    return ids[id].name;
}

const char *command_id_prefix(enum command_id id)
{
    return ids[id].prefix;
}

const struct command *command_find(const char *type)
{
    for (size_t i = 0; i < commands_n; i++)
        if (strcmp(commands[i].type, type) == 0)
            return &commands[i];
    return NULL;
}

const char *command_topic(const struct command *command)
{
    return topic_name(command->module,
                      command->shape == COMMAND_QUERY ? TOPIC_QUERIES : TOPIC_COMMANDS);
}

/* A number as it stands in a path. */
static const char *take_number(void *arena, const json_t *value)
{
    const char *text = json_is_integer(value)
                           ? mem_printf(arena, "%lld", (long long)json_integer_value(value))
                           : mem_strdup(arena, json_string_value(value));
    bool plain = text != NULL && strlen(text) <= 3 && strspn(text, "0123456789") == strlen(text) &&
                 *text != '0' && *text != '\0';
    return plain && atoi(text) <= ORDER_TICKETS_MAX ? text : NULL;
}

/* NULL: not an id of that kind. */
static const char *take_value(void *arena, enum command_id id, const json_t *value)
{
    if (ids[id].prefix == NULL)
        return take_number(arena, value);
    const char *text = json_string_value(value);
    return text != NULL && id_valid(ids[id].prefix, text) ? mem_strdup(arena, text) : NULL;
}

static void take_id(struct decoder *decoder, enum command_id id, bool required, json_t *rest,
                    struct command_body *body)
{
    struct path path = {.parent = decoder->path, .name = ids[id].name};
    const json_t *value = json_object_get(rest, ids[id].name);
    if (value == NULL && required)
        violations_add(decoder->violations, &path, VIOLATION_required);
    else if (value != NULL) {
        body->ids[id] = take_value(decoder->arena, id, value);
        if (body->ids[id] == NULL)
            violations_add(decoder->violations, &path, VIOLATION_invalid_id);
    }
    (void)json_object_del(rest, ids[id].name);
}

static void take_change(struct decoder *decoder, json_t *rest, struct command_body *body)
{
    body->change = rest;
    if (body->command->shape == COMMAND_REPLACE)
        return;
    struct path path = {.parent = decoder->path, .name = "patch"};
    body->change = json_object_get(rest, "patch");
    if (body->change == NULL)
        violations_add(decoder->violations, &path, VIOLATION_required);
    else if (!json_is_object(body->change))
        violations_add(decoder->violations, &path, VIOLATION_wrong_type);
}

static const struct record nothing = {.name = "nothing", .size = 1};

static void take_request(struct decoder *decoder, json_t *rest, struct command_body *body)
{
    const struct record *request = body->command->request;
    /* A notification that stands is sent by its id alone. */
    if (request == NULL || body->command->may_ids != 0) {
        bool by_id = request == NULL;
        for (int id = 0; id < IDS; id++)
            by_id = by_id || ((body->command->may_ids & HAS(id)) != 0 && body->ids[id] != NULL);
        if (by_id) {
            char none;
            (void)!record_decode(decoder, &nothing, rest, &none);
            return;
        }
    }
    body->request = mem_zeroed(decoder->arena, request->size);
    bool right = record_decode(decoder, request, rest, body->request);
    if (right && body->command->event_of != NULL && body->ids[ID_EVENT] == NULL)
        body->ids[ID_EVENT] = body->command->event_of(decoder->arena, body->request);
}

bool command_decode(struct decoder *decoder, const struct command *command, const json_t *body,
                    struct command_body *ret, json_t **ret_hold)
{
    size_t before = decoder->violations->n;
    *ret = (struct command_body){.command = command};
    *ret_hold = NULL;
    if (!json_is_object(body)) {
        violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
        return false;
    }
    json_t *rest = json_copy((json_t *)body); /* shallow */
    for (int id = 0; id < IDS; id++)
        if ((command_all_ids(command) & HAS(id)) != 0)
            take_id(decoder, id, (command->ids & HAS(id)) != 0, rest, ret);
    if (command->shape == COMMAND_REPLACE || command->shape == COMMAND_UPDATE)
        take_change(decoder, rest, ret);
    else
        take_request(decoder, rest, ret);
    *ret_hold = rest;
    return decoder->violations->n == before;
}

static json_t *id_json(enum command_id id, const char *text)
{
    return ids[id].prefix != NULL ? json_string(text) : json_integer(strtoll(text, NULL, 10));
}

json_t *command_json(const struct command_body *body)
{
    json_t *json = json_object();
    for (int id = 0; id < IDS; id++)
        if (body->ids[id] != NULL)
            (void)json_object_set_new(json, ids[id].name, id_json(id, body->ids[id]));
    if (body->request != NULL) {
        json_t *members = record_json(body->command->request, body->request);
        (void)json_object_update(json, members);
        json_decref(members);
    }
    return json;
}

const char *command_text(const void *arena, const struct command_body *body)
{
    json_t *json = command_json(body);
    char *text = json_dumps(json, JSON_COMPACT);
    const char *kept = mem_strdup(arena, text);
    free(text);
    json_decref(json);
    return kept;
}
