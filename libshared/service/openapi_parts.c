/* The parts that all OpenAPI documents have in common. */
#include "libshared/service/openapi_parts.h"

#include <stdio.h>
#include <string.h>

#include "libshared/service/schemas.h"

const struct openapi_scope openapi_scopes[OPENAPI_SCOPES] = {
    {API_ADMIN, "admin", "everything"},
    {API_SELL, "sell",
     "placing, holding, confirming, extending, cancelling and refunding orders, one order by its "
     "id "
     "and its tickets"},
    {API_HOLD, "hold", "placing an order that is held, and extending it"},
    {API_GATE, "gate",
     "checking tickets in, undoing that, looking them up, and the offline bundle"},
    {API_ATTEND, "attend", "an event's list of attendees"},
    {API_NOTIFY, "notify", "sending, deliveries and suppressions"},
    {API_READ, "read", "lists, exports, histories, deliveries, suppressions and the ledger"},
};

static const struct {
    const char *name, *description;
} tags[] = {
    {"events", "Events, their cancellation and their deletion."},
    {"tickets", "Ticket types, availability, orders, tickets and gates."},
    {"attendees", "Who comes: lists, links, imports and exports."},
    {"notifications", "Messages, their deliveries, and who gets none."},
    {"payments", "What a payment system says."},
    {"operations", "Commands after the fact, and messages that could not be read."},
    {"callbacks", "Where others report what became of a message."},
    {"service", "Health, metrics and documents."},
};

const char *openapi_tag_description(const char *tag)
{
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (strcmp(tags[i].name, tag) == 0)
            return tags[i].description;
    return "";
}

json_t *openapi_info(const char *service, const char *version)
{
    return json_pack(
        "{sssssss{ssss}}", "title", service, "version", version, "description",
        "Every answer that is no success is a problem (RFC 9457) with a `code` for programs, and "
        "names everything that is wrong at once. Commands take an `Idempotency-Key`: sent again "
        "with the same key, the first answer comes back, refusals too, and nothing happens twice; "
        "a new attempt takes a new key. Answers may get new members; ignore those that you do not "
        "know.",
        "license", "name", "MIT", "identifier", "MIT");
}

json_t *openapi_component(const char *kind, const char *name)
{
    return json_pack("{so}", "$ref", json_sprintf("#/components/%s/%s", kind, name));
}

/* Takes `schema`. */
static json_t *header_parameter(const char *name, json_t *schema, const char *description)
{
    return json_pack("{ssssssso}", "name", name, "in", "header", "description", description,
                     "schema", schema);
}

static void add_problem_response(json_t *responses, enum problem_code code)
{
    char name[32];
    (void)snprintf(name, sizeof name, "problem_%d", problem_status(code));
    json_t *response = json_object_get(responses, name);
    if (response == NULL) {
        response = json_pack("{sss{s{so}}}", "description", "", "content", PROBLEM_MEDIA_TYPE,
                             "schema", schema_of_problems(problem_status(code)));
        (void)json_object_set_new(responses, name, response);
    }
    const char *before = json_string_value(json_object_get(response, "description"));
    json_t *description = json_sprintf("%s%s`%s`: %s", before, *before != '\0' ? "\n" : "",
                                       problem_code_text(code), problem_detail(code));
    (void)json_object_set_new(response, "description", description);
    if (problem_status(code) == 503 || problem_status(code) == 429)
        (void)json_object_set_new(
            response, "headers",
            json_pack("{so}", "Retry-After", openapi_component("headers", "retry_after")));
}

static json_t *problem_responses(void)
{
    json_t *responses = json_object();
    for (int code = 0; code < PROBLEMS; code++)
        add_problem_response(responses, (enum problem_code)code);
    return responses;
}

static json_t *header(const char *type, const char *description)
{
    return json_pack("{sss{ss}}", "description", description, "schema", "type", type);
}

static json_t *headers(void)
{
    return json_pack("{so so so so so so}", "etag",
                     header("string", "The record's version, for If-Match."), "location",
                     header("string", "The address of what was made."), "idempotency_key",
                     header("string", "The key of the command, as given or drawn."), "operation_id",
                     header("string", "What /v1/operations/ calls the command."), "retry_after",
                     header("integer", "Seconds to wait before the next try."), "allow",
                     header("string", "The methods of this address."));
}

/* A new value. */
static json_t *key_description(void)
{
    json_t *text = json_string("An API key; each operation's security names the scopes of which it "
                               "takes any one, and none is any key. No scope includes another.");
    for (size_t i = 0; i < OPENAPI_SCOPES; i++) {
        json_t *more = json_sprintf("%s\n- `%s`: %s", json_string_value(text),
                                    openapi_scopes[i].name, openapi_scopes[i].opens);
        json_decref(text);
        text = more;
    }
    return text;
}

#define TAG "(W/)?\"[!#-~]*\""

static json_t *parameters(void)
{
    return json_pack(
        "{sososo}", "idempotency_key",
        header_parameter(
            "Idempotency-Key",
            json_pack("{sssiss}", "type", "string", "maxLength", 255, "pattern", "^[ -~]+$"),
            "Names the command: sent again with the same key, the first answer comes "
            "back and nothing happens twice. Drawn if absent."),
        "if_match",
        header_parameter(
            "If-Match",
            json_pack("{ssss}", "type", "string", "pattern", "^([*]|" TAG "( *, *" TAG ")*)$"),
            "The ETags of which the record must still have one."),
        "if_none_match",
        header_parameter("If-None-Match", json_pack("{ss}", "type", "string"),
                         "304 if the record still has this ETag."));
}

json_t *openapi_components(json_t *schemas_take)
{
    return json_pack("{sosososos{s{ssssso}}}", "schemas", schemas_take, "parameters", parameters(),
                     "headers", headers(), "responses", problem_responses(), "securitySchemes",
                     "key", "type", "http", "scheme", "bearer", "description", key_description());
}
