#include "notify-svc/routes.h"

#include "libshared/service/service.h"
#include "notify-svc/callback.h"
#include "notify-svc/callbacks.h"
#include "notify-svc/channels.h"

static enum problem_code check_channel(const void *user, const struct command_body *body)
{
    const struct service_context *context = user;
    const struct notification *notification = body->request;
    bool unavailable =
        notification != NULL && !channels_available(context->settings, notification->channel);
    return unavailable ? PROBLEM_channel_unavailable : PROBLEM_NONE;
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
    {"GET", "/v1/suppressions", "suppression.list", API_NOTIFY | API_READ},
    {"GET", "/v1/suppressions/{suppression_id}", "suppression.get", API_NOTIFY | API_READ},
    {"DELETE", "/v1/suppressions/{suppression_id}", "suppression.lift", API_NOTIFY},
    {"GET", "/v1/callbacks/sms", .serve = callbacks_kannel, .content_type = PROBLEM_MEDIA_TYPE,
     .summary = "Kannel's delivery report, at the address it was given as dlr-url; 204."},
    {"POST", "/v1/callbacks/sms", .serve = callbacks_sms, .content_type = PROBLEM_MEDIA_TYPE,
     .takes = &callback_record,
     .summary = "What became of a text message: as JSON, or as Twilio's StatusCallback; 204."},
    {"POST", "/v1/callbacks/email", .serve = callbacks_email, .content_type = PROBLEM_MEDIA_TYPE,
     .takes = &callback_record,
     .summary = "What became of an e-mail, such as that it has come back; 204."},
    {0},
};
