#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/decisions.h"
#include "db-svc/rules/messages/audience.h"
#include "db-svc/rules/messages/reschedule.h"
#include "db-svc/rules/people/linking_pages.h"
#include "db-svc/rules/people/unlinking.h"
#include "db-svc/rules/sales/deleting.h"
#include "libshared/contract/check_in.h"
#include "libshared/contract/import.h"

static const struct decision decisions[] = {
    {"order.place", order_place_names, order_place_follows, order_place},
    {"order.update", order_names, order_update_follows, order_update},
    {"order.confirm", order_names, order_follows, order_confirm},
    {"order.extend", order_names, NULL, order_extend},
    {"order.cancel", order_names, order_follows, order_cancel},
    {"order.refund", order_names, order_follows, order_refund},
    {"order.expire", order_names, order_follows, order_expire},
    {"payment.succeeded", payment_names, payment_follows, payment_succeeded},
    {"payment.failed", payment_names, payment_follows, payment_failed},
    {"payment.refunded", payment_names, payment_follows, payment_refunded},
    {"payment.refund_failed", payment_names, payment_follows, payment_refund_failed},
    {"payment.disputed", payment_names, payment_follows, payment_disputed},
    {"ticket.check_in", check_in_names, check_in_follows, check_in_admit},
    {"ticket.undo_check_in", check_in_names, check_in_follows, check_in_undo},
    {"ticket.check_in_bulk", check_in_bulk_names, check_in_bulk_follows, check_in_bulk,
     .changes = 3 * CHECK_INS_MAX},
    {"ticket.assign", ticket_names, ticket_follows, ticket_assign},
    {"ticket.transfer", ticket_names, ticket_follows, ticket_transfer},
    {"ticket.reissue", ticket_names, ticket_follows, ticket_reissue},
    {"event.create", NULL, NULL, event_create},
    {"event.replace", event_edit_names, event_follows, event_edit, .changes = RESCHEDULE_PAGE},
    {"event.update", event_edit_names, event_follows, event_edit, .changes = RESCHEDULE_PAGE},
    {"event.reschedule_page", event_reschedule_page_names, event_reschedule_page_follows,
     event_reschedule_page, .changes = RESCHEDULE_PAGE},
    {"event.cancel", event_cancel_names, event_follows, event_cancel, .changes = RESCHEDULE_PAGE},
    {"event.cancel_page", event_cancel_page_names, event_cancel_page_follows, event_cancel_page},
    {"event.delete", event_delete_names, NULL, event_delete},
    {"event.delete_page", event_delete_page_names, event_delete_page_follows, event_delete_page,
     .changes = DELETE_PAGE},
    {"ticket_type.create", ticket_type_create_names, NULL, ticket_type_create},
    {"ticket_type.replace", ticket_type_names, ticket_type_follows, ticket_type_edit},
    {"ticket_type.update", ticket_type_names, ticket_type_follows, ticket_type_edit},
    {"ticket_type.delete", ticket_type_names, NULL, ticket_type_delete},
    {"attendee.register", event_names, attendee_register_follows, attendee_register},
    {"attendee.replace", attendee_names, attendee_edit_follows, attendee_edit},
    {"attendee.update", attendee_names, attendee_edit_follows, attendee_edit},
    {"attendee.confirm", attendee_names, NULL, attendee_confirm},
    {"attendee.cancel", attendee_names, NULL, attendee_cancel},
    {"attendee.confirm_by_token", NULL, self_service_follows, self_service_confirm},
    {"attendee.cancel_by_token", NULL, self_service_follows, self_service_cancel},
    {"attendee.unsubscribe_by_token", NULL, self_service_follows, self_service_unsubscribe},
    {"attendee.delete", attendee_names, attendee_delete_follows, attendee_delete},
    {"attendee.link_page", attendee_link_page_names, attendee_link_page_follows, attendee_link_page,
     .changes = LINKING_PAGE},
    {"attendee.unlink_page", NULL, attendee_unlink_page_follows, attendee_unlink_page,
     .changes = 3 * UNLINKING_PAGE},
    {"attendee.import", attendee_import_names, attendee_import_follows, attendee_import,
     .changes = IMPORT_PAGE},
    {"attendee.import_lapse", attendee_import_names, NULL, attendee_import_lapse},
    {"attendee.erase", erase_names, erase_follows, attendee_erase,
     .changes = ERASE_KINDS * ERASE_PAGE},
    {"attendee.erase_page", erase_names, erase_follows, attendee_erase_page,
     .changes = ERASE_KINDS * ERASE_PAGE},
    {"order.erase", erase_names, erase_follows, order_erase, .changes = ERASE_KINDS * ERASE_PAGE},
    {"notification.create", notification_create_names, NULL, notification_create},
    {"notification.replace", notification_edit_names, NULL, notification_edit},
    {"notification.update", notification_edit_names, NULL, notification_edit},
    {"notification.send", notification_create_names, NULL, notification_send},
    {"notification.preview", notification_preview_names, NULL, notification_preview},
    {"notification.expand", notification_expand_names, notification_expand_follows,
     notification_expand, .changes = AUDIENCE_PAGE},
    {"notification.cancel", notification_names, NULL, notification_cancel},
    {"notification.delete", notification_names, NULL, notification_delete},
    {"delivery.record", delivery_names, delivery_report_follows, delivery_report},
    {"delivery.record_bulk", delivery_record_bulk_names, delivery_record_bulk_follows,
     delivery_record_bulk, .changes = DELIVERY_BULK},
    {"delivery.resend", delivery_names, delivery_follows, delivery_resend},
    {"delivery.settle", delivery_names, delivery_settle_follows, delivery_settle},
    {"suppression.lift", suppression_lift_names, NULL, suppression_lift},
    {"delivery.requeue", delivery_names, delivery_follows, delivery_requeue},
};

const struct decision *rules_find(const char *type)
{
    for (size_t i = 0; i < sizeof decisions / sizeof *decisions; i++)
        if (strcmp(decisions[i].type, type) == 0)
            return &decisions[i];
    return NULL;
}
