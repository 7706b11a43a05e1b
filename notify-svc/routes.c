#include "notify-svc/routes.h"

#include "libshared/service/service.h"
#include "notify-svc/sms.h"

static enum problem_code check_channel(const void *user, const struct command_body *body)
{
    const struct service_context *context = user;
    const struct notification *notification = body->request;
    bool sms = notification != NULL && notification->channel == CHANNEL_SMS;
    return sms && !sms_available(context->settings) ? PROBLEM_channel_unavailable : PROBLEMS;
}

#define E "/v1/events/{event_id}"
#define N E "/notifications/{notification_id}"

const struct route notify_routes[] = {
    {"POST", E "/notifications", "notification.send", API_NOTIFY, .check = check_channel},
    {"POST", E "/notifications/preview", "notification.preview", API_NOTIFY},
    {"GET", E "/notifications", "notification.list", API_NOTIFY | API_READ},
    {"GET", N, "notification.get", API_NOTIFY | API_READ},
    {"GET", N "/deliveries", "delivery.list", API_NOTIFY | API_READ},
    {"POST", N "/deliveries/{delivery_id}/resend", "delivery.resend", API_NOTIFY},
    {"POST", N "/cancel", "notification.cancel", API_NOTIFY},
    {0},
};
