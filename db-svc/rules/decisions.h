/* decisions: what the table of decisions points at. Only db-svc/rules includes it. */
#pragma once

#include "db-svc/rules/rules.h"

#define NAMES(name) void name(struct names *names, const struct command_body *body)
#define FOLLOWS(name)                                                                              \
    void name(struct names *names, struct turn *turn, const struct command_body *body)
#define DECISION(name) struct answer name(struct turn *turn, const struct command_body *body)

NAMES(event_names);
NAMES(event_cancel_names);
NAMES(event_edit_names);
FOLLOWS(event_follows);
NAMES(event_delete_names);
DECISION(event_create);
DECISION(event_edit);
DECISION(event_cancel);
NAMES(event_cancel_page_names);
FOLLOWS(event_cancel_page_follows);
DECISION(event_cancel_page);
NAMES(event_reschedule_page_names);
FOLLOWS(event_reschedule_page_follows);
DECISION(event_reschedule_page);
DECISION(event_delete);
NAMES(event_delete_page_names);
FOLLOWS(event_delete_page_follows);
DECISION(event_delete_page);

NAMES(ticket_type_create_names);
NAMES(ticket_type_names);
FOLLOWS(ticket_type_follows);
DECISION(ticket_type_create);
DECISION(ticket_type_edit);
DECISION(ticket_type_delete);

NAMES(order_place_names);
FOLLOWS(order_place_follows);
NAMES(order_names);
FOLLOWS(order_follows);
DECISION(order_place);
FOLLOWS(order_update_follows);
DECISION(order_update);
DECISION(order_confirm);
DECISION(order_extend);
DECISION(order_cancel);
DECISION(order_refund);
DECISION(order_expire);

NAMES(payment_names);
FOLLOWS(payment_follows);
DECISION(payment_succeeded);
DECISION(payment_failed);
DECISION(payment_refunded);
DECISION(payment_refund_failed);
DECISION(payment_disputed);

NAMES(check_in_names);
FOLLOWS(check_in_follows);
NAMES(check_in_bulk_names);
FOLLOWS(check_in_bulk_follows);
DECISION(check_in_admit);
DECISION(check_in_undo);
DECISION(check_in_bulk);

NAMES(ticket_names);
FOLLOWS(ticket_follows);
DECISION(ticket_assign);
DECISION(ticket_transfer);
DECISION(ticket_reissue);

FOLLOWS(attendee_register_follows);
NAMES(attendee_names);
FOLLOWS(attendee_edit_follows);
DECISION(attendee_register);
DECISION(attendee_edit);
DECISION(attendee_confirm);
DECISION(attendee_cancel);
FOLLOWS(attendee_delete_follows);
DECISION(attendee_delete);
NAMES(attendee_link_page_names);
FOLLOWS(attendee_link_page_follows);
DECISION(attendee_link_page);
FOLLOWS(attendee_unlink_page_follows);
DECISION(attendee_unlink_page);

FOLLOWS(self_service_follows);
DECISION(self_service_confirm);
DECISION(self_service_cancel);
DECISION(self_service_unsubscribe);
#define ERASE_PAGE 50 /* records of a kind are erased in one turn */
#define ERASE_KINDS 4
NAMES(erase_names);
FOLLOWS(erase_follows);
DECISION(attendee_erase);
DECISION(attendee_erase_page);
DECISION(order_erase);

NAMES(attendee_import_names);
FOLLOWS(attendee_import_follows);
DECISION(attendee_import);
DECISION(attendee_import_lapse);

NAMES(notification_create_names);
NAMES(notification_names);
NAMES(notification_preview_names);
NAMES(notification_edit_names);
NAMES(notification_expand_names);
FOLLOWS(notification_expand_follows);
DECISION(notification_create);
DECISION(notification_edit);
DECISION(notification_send);
DECISION(notification_preview);
DECISION(notification_expand);
DECISION(notification_cancel);
DECISION(notification_delete);

NAMES(delivery_names);
FOLLOWS(delivery_follows);
FOLLOWS(delivery_report_follows);
FOLLOWS(delivery_settle_follows);
DECISION(delivery_report);
NAMES(delivery_record_bulk_names);
FOLLOWS(delivery_record_bulk_follows);
DECISION(delivery_record_bulk);
DECISION(delivery_settle);
DECISION(delivery_resend);
DECISION(delivery_requeue);

NAMES(suppression_lift_names);
DECISION(suppression_lift);

#undef NAMES
#undef FOLLOWS
#undef DECISION
