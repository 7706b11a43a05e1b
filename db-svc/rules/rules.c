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
    {"order.place", order_place},
    {"order.update", order_update},
    {"order.confirm", order_confirm},
    {"order.extend", order_extend},
    {"order.cancel", order_cancel},
    {"order.refund", order_refund},
    {"order.expire", order_expire},
    {"payment.succeeded", payment_succeeded},
    {"payment.failed", payment_failed},
    {"payment.refunded", payment_refunded},
    {"ticket.check_in", check_in_admit},
    {"ticket.undo_check_in", check_in_undo},
    {"ticket.check_in_bulk", check_in_bulk, .changes = 3 * CHECK_INS_MAX},
    {"ticket.assign", ticket_assign},
    {"ticket.transfer", ticket_transfer},
    {"ticket.reissue", ticket_reissue},
    {"event.create", event_create},
    {"event.replace", event_edit, .changes = RESCHEDULE_PAGE},
    {"event.update", event_edit, .changes = RESCHEDULE_PAGE},
    {"event.reschedule_page", event_reschedule_page, .changes = RESCHEDULE_PAGE},
    {"event.cancel", event_cancel, .changes = RESCHEDULE_PAGE},
    {"event.cancel_page", event_cancel_page},
    {"event.delete", event_delete},
    {"event.delete_page", event_delete_page, .changes = DELETE_PAGE},
    {"ticket_type.create", ticket_type_create},
    {"ticket_type.replace", ticket_type_edit},
    {"ticket_type.update", ticket_type_edit},
    {"ticket_type.delete", ticket_type_delete},
    {"attendee.register", attendee_register},
    {"attendee.replace", attendee_edit},
    {"attendee.update", attendee_edit},
    {"attendee.confirm", attendee_confirm},
    {"attendee.cancel", attendee_cancel},
    {"attendee.confirm_by_token", self_service_confirm},
    {"attendee.cancel_by_token", self_service_cancel},
    {"attendee.unsubscribe_by_token", self_service_unsubscribe},
    {"attendee.delete", attendee_delete},
    {"attendee.link_page", attendee_link_page, .changes = LINKING_PAGE},
    {"attendee.unlink_page", attendee_unlink_page, .changes = 3 * UNLINKING_PAGE},
    {"attendee.import", attendee_import, .changes = IMPORT_PAGE},
    {"attendee.import_lapse", attendee_import_lapse},
    {"attendee.erase", attendee_erase, .changes = ERASE_KINDS * ERASE_PAGE},
    {"attendee.erase_page", attendee_erase_page, .changes = ERASE_KINDS * ERASE_PAGE},
    {"order.erase", order_erase, .changes = ERASE_KINDS * ERASE_PAGE},
    {"notification.create", notification_create},
    {"notification.replace", notification_edit},
    {"notification.update", notification_edit},
    {"notification.send", notification_send},
    {"notification.preview", notification_preview},
    {"notification.expand", notification_expand, .changes = AUDIENCE_PAGE},
    {"notification.cancel", notification_cancel},
    {"notification.delete", notification_delete},
    {"delivery.record", delivery_report},
    {"delivery.record_bulk", delivery_record_bulk, .changes = DELIVERY_BULK},
    {"delivery.resend", delivery_resend},
    {"delivery.settle", delivery_settle},
    {"suppression.lift", suppression_lift},
    {"delivery.requeue", delivery_requeue},
};

const struct decision *rules_find(const char *type)
{
    for (size_t i = 0; i < sizeof decisions / sizeof *decisions; i++)
        if (strcmp(decisions[i].type, type) == 0)
            return &decisions[i];
    return NULL;
}
