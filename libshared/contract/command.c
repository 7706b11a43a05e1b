#include "libshared/contract/command.h"

#include <string.h>

#include "libshared/base/text.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/attendee_change.h"
#include "libshared/contract/cancellation.h"
#include "libshared/contract/check_in.h"
#include "libshared/contract/check_in_list.h"
#include "libshared/contract/deletion.h"
#include "libshared/contract/erasure.h"
#include "libshared/contract/event.h"
#include "libshared/contract/event_picture.h"
#include "libshared/contract/import.h"
#include "libshared/contract/ledger.h"
#include "libshared/contract/linking.h"
#include "libshared/contract/listed_ticket.h"
#include "libshared/contract/message_texts.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/operation.h"
#include "libshared/contract/order.h"
#include "libshared/contract/order_history.h"
#include "libshared/contract/order_tickets.h"
#include "libshared/contract/own_order.h"
#include "libshared/contract/payment.h"
#include "libshared/contract/query.h"
#include "libshared/contract/reconciliation.h"
#include "libshared/contract/self_service.h"
#include "libshared/contract/signing.h"
#include "libshared/contract/suppression.h"
#include "libshared/contract/ticket_answers.h"
#include "libshared/contract/ticket_type.h"
#include "libshared/contract/ticket_view.h"
#include "libshared/contract/topic.h"

