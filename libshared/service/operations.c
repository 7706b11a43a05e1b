#include "libshared/record/json_text.h"
#include "libshared/service/operations.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/service/facade_forward.h"
#include "libshared/service/operation_id.h"

static const struct route_parameter path[] = {
    {"operation_id", "string", "What Operation-Id of an answer said."}, {0}};
const struct route_document operations_document = {
    .name = "operation_get",
    .tag = "operations",
    .description =
        "`done` has the status and body of the first answer, as they were. `unknown` may "
        "still run: repeat the command with the same Idempotency-Key, never with a new "
        "one. Answers are kept for eight days. Told to the key that sent the command, "
        "and to scope `admin`.",
    .path = path,
    .schema = "{\"type\":\"object\",\"required\":[\"operation_id\",\"state\"],\"properties\":{"
              "\"operation_id\":{\"type\":\"string\",\"description\":\"As asked for.\"},"
              "\"state\":{\"type\":\"string\",\"enum\":[\"done\",\"unknown\"],\"description\":"
              "\"unknown: it may still run; repeat it with the same key.\"},"
              "\"status\":{\"type\":\"integer\",\"description\":\"The HTTP status, as first "
              "answered. With `done` only.\"},"
              "\"body\":{\"description\":\"The body, as first answered; null if there was none. "
              "With `done` only.\"}}}",
};

static void answer(struct facade_call *call, const json_t *operation)
{
    const json_t *body = json_object_get(operation, "body");
    json_t *shown = json_pack("{sssOsO*}", "operation_id", facade_parameter(call, "operation_id"),
                              "state", json_object_get(operation, "state"), "status",
                              json_object_get(operation, "status"));
    if (json_object_get(operation, "status") != NULL) {
        json_t *first =
            body != NULL ? json_loads(json_string_value(body), JSON_DECODE_ANY, NULL) : NULL;
        (void)json_object_set_new(shown, "body", first != NULL ? first : json_null());
    }
    const char *text = json_text_dump(facade_request(call)->arena, shown);
    facade_header(call, "Cache-Control", "no-store");
    facade_respond(call, &(struct http_response){.status = 200,
                                                 .content_type = "application/json",
                                                 .body = text,
                                                 .body_size = strlen(text)});
    json_decref(shown);
}

static void on_reply(void *context, const struct reply *reply)
{
    struct facade_call *call = context;
    json_t *json = reply->outcome == REPLY_ANSWERED && reply->status == 200
                       ? json_loadb(reply->body, reply->body_size, 0, NULL)
                       : NULL;
    if (json != NULL) {
        answer(call, json);
    } else {
        facade_header(call, "Retry-After", "1");
        facade_refuse(call, PROBLEM_unavailable);
    }
    json_decref(json);
}

void operations_serve(struct facade_call *call)
{
    const void *arena = facade_request(call)->arena;
    const char *caller, *command_id;
    if (!operation_id_parse(arena, facade_parameter(call, "operation_id"), &caller, &command_id) ||
        (strcmp(caller, facade_caller(call)) != 0 && !facade_allows(call, API_ADMIN))) {
        facade_refuse(call, PROBLEM_not_found);
        return;
    }
    json_t *asked =
        json_pack("{soss}", "source", json_sprintf("/rest/%s", caller), "command_id", command_id);
    facade_send(call, "operation.get", NULL, NULL, asked, on_reply, call);
    json_decref(asked);
}
