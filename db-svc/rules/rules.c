#include "db-svc/rules/rules.h"

#include "libshared/base/text.h"

/* The files of decisions. */
/* clang-format off */
#define FILES(X)                                                                                   \
    X(order_place) X(order_update) X(order_answer) X(order) X(order_refund) X(payment) X(payment_trouble)          \
    X(order_resend) X(ticket_check_in) X(ticket_check_in_bulk) X(ticket) X(own_order) X(own_cancel) X(event)      \
    X(event_clone) X(event_picture) X(cancel_job) X(delete_job) X(check_in_list)                                  \
    X(ticket_type) X(attendee) X(self_service) X(attendee_link_page) X(unlinking)                  \
    X(attendee_import) X(erase_job) X(notification) X(notification_preview)                        \
    X(message_texts) X(message_preview)                                                            \
    X(audience_expand) X(reschedule) X(delivery) X(delivery_record) X(delivery_settle)             \
    X(suppression)
/* clang-format on */

#define DECLARE(file) extern const struct handler file##_handlers[];
FILES(DECLARE)
#define NAME(file) file##_handlers,
static const struct handler *const tables[] = {FILES(NAME)};

static const struct handler *find(const struct handler *table, const char *type)
{
    while (table->type != NULL && !text_is(table->type, type))
        table++;
    return table->type != NULL ? table : NULL;
}

const struct handler *rules_find(const char *type)
{
    const struct handler *found = NULL;
    for (size_t i = 0; found == NULL && i < sizeof tables / sizeof *tables; i++)
        found = find(tables[i], type);
    return found;
}
