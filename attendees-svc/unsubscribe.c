#include "attendees-svc/unsubscribe.h"

#include <string.h>

#include "libshared/contract/self_service.h"
#include "libshared/http/media_type.h"
#include "libshared/http/query.h"
#include "libshared/record/json_text.h"

static void on_reply(void *context, const struct reply *reply)
{
    facade_answer(context, reply);
}

/* Nobody else is asked of what is no token at all. */
static void leave(struct facade_call *call, const char *token)
{
    static const char type[] = "attendee.unsubscribe_by_token";
    struct self_service_request request = {.token = token};
    const char *event_id =
        token != NULL ? self_service_event(facade_request(call)->arena, &request) : NULL;
    if (event_id == NULL) {
        facade_refuse(call, PROBLEM_invalid_token);
        return;
    }
    json_t *body =
        command_json(&(struct command_body){.command = command_find(type), .request = &request});
    facade_send(call, type, event_id, NULL, body, on_reply, call);
    json_decref(body);
}

static void take_json(struct facade_call *call)
{
    const struct http_request *request = facade_request(call);
    struct violations violations = {.arena = request->arena};
    struct decoder decoder = {.arena = request->arena, .violations = &violations};
    struct self_service_request asked;
    json_t *json = json_text_load(request->body, request->body_size);
    bool right =
        json != NULL && record_decode(&decoder, &self_service_request_record, json, &asked);
    if (json == NULL)
        facade_refuse(call, PROBLEM_invalid_json);
    else if (!right)
        facade_refuse_invalid(call, &violations);
    else
        leave(call, asked.token);
    json_decref(json);
}

/* A scanner of mails that opens addresses does not post this. */
static void take_click(struct facade_call *call)
{
    const struct http_request *request = facade_request(call);
    struct query query;
    bool clicked = request->body != NULL && strstr(request->body, "List-Unsubscribe") != NULL &&
                   strstr(request->body, "One-Click") != NULL;
    if (!clicked || query_parse(request->arena, request->query, &query) < 0)
        facade_refuse(call, PROBLEM_invalid_request);
    else
        leave(call, query_get(&query, "token"));
}

void unsubscribe(struct facade_call *call)
{
    const char *type = http_header(facade_request(call), "Content-Type");
    if (media_type_is(type, "application/json"))
        take_json(call);
    else if (media_type_is(type, "application/x-www-form-urlencoded") ||
             media_type_is(type, "multipart/form-data"))
        take_click(call);
    else
        facade_refuse(call, PROBLEM_unsupported_media_type);
}
