#include "libshared/service/facade_call.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/contract/receipt_id.h"
#include "libshared/service/facade_parts.h"
#include "libshared/service/message.h"

struct http_request *facade_request(const struct facade_call *call)
{
    return call->request;
}

const struct command_body *facade_asked(const struct facade_call *call)
{
    return call->asked;
}

void facade_mark(struct facade_call *call, const void *mark)
{
    call->mark = mark;
}

const void *facade_marked(const struct facade_call *call)
{
    return call->mark;
}

void *facade_user(const struct facade_call *call)
{
    return call->facade->config.user;
}

struct turns *facade_pages(const struct facade_call *call)
{
    return call->facade->pages;
}

void facade_header(struct facade_call *call, const char *name, const char *value)
{
    if (value != NULL && call->n_headers < HEADERS_MAX)
        call->headers[call->n_headers++] = (struct http_header){name, value};
}

void facade_add_cors(struct facade_call *call, const char *allow)
{
    struct http_header headers[CORS_HEADERS + 1];
    size_t n = cors_headers(call->facade->config.cors, http_header(call->request, "Origin"), allow,
                            headers);
    for (size_t i = 0; i < n; i++)
        facade_header(call, headers[i].name, headers[i].value);
}

void facade_respond(struct facade_call *call, const struct http_response *response)
{
    facade_add_cors(call, NULL);
    struct http_response whole = *response;
    whole.headers = call->headers;
    http_respond(call->request, &whole);
}

/* The instance is what a client can quote; those of a bare refusal are worth no line. */
static void log_problem(const struct facade_call *call, enum problem_code code, const char *uuid)
{
    log_write_(problem_status(code) == 500 ? LOG_ERROR : LOG_DEBUG, "http.problem",
               LOG_STR("code", problem_code_text(code)), LOG_STR("instance", uuid),
               LOG_STR("route", call->request->route), LOG_STR("key", call->caller.name));
}

const char *facade_source(const struct facade_call *call)
{
    return mem_printf(call->request->arena, "/rest/%s", call->caller.name);
}

/* That of a command's receipt, so that what is refused here is refused again in the same bytes. */
static void set_instance(const struct facade_call *call, uint8_t ret_instance[RECEIPT_ID])
{
    const char *id = call->id != NULL ? call->id : http_header(call->request, "Idempotency-Key");
    if (id != NULL && call->caller.name[0] != '\0')
        receipt_id(ret_instance, facade_source(call), id);
    else
        randombytes_buf(ret_instance, RECEIPT_ID);
}

void facade_fill_problem(struct facade_call *call, struct problem *problem,
                         struct http_response *ret_response)
{
    uint8_t instance[RECEIPT_ID];
    char uuid[UUID_SIZE];
    LOG_TRACE(call->trace_id); /* it may come from a thread's work or a timer */
    set_instance(call, instance);
    id_uuid(uuid, instance);
    problem->instance = instance;
    log_problem(call, problem->code, uuid);
    const char *body = problem_body(call->request->arena, problem);
    problem->instance = NULL;
    facade_header(call, "Cache-Control", "no-store");
    *ret_response = (struct http_response){.status = problem_status(problem->code),
                                           .content_type = PROBLEM_MEDIA_TYPE,
                                           .body = body,
                                           .body_size = strlen(body)};
}

void facade_refuse_problem(struct facade_call *call, struct problem *problem)
{
    struct http_response response;
    facade_fill_problem(call, problem, &response);
    facade_respond(call, &response);
}

void facade_refuse_with(struct facade_call *call, enum problem_code code, json_t *members)
{
    facade_refuse_problem(call, &(struct problem){.code = code, .members = members});
}

void facade_refuse_header(struct facade_call *call, enum problem_code code, const char *name)
{
    json_t *members = json_pack("{s[{ssssss}]}", "errors", "header", name, "code",
                                problem_code_text(code), "detail", problem_detail(code));
    facade_refuse_with(call, code, members);
    json_decref(members);
}

void facade_refuse_invalid(struct facade_call *call, const struct violations *violations)
{
    facade_refuse_problem(
        call, &(struct problem){.code = PROBLEM_validation_failed, .violations = violations});
}

void facade_refuse_parameter(struct facade_call *call, const char *name, enum violation_code code)
{
    struct violations violations = {.arena = call->request->arena};
    violations_add(&violations, &(struct path){.name = name}, code);
    facade_refuse_problem(call, &(struct problem){.code = PROBLEM_validation_failed,
                                                  .violations = &violations,
                                                  .parameters = true});
}

bool facade_parameters(struct facade_call *call, const void *arena, const struct record *names,
                       void *ret)
{
    struct problem problem;
    if (message_parameters(arena, names, call->request, ret, &problem))
        return true;
    facade_refuse_problem(call, &problem);
    return false;
}

const char *facade_parameter(const struct facade_call *call, const char *name)
{
    return router_parameter(&call->match, name);
}

const char *facade_caller(const struct facade_call *call)
{
    return call->caller.name;
}

bool facade_allows(const struct facade_call *call, unsigned scopes)
{
    return api_keys_allows(&call->caller, scopes);
}

bool facade_is_known(const struct facade_call *call)
{
    const struct api_keys *keys = call->facade->config.keys;
    struct api_caller caller;
    return keys == NULL ||
           api_keys_find(keys, http_header(call->request, "Authorization"), &caller);
}

void facade_read_again(struct facade_call *call, struct message *ret_message)
{
    struct problem problem;
    (void)!message_read(call->target->command, call->target->route->parameters, &call->match,
                        call->request, ret_message, &problem);
}

json_t *facade_message(struct facade_call *call)
{
    _cleanup_(message_end) struct message message = {0};
    facade_read_again(call, &message);
    return json_incref(message.body);
}

void facade_set_context(struct facade_call *call, void *own, void (*ended)(void *own))
{
    call->own = own;
    call->ended = ended;
}

void *facade_context(const struct http_request *request)
{
    return ((const struct facade_call *)request->user)->own;
}

void facade_refuse(struct facade_call *call, enum problem_code code)
{
    facade_refuse_problem(call, &(struct problem){.code = code});
}
