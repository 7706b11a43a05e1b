/* That the documents have every route, every command and every fact, and that what they refer to
 * is there. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/fact.h"
#include "libshared/contract/order.h"
#include "libshared/service/asyncapi.h"
#include "libshared/service/openapi.h"

static void serve(struct facade_call *call)
{
    facade_refuse(call, PROBLEM_not_found);
}

#define E "/v1/events/{event_id}"
static const struct route routes[] = {
    {"GET", "/v1/events", "event.list", API_READ},
    {"GET", E, "event.get", API_READ},
    {"PUT", E, "event.replace", API_ADMIN},
    {"PATCH", E, "event.update", API_ADMIN},
    {"DELETE", E, "event.delete", API_ADMIN},
    {"POST", E "/orders", "order.place", API_SELL},
    {"POST", E "/orders/{order_id}/confirm", "order.confirm", API_SELL},
    {"GET", E "/availability", "availability.get", API_ALL},
    {"GET", E "/ticket-types/{ticket_type_id}/availability", "availability.get", API_ALL},
    {"GET", E "/stream", "availability.get", API_ALL, .serve = serve, .streams = true,
     .content_type = "text/event-stream", .summary = "Changes."},
    {"GET", "/guarded", .guarded = true, .serve = serve, .summary = "Guarded.",
     .content_type = "text/plain"},
    {"GET", "/livez", .serve = serve, .summary = "Alive.", .content_type = "application/json"},
    {"GET", "/v1/told", .serve = serve, .summary = "Told.", .content_type = "text/plain"},
    {"POST", "/v1/told", .serve = serve, .summary = "Told.", .content_type = "text/plain",
     .document = &(const struct route_document){.name = "told_post",
                                                .tag = "service",
                                                .takes = &order_extension_record}},
    {0},
};
static const struct route *const tables[] = {routes, NULL};

static json_t *document;

static json_t *at(const json_t *value, const char *const *names)
{
    for (; *names != NULL; names++) {
        const json_t *next = json_object_get(value, *names);
        ck_assert_msg(next != NULL, "no %s in %s", *names, json_dumps(value, 0));
        value = next;
    }
    return (json_t *)value;
}
#define AT(value, ...) at((value), (const char *const[]){__VA_ARGS__, NULL})

static json_t *operation(const char *path, const char *method)
{
    return AT(document, "paths", path, method);
}

/* The names of a list of parameters, joined. */
static const char *parameters(const json_t *list)
{
    static char names[500];
    names[0] = '\0';
    size_t i;
    json_t *one;
    json_array_foreach ((json_t *)list, i, one) {
        const char *name = json_string_value(json_object_get(one, "name"));
        const char *ref = json_string_value(json_object_get(one, "$ref"));
        strcat(names, i == 0 ? "" : " ");
        strcat(names, name != NULL ? name : strrchr(ref, '/') + 1);
    }
    return names;
}

static const json_t *resolve(const char *ref)
{
    char path[200];
    ck_assert_int_eq(strncmp(ref, "#/", 2), 0);
    snprintf(path, sizeof path, "%s", ref + 2);
    const json_t *value = document;
    char *rest = path, *name;
    while ((name = strsep(&rest, "/")) != NULL) {
        for (char *c; (c = strstr(name, "~1")) != NULL; memmove(c + 1, c + 2, strlen(c + 1)))
            *c = '/';
        value = json_object_get(value, name);
    }
    return value;
}

static void references_lead_somewhere(const json_t *value)
{
    const char *name;
    size_t i;
    json_t *one;
    const char *ref = json_string_value(json_object_get(value, "$ref"));
    ck_assert_msg(ref == NULL || resolve(ref) != NULL, "%s leads nowhere", ref);
    json_object_foreach ((json_t *)value, name, one)
        references_lead_somewhere(one);
    json_array_foreach ((json_t *)value, i, one)
        references_lead_somewhere(one);
}

static void begin_openapi(void)
{
    document = openapi_document("tickets-svc", "1.2.3", tables, OPENAPI_KEYS);
    ck_assert_str_eq(json_string_value(AT(document, "openapi")), "3.1.0");
    ck_assert_str_eq(json_string_value(AT(document, "info", "title")), "tickets-svc");
}

