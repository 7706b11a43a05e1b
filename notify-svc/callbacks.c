#include "notify-svc/callbacks.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/http/media_type.h"
#include "libshared/service/service.h"
#include "notify-svc/callback.h"

#define CHALLENGE "Basic realm=\"callbacks\""
#define FORM "application/x-www-form-urlencoded"

struct reporter {
    struct query query;
    enum callback_right right;
};

/* Signed addresses are given out for text messages alone. */
static enum callback_right right_for(const struct facade_call *call, enum channel channel,
                                     const struct query *query)
{
    const struct service_context *context = facade_user(call);
    const struct http_request *request = facade_request(call);
    enum callback_right right = callback_right(request->arena, context->settings->callback_secret,
                                               http_header(request, "Authorization"), query);
    return right == CALLBACK_OWN && channel != CHANNEL_SMS ? CALLBACK_DENIED : right;
}

/* False: answered. */
static bool admit(struct facade_call *call, enum channel channel, struct reporter *ret_reporter)
{
    const struct service_context *context = facade_user(call);
    const struct http_request *request = facade_request(call);
    if (context->settings->callback_secret == NULL) {
        facade_refuse(call, PROBLEM_callbacks_off);
    } else if (query_parse(request->arena, request->query, &ret_reporter->query) < 0) {
        facade_refuse(call, PROBLEM_invalid_request);
    } else if ((ret_reporter->right = right_for(call, channel, &ret_reporter->query)) ==
               CALLBACK_DENIED) {
        facade_header(call, "WWW-Authenticate", CHALLENGE);
        facade_refuse(call, PROBLEM_callback_unauthorized);
    } else {
        return true;
    }
    return false;
}

static void answer_none(struct facade_call *call)
{
    facade_respond(call, &(struct http_response){.status = 204});
}

static void on_reply(void *context, const struct reply *reply)
{
    struct facade_call *call = context;
    if (reply->outcome == REPLY_ANSWERED && reply->status == 200)
        answer_none(call);
    else
        facade_answer(call, reply);
}

static void settle(struct facade_call *call, const struct callback *report)
{
    static const char type[] = "delivery.settle";
    struct delivery_settlement settlement = {.status = report->status,
                                             .error = report->reason,
                                             .permanent = report->permanent,
                                             .resends = report->resends};
    json_t *body = command_json(&(struct command_body){.command = command_find(type),
                                                       .ids = {[ID_DELIVERY] = report->delivery_id},
                                                       .request = &settlement});
    facade_send(call, type, NULL, NULL, body, on_reply, call);
    json_decref(body);
}

static void take(struct facade_call *call, const struct reporter *reporter,
                 enum callback_reader reading, struct callback *report)
{
    if (reading == CALLBACK_UNREADABLE)
        facade_refuse(call, PROBLEM_invalid_request);
    else if (reading == CALLBACK_NOTHING)
        answer_none(call);
    else if (reporter->right == CALLBACK_OWN && !callback_is_own(&reporter->query, report))
        facade_refuse(call, PROBLEM_callback_forbidden);
    else
        settle(call, report);
}

static void take_json(struct facade_call *call, const struct reporter *reporter)
{
    const struct http_request *request = facade_request(call);
    struct violations violations = {.arena = request->arena};
    struct decoder decoder = {.arena = request->arena, .violations = &violations};
    struct callback report;
    json_t *json = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, NULL);
    bool right = json != NULL && record_decode(&decoder, &callback_record, json, &report);
    if (json == NULL)
        facade_refuse(call, PROBLEM_invalid_json);
    else if (!right)
        facade_refuse_invalid(call, &violations);
    else if (report.message_id != NULL && !callback_name(request->arena, &report))
        facade_refuse(call, PROBLEM_not_found);
    else
        take(call, reporter, CALLBACK_REPORT, &report);
    json_decref(json);
}

static void take_form(struct facade_call *call, const struct reporter *reporter)
{
    const struct http_request *request = facade_request(call);
    struct query form;
    struct callback report;
    enum callback_reader reading =
        query_parse(request->arena, request->body, &form) < 0
            ? CALLBACK_UNREADABLE
            : callback_from_twilio(request->arena, &reporter->query, &form, &report);
    take(call, reporter, reading, &report);
}

void callbacks_kannel(struct facade_call *call)
{
    struct reporter reporter;
    struct callback report;
    if (admit(call, CHANNEL_SMS, &reporter))
        take(call, &reporter, callback_from_kannel(&reporter.query, &report), &report);
}

static bool is_type(const struct facade_call *call, const char *type)
{
    return media_type_is(http_header(facade_request(call), "Content-Type"), type);
}

static void take_report(struct facade_call *call, const struct reporter *reporter)
{
    if (is_type(call, "application/json"))
        take_json(call, reporter);
    else
        facade_refuse(call, PROBLEM_unsupported_media_type);
}

void callbacks_sms(struct facade_call *call)
{
    struct reporter reporter;
    if (!admit(call, CHANNEL_SMS, &reporter))
        return;
    if (is_type(call, FORM))
        take_form(call, &reporter);
    else
        take_report(call, &reporter);
}

void callbacks_email(struct facade_call *call)
{
    struct reporter reporter;
    if (admit(call, CHANNEL_EMAIL, &reporter))
        take_report(call, &reporter);
}
