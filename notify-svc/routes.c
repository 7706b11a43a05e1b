#include "notify-svc/routes.h"

#include "libshared/service/service.h"
#include "notify-svc/callback.h"
#include "notify-svc/callbacks.h"
#include "notify-svc/channels.h"
#include "notify-svc/message_preview.h"

static enum problem_code check_channel(struct facade_call *call, const struct command_body *body)
{
    const struct service_context *context = facade_user(call);
    const struct notification *notification = body->request;
    bool unavailable =
        notification != NULL && !channels_available(context->settings, notification->channel);
    return unavailable ? PROBLEM_channel_unavailable : PROBLEM_NONE;
}

/* The parameters of a signed address, which has the first three; or the secret that all reports
 * share. */
#define SIGNED                                                                                     \
    {"delivery_id", "string", "The delivery that is reported of."},                                \
        {"resends", "integer", "Which of its sendings."},                                          \
        {"signature", "string", "Of a signed address: what shows that it is one."},                \
    {                                                                                              \
        "secret", "string", "CALLBACK_SECRET, where it is not in Authorization."                   \
    }
static const struct route_parameter report_query[] = {SIGNED, {0}};
static const struct route_parameter kannel_query[] = {
    SIGNED, {"dlr", "integer", "Kannel's code: 1 delivered, 2 not delivered, 16 rejected."}, {0}};
static const struct route_document kannel_document = {
    .name = "callback_sms_kannel", .tag = "callbacks", .query = kannel_query, .status = 204};
static const struct route_document sms_document = {
    .name = "callback_sms",
    .tag = "callbacks",
    .query = report_query,
    .takes = &callback_record,
    .takes_type = "application/x-www-form-urlencoded",
    .takes_example = "MessageSid=SM1&MessageStatus=delivered",
    .status = 204,
};
static const struct route_document email_document = {
    .name = "callback_email",
    .tag = "callbacks",
    .query = report_query,
    .takes = &callback_record,
    .status = 204,
};

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
    {"GET", E "/message-texts", "message_texts.get", API_NOTIFY | API_READ},
    {"PUT", E "/message-texts", "message_texts.replace", API_NOTIFY},
    {"PATCH", E "/message-texts", "message_texts.update", API_NOTIFY},
    {"POST", E "/message-texts/preview", "message_texts.preview", API_NOTIFY,
     .show = message_preview_show},
    {"GET", E "/message-defaults", "message_defaults.get", API_NOTIFY | API_READ},
    {"GET", "/v1/suppressions", "suppression.list", API_NOTIFY | API_READ},
    {"GET", "/v1/suppressions/{suppression_id}", "suppression.get", API_NOTIFY | API_READ},
    {"DELETE", "/v1/suppressions/{suppression_id}", "suppression.lift", API_NOTIFY},
    {"GET", "/v1/callbacks/sms", .serve = callbacks_kannel, .content_type = PROBLEM_MEDIA_TYPE,
     .summary = "Kannel's delivery report, sent to the address given as dlr-url; 204.",
     .document = &kannel_document},
    {"POST", "/v1/callbacks/sms", .serve = callbacks_sms, .content_type = PROBLEM_MEDIA_TYPE,
     .summary = "Report what became of a text message, as JSON or as Twilio's "
                "StatusCallback; 204.",
     .document = &sms_document},
    {"POST", "/v1/callbacks/email", .serve = callbacks_email, .content_type = PROBLEM_MEDIA_TYPE,
     .summary = "Report what became of an e-mail, such as a bounce; 204.",
     .document = &email_document},
    {0},
};