START_TEST(every_route_is_there_once)
{
    begin_openapi();
    size_t n = 0;
    const char *path, *method;
    json_t *item, *one, *ids = json_object();
    json_object_foreach (AT(document, "paths"), path, item)
        json_object_foreach (item, method, one) {
            n++;
            ck_assert_ptr_nonnull(AT(one, "summary"));
            ck_assert_ptr_nonnull(AT(one, "responses"));
            const char *id = json_string_value(AT(one, "operationId"));
            ck_assert_msg(json_object_get(ids, id) == NULL, "%s twice", id);
            (void)json_object_set_new(ids, id, json_true());
        }
    ck_assert_uint_eq(n, sizeof routes / sizeof *routes - 1);
    json_decref(ids);
    json_decref(document);
}
END_TEST

START_TEST(references_of_the_rest_side_lead_somewhere)
{
    begin_openapi();
    references_lead_somewhere(document);
    json_decref(document);
}
END_TEST

START_TEST(parameters_are_all_named)
{
    begin_openapi();
    ck_assert_str_eq(parameters(AT(operation("/v1/events", "get"), "parameters")),
                     "limit cursor sort updated_since status category external_id");
    ck_assert_str_eq(
        parameters(AT(operation(E "/orders/{order_id}/confirm", "post"), "parameters")),
        "event_id order_id idempotency_key if_match");
    ck_assert_str_eq(parameters(AT(operation(E, "get"), "parameters")), "event_id if_none_match");
    json_decref(document);
}
END_TEST

START_TEST(bodies_are_described)
{
    begin_openapi();
    const json_t *schema =
        AT(operation(E "/orders", "post"), "requestBody", "content", "application/json", "schema");
    const json_t *body = resolve(json_string_value(AT(schema, "$ref")));
    ck_assert_ptr_nonnull(AT(body, "properties", "items"));
    ck_assert_ptr_null(json_object_get(AT(body, "properties"), "status"));
    ck_assert_uint_gt(json_array_size(AT(body, "required")), 0);
    schema = AT(operation(E, "patch"), "requestBody", "content", "application/merge-patch+json",
                "schema");
    body = resolve(json_string_value(AT(schema, "$ref")));
    ck_assert_ptr_null(json_object_get(body, "required"));
    json_decref(document);
}
END_TEST

START_TEST(what_the_service_answers_itself_is_described)
{
    begin_openapi();
    const json_t *get = operation("/v1/told", "get"), *post = operation("/v1/told", "post");
    ck_assert(
        !json_equal(json_object_get(get, "operationId"), json_object_get(post, "operationId")));
    ck_assert_ptr_null(json_object_get(get, "requestBody"));
    ck_assert_ptr_nonnull(AT(post, "requestBody", "content", "application/json", "schema", "$ref"));
    json_decref(document);
}
END_TEST

START_TEST(answers_and_problems_are_described)
{
    begin_openapi();
    const json_t *responses = AT(operation(E "/orders", "post"), "responses");
    ck_assert_ptr_nonnull(AT(responses, "201", "headers", "Location"));
    ck_assert_ptr_nonnull(AT(responses, "201", "headers", "ETag"));
    ck_assert_ptr_nonnull(AT(responses, "409"));
    ck_assert_ptr_nonnull(AT(responses, "504"));
    ck_assert_ptr_null(json_object_get(AT(operation(E, "delete"), "responses", "204"), "content"));
    ck_assert_ptr_null(json_object_get(AT(operation(E, "get"), "responses"), "504"));
    ck_assert_ptr_nonnull(AT(document, "components", "securitySchemes"));
    json_decref(document);
}
END_TEST

static bool may_answer(const char *path, const char *method, const char *status)
{
    return json_object_get(AT(operation(path, method), "responses"), status) != NULL;
}

START_TEST(refusals_of_the_door_are_described)
{
    begin_openapi();
    ck_assert(may_answer(E, "get", "414") && may_answer(E, "delete", "431"));
    ck_assert(may_answer(E "/stream", "get", "429") && !may_answer(E, "get", "429"));
    ck_assert(!may_answer(E, "get", "421"));
    ck_assert_ptr_nonnull(
        AT(document, "components", "responses", "problem_429", "headers", "Retry-After"));
    json_decref(document);
    document = openapi_document("tickets-svc", "1.2.3", tables, OPENAPI_NO_KEYS);
    ck_assert(may_answer(E, "get", "421"));
    json_decref(document);
}
END_TEST

