/* decisions: what the table of decisions points at. Only db-svc/rules includes it. */
#pragma once

#include "db-svc/rules/rules.h"

#define DECISION(name) struct answer name(struct turn *turn, const struct command_body *body)

DECISION(event_create);
DECISION(event_edit);
DECISION(event_cancel);
DECISION(event_cancel_page);
DECISION(event_reschedule_page);
DECISION(event_delete);
DECISION(event_delete_page);

DECISION(ticket_type_create);
DECISION(ticket_type_edit);
DECISION(ticket_type_delete);

DECISION(order_place);
DECISION(order_update);
DECISION(order_confirm);
DECISION(order_extend);
DECISION(order_cancel);
DECISION(order_refund);
DECISION(order_expire);

DECISION(payment_succeeded);
DECISION(payment_failed);
DECISION(payment_refunded);

DECISION(check_in_admit);
DECISION(check_in_undo);
DECISION(check_in_bulk);

DECISION(ticket_assign);
DECISION(ticket_transfer);
DECISION(ticket_reissue);

DECISION(attendee_register);
DECISION(attendee_edit);
DECISION(attendee_confirm);
DECISION(attendee_cancel);
DECISION(attendee_delete);
DECISION(attendee_link_page);
DECISION(attendee_unlink_page);

DECISION(self_service_confirm);
DECISION(self_service_cancel);
DECISION(self_service_unsubscribe);
#define ERASE_PAGE 50 /* records of a kind are erased in one turn */
#define ERASE_KINDS 4
DECISION(attendee_erase);
DECISION(attendee_erase_page);
DECISION(order_erase);

DECISION(attendee_import);
DECISION(attendee_import_lapse);

DECISION(notification_create);
DECISION(notification_edit);
DECISION(notification_send);
DECISION(notification_preview);
DECISION(notification_expand);
DECISION(notification_cancel);
DECISION(notification_delete);

DECISION(delivery_report);
DECISION(delivery_record_bulk);
DECISION(delivery_settle);
DECISION(delivery_resend);
DECISION(delivery_requeue);

DECISION(suppression_lift);

#undef DECISION
