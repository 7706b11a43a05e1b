#include "libshared/record/json_text.h"
#include "libshared/service/facade_forward.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/http/conditional.h"
#include "libshared/service/facade_parts.h"
#include "libshared/service/message.h"
#include "libshared/service/operation_id.h"

#define IDEMPOTENCY_KEY_MAX 255

/* --- What came back --- */

static bool is_command(const struct facade_call *call)
{
    return call->target->command == NULL || call->target->command->shape != COMMAND_QUERY;
}

static bool client_has_it(const struct facade_call *call, const struct reply *reply)
{
    return !is_command(call) && reply->status == 200 && reply->etag != NULL &&
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

void facade_refuse_not_done(struct facade_call *call)
{
    facade_header(call, "Retry-After", "1");
    const struct facade *facade = call->facade;
    bool ready = !facade->stopped && replies_unready(facade->config.replies) == NULL;
    facade_refuse(call, ready ? PROBLEM_overloaded : PROBLEM_unavailable);
}

static void refuse_unknown(struct facade_call *call)
{
    if (is_command(call)) {
        facade_refuse(call, PROBLEM_outcome_unknown);
        return;
    }
    facade_header(call, "Retry-After", "1");
    facade_refuse(call, PROBLEM_unavailable);
}

static void on_reply(void *context, const struct reply *reply)
{
    struct facade_call *call = context;
    const struct facade_config *config = &call->facade->config;
    metrics_add(call->facade->outcomes[reply->outcome], 1);
    if (config->on_reply != NULL && reply->outcome == REPLY_ANSWERED)
        config->on_reply(config->user, reply);
    if (call->target->route->told != NULL && reply->outcome == REPLY_ANSWERED)
        call->target->route->told(call, reply);
    if (call->target->route->refused_by != NULL)
        facade_tell_others(call, reply);
    if (is_command(call))
        facade_header(call, "Idempotency-Key", call->id);
    if (is_command(call) && call->target->command != NULL)
        facade_header(call, "Operation-Id",
                      operation_id(call->request->arena, call->caller.name, call->id));
    switch (reply->outcome) {
    case REPLY_ANSWERED:
        pass_on(call, reply);
        break;
    case REPLY_NOT_DONE:
        facade_refuse_not_done(call);
        break;
    case REPLY_UNKNOWN:
        refuse_unknown(call);
        break;
    }
}

/* --- What goes out --- */

static char *draw_id(const void *arena)
{
    uint8_t random[16];
    char uuid[UUID_SIZE];
    randombytes_buf(random, sizeof random);
    id_uuid(uuid, random);
    return mem_strdup(arena, uuid);
}

static bool is_key(const char *text)
{
    return text_printable_ascii(text) && strlen(text) <= IDEMPOTENCY_KEY_MAX;
}

static bool is_if_match(const char *text)
{
    return conditional_valid(text) && text_printable_ascii(text);
}

/* The headers of its own that a command may have. */
static const struct command_header {
    const char *name;
    bool (*valid)(const char *text);
    enum problem_code alone; /* when nothing else is wrong */
} key_header = {"Idempotency-Key", is_key, PROBLEM_invalid_idempotency_key},
  if_match_header = {"If-Match", is_if_match, PROBLEM_invalid_request};

static const char *command_header(const struct facade_call *call,
                                  const struct command_header *header)
{
    return is_command(call) ? http_header(call->request, header->name) : NULL;
}

static bool is_wrong(const struct facade_call *call, const struct command_header *header)
{
    const char *text = command_header(call, header);
    return text != NULL && !header->valid(text);
}

static void add_wrong_headers(const struct facade_call *call, struct violations *violations)
{
    if (is_wrong(call, &key_header))
        violations_add_header(violations, key_header.name, VIOLATION_not_allowed);
    if (is_wrong(call, &if_match_header))
        violations_add_header(violations, if_match_header.name, VIOLATION_not_allowed);
}

/* True: answered. */
static bool refuse_wrong_headers(struct facade_call *call)
{
    struct violations both = {.arena = call->request->arena};
    add_wrong_headers(call, &both);
    if (both.n == 2)
        facade_refuse_problem(
            call, &(struct problem){.code = PROBLEM_invalid_request, .violations = &both});
    else if (is_wrong(call, &key_header))
        facade_refuse_header(call, key_header.alone, key_header.name);
    else if (is_wrong(call, &if_match_header))
        facade_refuse_header(call, if_match_header.alone, if_match_header.name);
    return both.n > 0;
}

static void take_id(struct facade_call *call)
{
    const char *key = command_header(call, &key_header);
    call->id = key != NULL ? key : draw_id(call->request->arena);
}

static const char *message_key(const struct facade_call *call, const struct message *message)
{
    if (!is_command(call))
        return NULL;
    const char *event = message->taken.ids[ID_EVENT];
    return event != NULL ? event : call->id;
}

static void send_request(const struct facade *facade, const struct replies_request *request)
{
    if (facade->stopped)
        request->done(request->context, &(struct reply){.outcome = REPLY_NOT_DONE});
    else
        replies_request(facade->config.replies, request, facade->now.monotonic_ms,
                        facade->now.wall_ms);
}

static void send_message(struct facade_call *call, const struct message *message)
{
    take_id(call);
    char *body = json_text_dump(NULL, message->body);
    struct replies_request request = {
        .topic = command_topic(call->target->command),
        .key = message_key(call, message),
        .type = call->target->command->type,
        .id = call->id,
        .source = facade_source(call),
        .if_match = command_header(call, &if_match_header),
        .traceparent = facade_traceparent(call),
        .body = body,
        .body_size = strlen(body),
        .patience_ms = call->target->route->patience_ms,
        .done = on_reply,
        .context = call,
    };
    send_request(call->facade, &request);
    mem_free(body);
}

static void refuse_message(struct facade_call *call, struct problem *problem)
{
    struct violations all = {.arena = call->request->arena};
    if (problem->violations != NULL) {
        all = *problem->violations;
        add_wrong_headers(call, &all);
        problem->violations = &all;
    }
    facade_refuse_problem(call, problem);
}

static void serve_query(struct facade_call *call, const struct message *message)
{
    call->asked = &message->taken;
    call->target->route->serve(call);
}

void facade_forward(struct facade_call *call)
{
    const struct target *target = call->target;
    _cleanup_(message_end) struct message message = {0};
    struct problem problem;
    if (!message_read(target->command, target->route->parameters, &call->match, call->request,
                      &message, &problem)) {
        refuse_message(call, &problem);
        return;
    }
    facade_scopes *scopes_for = target->route->scopes_for;
    if (scopes_for != NULL && !api_keys_allows(&call->caller, scopes_for(&message.taken))) {
        facade_refuse(call, PROBLEM_forbidden);
        return;
    }
    facade_check *check = target->route->check;
    enum problem_code code = check != NULL ? check(call, &message.taken) : PROBLEM_NONE;
    if (code != PROBLEM_NONE) {
        facade_header(call, "Retry-After", problem_status(code) == 429 ? "60" : NULL);
        facade_refuse(call, code);
    } else if (target->route->serve != NULL)
        serve_query(call, &message);
    else if (!refuse_wrong_headers(call) && !facade_wait_with_others(call, &message))
        send_message(call, &message);
}

/* Once more, what was read before and was right. */
static void read_again(struct facade_call *call, struct message *ret_message)
{
    struct problem problem;
    (void)!message_read(call->target->command, call->target->route->parameters, &call->match,
                        call->request, ret_message, &problem);
}

json_t *facade_message(struct facade_call *call)
{
    _cleanup_(message_end) struct message message = {0};
    read_again(call, &message);
    return json_incref(message.body);
}

void facade_send_waiting(struct facade_call *call)
{
    _cleanup_(message_end) struct message message = {0};
    read_again(call, &message);
    send_message(call, &message);
}

static void ask(struct facade_call *call, const char *topic, struct replies_request request,
                const json_t *message)
{
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
    const char *body = json_text_dump(scratch, message);
    request.topic = topic;
    request.id = request.id != NULL ? request.id : draw_id(scratch);
    request.source = mem_printf(scratch, "/rest/%s", call->caller.name);
    request.traceparent = facade_traceparent(call);
    request.body = body;
    request.body_size = strlen(body);
    send_request(call->facade, &request);
}

void facade_ask(struct facade_call *call, const json_t *message,
                void (*done)(void *context, const struct reply *reply), void *context)
{
    const struct command *command = call->target->command;
    ask(call, command_topic(command),
        (struct replies_request){.type = command->type, .done = done, .context = context}, message);
}

void facade_send(struct facade_call *call, const char *type, const char *key, const char *id,
                 const json_t *message, void (*done)(void *context, const struct reply *reply),
                 void *context)
{
    ask(call, command_topic(command_find(type)),
        (struct replies_request){.type = type,
                                 .key = key,
                                 .id = id,
                                 .no_deadline = id != NULL,
                                 .if_match = is_wrong(call, &if_match_header)
                                                 ? NULL
                                                 : command_header(call, &if_match_header),
                                 .done = done,
                                 .context = context},
        message);
}

const char *facade_command_id(struct facade_call *call)
{
    if (refuse_wrong_headers(call))
        return NULL;
    take_id(call);
    return call->id;
}

void facade_answer(struct facade_call *call, const struct reply *reply)
{
    on_reply(call, reply);
}
