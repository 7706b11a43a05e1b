#include "db-svc/rules/messages/consent.h"

bool consent_given(const struct attendee *attendee)
{
    return attendee->marketing_consent != NULL && attendee->marketing_consent->given.value;
}

const char *consent_error(struct decision *decision, const struct delivery *delivery)
{
    const struct notification *notification =
        decision_read(decision, &collection_notifications, delivery->notification_id);
    if (notification == NULL || !notification->marketing.value)
        return NULL;
    const struct attendee *attendee =
        decision_read(decision, &collection_attendees, delivery->attendee_id);
    return attendee != NULL && consent_given(attendee) ? NULL : CONSENT_ERROR;
}