#define EVENT HAS(ID_EVENT)
#define TYPE HAS(ID_EVENT) | HAS(ID_TICKET_TYPE)
#define ORDER HAS(ID_EVENT) | HAS(ID_ORDER)
#define LIST HAS(ID_EVENT) | HAS(ID_CHECK_IN_LIST)
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
    {"event.cancel", M, COMMAND_BODY, EVENT, 0, &event_cancel_record, &event_record, 200,
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
    {"listed_event.list", M, COMMAND_QUERY, 0, 0, &listed_event_list_record, &listed_event_record,
     200, .page = true, .summary = "List events by date, each with its stock."},
    {"event.clone", M, COMMAND_BODY, EVENT, 0, &event_clone_record, &event_record, 201,
     .summary = "Create a draft of another event like one: with its ticket types, pools, "
                "automatic messages, scheduled texts and picture, and its dates moved."},
    {"event.set_picture", M, COMMAND_BODY, EVENT, 0, &picture_upload_record, &event_picture_record,
     200, .summary = "Set the picture of an event, in the place of the one it had."},
    {"event.remove_picture", M, COMMAND_BODY, EVENT, 0, NULL, NULL, 204,
     .summary = "Remove the picture of an event."},
    {"picture.get", M, COMMAND_QUERY, EVENT, 0, NULL, &shown_picture_file_record, 200,
     .summary = "The picture of an event."},
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
    {"order.answer", M, COMMAND_BODY, ORDER, 0, &order_answers_record, &order_record, 200,
     .summary = "Answer the event's questions for tickets of an order."},
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
    {"order.resend", M, COMMAND_BODY, ORDER, 0, &order_resend_record, &order_record, 200,
     .summary = "E-mail an order's tickets again, to the buyer or to another address; at most ten "
                "times a day."},
    {"order.erase", M, COMMAND_BODY, ORDER, 0, NULL, &order_record, 200,
     .summary = "Erase what names the buyer of an order from all records of the event."},
    {"order.expire", M, COMMAND_BODY, ORDER, 0, NULL, &order_record, 200, .internal = true,
     .summary = "Expire a hold that is due."},
    {"order.get", M, COMMAND_QUERY, ORDER, 0, NULL, &order_record, 200, .summary = "One order."},
    {"order.list", M, COMMAND_QUERY, EVENT, 0, &order_list_record, &order_record, 200, .page = true,
     .summary = "The orders of an event."},
    {"order.search", M, COMMAND_QUERY, 0, 0, &order_search_record, &order_record, 200, .page = true,
     .summary = "Find orders of any event, the newest first."},
    {"listed_order.list", M, COMMAND_QUERY, 0, 0, &order_search_record, &listed_order_record, 200,
     .page = true,
     .summary = "Find orders of any event, the newest first; of one event with what was answered "
                "to its questions."},
    {"order.find", M, COMMAND_QUERY, 0, 0, &order_search_record, &order_record, 200, .page = true,
     .in_body = true,
     .summary = "Find orders of any event, also by a ticket's code in `q`, the newest first."},
    {"order_history.list", M, COMMAND_QUERY, ORDER, 0, &order_history_list_record,
     &order_history_record, 200, .page = true,
     .summary = "Every command, payment, mail and scan of an order, oldest first."},
    {"ticket.check_in", M, COMMAND_BODY, EVENT, 0, &check_in_record, &ticket_view_record, 200,
     .summary = "Check in the ticket of a code, once."},
    {"ticket.undo_check_in", M, COMMAND_BODY, EVENT, 0, &ticket_code_record, &ticket_view_record,
     200, .summary = "Undo a check-in."},
    {"ticket.check_in_bulk", M, COMMAND_BODY, EVENT, 0, &check_in_bulk_record,
     &scan_outcomes_record, 200, .summary = "Upload what a gate scanned while it was offline."},
    {"ticket.assign", M, COMMAND_BODY, TICKET, 0, &ticket_assignment_record, &ticket_view_record,
     200, .summary = "Assign a ticket to a person; its code stays the same."},
    {"ticket.transfer", M, COMMAND_BODY, TICKET, 0, &ticket_assignment_record, &ticket_view_record,
     200, .summary = "Transfer a ticket to another person, under a new code."},
    {"ticket.reissue", M, COMMAND_BODY, TICKET, 0, NULL, &ticket_view_record, 200,
     .summary = "Give a ticket a new code; the old one becomes void."},
    {"ticket.transfer_by_token", M, COMMAND_BODY, HAS(ID_TICKET), 0, &own_ticket_transfer_record,
     &own_ticket_state_record, 200, .known_ids = EVENT, .event_of = own_order_event,
     .summary = "Transfer one's own ticket to another person by the token of a link."},
    {"ticket.rename_by_token", M, COMMAND_BODY, HAS(ID_TICKET), 0, &own_ticket_name_record,
     &own_ticket_state_record, 200, .known_ids = EVENT, .event_of = own_order_event,
     .summary = "Correct the holder's name of one's own ticket by the token of a link."},
    {"ticket.answer_by_token", M, COMMAND_BODY, HAS(ID_TICKET), 0, &own_ticket_answers_record,
     &own_ticket_state_record, 200, .known_ids = EVENT, .event_of = own_order_event,
     .summary = "Answer the event's questions for one's own ticket by the token of a link."},
    {"ticket.cancel_by_token", M, COMMAND_BODY, HAS(ID_TICKET), 0, &own_cancel_record,
     &own_order_state_record, 200, .known_ids = EVENT, .event_of = own_order_event,
     .summary = "Cancel one's own ticket of an order that one bought, by the token of a link."},
    {"order.cancel_by_token", M, COMMAND_BODY, 0, 0, &own_cancel_record, &own_order_state_record,
     200, .known_ids = EVENT, .event_of = own_order_event,
     .summary = "Cancel all one's own tickets of an order that one bought, or its hold, by the "
                "token of a link."},
    {"order.calendar_by_token", M, COMMAND_BODY, 0, 0, &own_order_request_record,
     &own_calendar_record, 200, .known_ids = EVENT, .event_of = own_order_event,
     .summary = "The event of an order for calendars by the token of a link."},
    {"own_order.get", M, COMMAND_QUERY, 0, 0, &own_order_request_record, &own_order_record, 200,
     .in_body = true, .known_ids = EVENT, .event_of = own_order_event,
     .summary = "An order as its buyer, or a ticket's holder, sees it by the token of a link."},
    {"own_tickets.get", M, COMMAND_QUERY, 0, 0, &own_order_request_record, &order_tickets_record,
     200, .in_body = true, .known_ids = EVENT, .event_of = own_order_event,
     .summary = "One's own tickets of an order by the token of a link, with what is printed on "
                "them."},
    {"order_links.get", M, COMMAND_QUERY, ORDER, 0, NULL, &order_links_record, 200,
     .summary = "The link by which the buyer of an order sees it without an API key."},
    {"ticket.get", M, COMMAND_QUERY, EVENT, 0, &ticket_code_record, &ticket_view_record, 200,
     .in_body = true, .summary = "The ticket of a code."},
    {"order_ticket.get", M, COMMAND_QUERY, TICKET, 0, NULL, &ticket_view_record, 200,
     .summary = "One ticket of an order, by its number from 1."},
    {"order_tickets.get", M, COMMAND_QUERY, ORDER, 0, NULL, &order_tickets_record, 200,
     .summary = "The tickets of an order that admit somebody, with what is printed on them."},
    {"ticket.list", M, COMMAND_QUERY, EVENT, 0, &ticket_list_record, &ticket_view_record, 200,
     .page = true, .summary = "The tickets of an event, for a gate that will be offline."},
    {"listed_ticket.list", M, COMMAND_QUERY, EVENT, 0, &listed_ticket_list_record,
     &listed_ticket_record, 200, .page = true,
     .summary = "The tickets of an event: whose they are and what was answered, without codes."},
    {"attendee_ticket.list", M, COMMAND_QUERY, ATTENDEE, 0, &attendee_ticket_list_record,
     &ticket_view_record, 200, .page = true, .summary = "The tickets assigned to a person."},
    {"ticket_key.get", M, COMMAND_QUERY, EVENT, 0, NULL, &ticket_key_record, 200,
     .summary = "The public key with which a gate can verify tickets without a network."},
    {"check_in_list.create", M, COMMAND_BODY, EVENT, 0, &check_in_list_record,
     &check_in_list_record, 201, .summary = "Create a check-in list: an entrance of its own."},
    {"check_in_list.replace", M, COMMAND_REPLACE, LIST, 0, &check_in_list_record,
     &check_in_list_record, 200, .summary = "Replace a check-in list."},
    {"check_in_list.update", M, COMMAND_UPDATE, LIST, 0, &check_in_list_record,
     &check_in_list_record, 200, .summary = "Change some members of a check-in list."},
    {"check_in_list.delete", M, COMMAND_BODY, LIST, 0, NULL, NULL, 204,
     .summary = "Delete a check-in list; tickets that it let in stay checked in."},
    {"check_in_list.get", M, COMMAND_QUERY, LIST, 0, NULL, &check_in_list_record, 200,
     .summary = "One check-in list."},
    {"check_in_list.list", M, COMMAND_QUERY, EVENT, 0, &check_in_list_list_record,
     &check_in_list_record, 200, .page = true, .summary = "The check-in lists of an event."},
    {"check_in_numbers.get", M, COMMAND_QUERY, LIST, 0, NULL, &check_in_numbers_record, 200,
     .summary = "How many a check-in list let in and refused, and how many people are inside."},
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
    {"listed_attendee.list", M, COMMAND_QUERY, EVENT, 0, &attendee_list_record,
     &listed_attendee_record, 200, .page = true,
     .summary = "The people on an event's list, with their tickets."},
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
    {"message_texts.replace", M, COMMAND_REPLACE, EVENT, 0, &message_texts_record,
     &message_texts_record, 200, .summary = "Replace an event's own texts of automatic messages."},
    {"message_texts.update", M, COMMAND_UPDATE, EVENT, 0, &message_texts_record,
     &message_texts_record, 200,
     .summary = "Change an event's own texts of some automatic messages; null goes back to the "
                "default."},
    {"message_texts.preview", M, COMMAND_BODY, EVENT, 0, &message_preview_record,
     &message_preview_text_record, 200,
     .summary = "Preview an automatic message with example data; nothing is sent."},
    {"message_texts.get", M, COMMAND_QUERY, EVENT, 0, NULL, &message_texts_record, 200,
     .summary = "An event's own texts of automatic messages."},
    {"message_defaults.get", M, COMMAND_QUERY, EVENT, 0, NULL, &message_defaults_record, 200,
     .summary = "The texts of automatic messages where the event has none of its own."},
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
    [ID_CHECK_IN_LIST] = {"check_in_list_id", CHECK_IN_LIST_PREFIX},
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
        if (text_is(commands[i].type, type))
            return &commands[i];
    return NULL;
}

const char *command_topic(const struct command *command)
{
    return topic_name(command->module,
                      command->shape == COMMAND_QUERY ? TOPIC_QUERIES : TOPIC_COMMANDS);
}
