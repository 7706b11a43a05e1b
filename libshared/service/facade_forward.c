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
    return facade_is_command(call) ? http_header(call->request, header->name) : NULL;
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
    if (!facade_is_command(call))
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
        .since_ms = call->waits_since_ms,
        .done = facade_replied,
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

/* Never with a key of the client's: its answer is kept under it, and must be its own. */
static bool waits_with_others(struct facade_call *call, const struct message *message)
{
    struct refused_alike *refused = call->facade->refused_alike;
    if (call->target->route->refused_alike_but_for == NULL || !refused_alike_any(refused) ||
        http_header(call->request, key_header.name) != NULL)
        return false;
    call->asker.context = call;
    if (!refused_alike_wait(refused, facade_kind(call, message->body), &call->asker))
        return false;
    call->waits_since_ms = call->facade->now.monotonic_ms;
    return true;
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
    else if (!refuse_wrong_headers(call) && !waits_with_others(call, &message))
        send_message(call, &message);
}

/* Who has left would not hear of what it bought; who only listens can ask again. */
bool facade_send_after_all(struct asker *asker)
{
    _cleanup_(message_end) struct message message = {0};
    struct facade_call *call = asker->context;
    if (http_client_left(call->request)) {
        facade_give_up(asker);
        return false;
    }
    facade_read_again(call, &message);
    send_message(call, &message);
    return true;
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
    facade_replied(call, reply);
}