START_TEST(guarded_rows_ask_for_any_key_if_they_are_told_to)
{
    begin_openapi();
    ck_assert_uint_eq(json_array_size(AT(operation("/guarded", "get"), "security")), 0);
    json_decref(document);
    document = openapi_document("tickets-svc", "1.2.3", tables, OPENAPI_KEYS_ALL);
    const json_t *security = AT(operation("/guarded", "get"), "security");
    ck_assert_uint_eq(json_array_size(security), 1);
    ck_assert_uint_eq(json_array_size(json_object_get(json_array_get(security, 0), "key")), 0);
    ck_assert_uint_eq(json_array_size(AT(operation("/livez", "get"), "security")), 0);
    json_decref(document);
}
END_TEST

START_TEST(keys_are_named_where_they_are_asked_for)
{
    begin_openapi();
    const json_t *security = AT(operation(E, "delete"), "security");
    ck_assert_str_eq(
        json_string_value(json_array_get(json_object_get(json_array_get(security, 0), "key"), 0)),
        "admin");
    ck_assert_uint_eq(json_array_size(AT(operation("/livez", "get"), "security")), 0);
    json_decref(document);
    document = openapi_document("tickets-svc", "1.2.3", tables, OPENAPI_NO_KEYS);
    ck_assert_uint_eq(json_array_size(AT(operation(E, "delete"), "security")), 0);
    ck_assert_ptr_null(json_object_get(AT(operation(E, "delete"), "responses"), "401"));
    json_decref(document);
}
END_TEST

START_TEST(every_command_and_fact_is_on_a_channel)
{
    document = asyncapi_document("1.2.3", NULL, true);
    ck_assert_str_eq(json_string_value(AT(document, "asyncapi")), "3.0.0");
    for (size_t i = 0; i < commands_n; i++)
        ck_assert_ptr_nonnull(
            AT(document, "channels", command_topic(&commands[i]), "messages", commands[i].type));
    for (size_t i = 0; i < facts_n; i++) {
        char topic[50];
        snprintf(topic, sizeof topic, "%s.facts", module_name(facts[i].module));
        ck_assert_ptr_nonnull(AT(document, "channels", topic, "messages", facts[i].type));
    }
    references_lead_somewhere(document);
    json_decref(document);
}
END_TEST

START_TEST(dead_letters_of_every_command_topic_are_on_a_channel)
{
    document = asyncapi_document("1.2.3", NULL, true);
    for (size_t i = 0; i < commands_n; i++) {
        char topic[80];
        snprintf(topic, sizeof topic, "%s-dlt", command_topic(&commands[i]));
        json_t *headers =
            AT(document, "components", "messageTraits", "dead_letter", "headers", "properties");
        ck_assert_ptr_nonnull(AT(document, "channels", topic, "messages", "dead_letter"));
        ck_assert_ptr_nonnull(json_object_get(headers, "kafka_dlt-exception-message"));
    }
    json_decref(document);
}
END_TEST

START_TEST(offered_deliveries_are_on_a_channel)
{
    document = asyncapi_document("1.2.3", NULL, true);
    json_t *payload = AT(document, "components", "schemas", "delivery_offer");
    ck_assert_ptr_nonnull(
        AT(document, "channels", "notifications.deliveries", "messages", "delivery.offered"));
    ck_assert_ptr_nonnull(AT(payload, "properties", "delivery_id"));
    references_lead_somewhere(document);
    json_decref(document);
}
END_TEST

CHECK_MAIN("openapi", every_route_is_there_once, references_of_the_rest_side_lead_somewhere,
           parameters_are_all_named, bodies_are_described,
           what_the_service_answers_itself_is_described, answers_and_problems_are_described,
           keys_are_named_where_they_are_asked_for, refusals_of_the_door_are_described,
           guarded_rows_ask_for_any_key_if_they_are_told_to, every_command_and_fact_is_on_a_channel,
           dead_letters_of_every_command_topic_are_on_a_channel,
           offered_deliveries_are_on_a_channel)
