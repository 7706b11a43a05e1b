/* What db-svc replied, as the answer to a request. */
#include "libshared/service/facade_parts.h"

#include "libshared/base/mem.h"
#include "libshared/http/conditional.h"
#include "libshared/record/json_text.h"
#include "libshared/service/operation_id.h"

bool facade_is_command(const struct facade_call *call)
{
    return call->target->command == NULL || call->target->command->shape != COMMAND_QUERY;
}

static bool client_has_it(const struct facade_call *call, const struct reply *reply)
{
    return !facade_is_command(call) && reply->status == 200 && reply->etag != NULL &&
           !conditional_if_none_match(http_header(call->request, "If-None-Match"), reply->etag);
}

static const char *keep(const struct facade_call *call, const char *text)
{
    return mem_strdup(call->request->arena, text);
}

static void pass_on(struct facade_call *call, const struct reply *reply)
{
    if (reply->status < 200 || reply->status > 599) {
        facade_refuse(call, PROBLEM_internal_error);
        return;
    }
    if (reply->status == 200 && call->target->route->show != NULL) {
        call->target->route->show(call, reply->body, reply->body_size);
        return;
    }
    facade_header(call, "ETag", keep(call, reply->etag));
    facade_header(call, "Location", keep(call, reply->location));
    facade_header(call, "Cache-Control", "no-store");
    facade_header(call, "Retry-After", reply->status == 503 ? "1" : NULL);
    struct http_response response = {.status = reply->status};
    if (client_has_it(call, reply)) {
        response.status = 304;
    } else if (reply->status != 204) {
        response.content_type = reply->status < 400 ? "application/json" : PROBLEM_MEDIA_TYPE;
        response.body = mem_dup(call->request->arena, reply->body, reply->body_size);
        response.body_size = reply->body_size;
    }
    facade_respond(call, &response);
}

static void refuse_not_done(struct facade_call *call)
{
    facade_header(call, "Retry-After", "1");
    const struct facade *facade = call->facade;
    bool ready = !facade->stopped && replies_unready(facade->config.replies) == NULL;
    facade_refuse(call, ready ? PROBLEM_overloaded : PROBLEM_unavailable);
}

static void refuse_unknown(struct facade_call *call)
{
    if (facade_is_command(call)) {
        facade_refuse(call, PROBLEM_outcome_unknown);
        return;
    }
    facade_header(call, "Retry-After", "1");
    facade_refuse(call, PROBLEM_unavailable);
}

/* --- What others are answered with it --- */

const char *facade_kind(const struct facade_call *call, const json_t *body)
{
    const void *arena = call->request->arena;
    const char *const *member = call->target->route->refused_alike_but_for;
    json_t *counts = json_copy((json_t *)body);
    for (; *member != NULL; member++)
        (void)json_object_del(counts, *member);
    return mem_printf(arena, "%s %s", call->request->path, json_text_take(arena, counts));
}

/* With an instance of its own, and without a key: nothing is kept under any. */
void facade_refuse_alike(struct asker *asker, const void *answer)
{
    struct facade_call *call = asker->context;
    struct problem own = *(const struct problem *)answer;
    metrics_add(call->facade->with_others, 1);
    facade_refuse_problem(call, &own);
}

void facade_give_up(struct asker *asker)
{
    refuse_not_done(asker->context);
}

static void tell_refused(struct facade_call *call, const struct reply *reply)
{
    json_t *body = call->asker.kind == NULL ? facade_message(call) : NULL;
    json_t *problem = json_loadb(reply->body, reply->body_size, 0, NULL);
    const struct problem answer = {
        .code = problem_find(json_string_value(json_object_get(problem, "code"))),
        .members = problem};
    (void)json_object_del(problem, "instance");
    refused_alike_refused(call->facade->refused_alike, &call->asker,
                          body != NULL ? facade_kind(call, body) : NULL, &answer);
    json_decref(problem);
    json_decref(body);
}

static void tell_others(struct facade_call *call, const struct reply *reply)
{
    struct refused_alike *refused = call->facade->refused_alike;
    if (reply->outcome != REPLY_ANSWERED)
        refused_alike_lost(refused, &call->asker);
    else if (reply->any_buyer)
        tell_refused(call, reply);
    else
        refused_alike_answered(refused, &call->asker);
}

void facade_replied(void *context, const struct reply *reply)
{
    struct facade_call *call = context;
    const struct facade_config *config = &call->facade->config;
    metrics_add(call->facade->outcomes[reply->outcome], 1);
    if (config->on_reply != NULL && reply->outcome == REPLY_ANSWERED)
        config->on_reply(config->user, reply);
    if (call->target->route->told != NULL && reply->outcome == REPLY_ANSWERED)
        call->target->route->told(call, reply);
    if (call->target->route->refused_alike_but_for != NULL)
        tell_others(call, reply);
    if (facade_is_command(call))
        facade_header(call, "Idempotency-Key", call->id);
    if (facade_is_command(call) && call->target->command != NULL)
        facade_header(call, "Operation-Id",
                      operation_id(call->request->arena, call->caller.name, call->id));
    switch (reply->outcome) {
    case REPLY_ANSWERED:
        pass_on(call, reply);
        break;
    case REPLY_NOT_DONE:
        refuse_not_done(call);
        break;
    case REPLY_UNKNOWN:
        refuse_unknown(call);
        break;
    }
}
