/* What a client of a facade sees, over real sockets. Kafka is not there: replies_request() is this
 * suite's own, so that each test decides what is replied. */
#include "tests/support/check_main.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/order.h"
#include "libshared/service/facade.h"

#define EVENT "event_01jz3w4v9he8qb2m5x7k6d0c1n"
#define ORDER "order_01jz3w4v9he8qb2m5x7k6d0c1n"
#define TYPE "tkttype_01jz3w4v9he8qb2m5x7k6d0c1n"
#define EVENTS "/v1/events/" EVENT
#define SALE                                                                                       \
    "{\"items\":[{\"ticket_type_id\":\"" TYPE "\",\"quantity\":2}],"                               \
    "\"buyer\":{\"name\":\"Ada\",\"email\":\"ada@example.org\"}}"
#define HOLD                                                                                       \
    "{\"items\":[{\"ticket_type_id\":\"" TYPE "\",\"quantity\":2}],"                               \
    "\"buyer\":{\"name\":\"Ada\",\"email\":\"ada@example.org\"},\"hold_seconds\":60}"
#define JSON "Content-Type: application/json\r\n"
#define ANSWER_SIZE (64 * 1024)

static struct {
    void *arena;
    struct facade *facade;
    struct http_server *server;
    int fd;
    /* What went to Kafka. */
    size_t asked;
    struct replies_request request;
    json_t *message;
    const char *unready;
    char stock[64];              /* heard */
    struct http_request *stream; /* the last */
    bool stream_ends;
    /* What came back. */
    int status;
    char answer[ANSWER_SIZE];
    size_t size;
    const char *body;
} t;

void replies_request(struct replies *replies, const struct replies_request *request, int64_t now_ms,
                     int64_t wall_ms)
{
    (void)replies;
    ck_assert_int_gt(now_ms, 0);
    ck_assert_int_gt(wall_ms, 0);
    t.asked++;
    t.request = *request;
    t.request.topic = mem_strdup(t.arena, request->topic);
    t.request.key = mem_strdup(t.arena, request->key);
    t.request.type = mem_strdup(t.arena, request->type);
    t.request.id = mem_strdup(t.arena, request->id);
    t.request.source = mem_strdup(t.arena, request->source);
    t.request.if_match = mem_strdup(t.arena, request->if_match);
    t.request.traceparent = mem_strdup(t.arena, request->traceparent);
    json_decref(t.message);
    t.message = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(t.message);
}

const char *replies_unready(const struct replies *replies)
{
    (void)replies;
    return t.unready;
}

static unsigned order_scopes(const struct command_body *body)
{
    const struct order *order = body->request;
    return order->hold_seconds.set ? API_HOLD | API_SELL : API_SELL;
}

static enum problem_code few_confirm(const void *user, const struct command_body *body)
{
    ck_assert_str_eq(user, "local");
    return strcmp(body->ids[ID_ORDER], ORDER) == 0 ? PROBLEM_NONE : PROBLEM_channel_unavailable;
}

static void serve_local(struct facade_call *call)
{
    facade_respond(call, &(struct http_response){.status = 200,
                                                 .content_type = "text/plain",
                                                 .body = facade_user(call),
                                                 .body_size = strlen(facade_user(call))});
}

static ssize_t pull_later(void *user, char *buffer, size_t size)
{
    (void)user, (void)buffer, (void)size;
    return t.stream_ends ? HTTP_PULL_END : HTTP_PULL_LATER;
}

static void serve_stream(struct facade_call *call)
{
    t.stream = facade_request(call);
    facade_respond(call, &(struct http_response){.status = 200, .pull = pull_later});
}

static void show_picture(struct facade_call *call, const void *body, size_t size)
{
    facade_header(call, "Cache-Control", "private");
    facade_respond(call, &(struct http_response){.status = 200,
                                                 .content_type = "image/x",
                                                 .body = mem_dup(t.arena, body, size),
                                                 .body_size = size});
}

/* Answers with an id of the path, and what was heard before. */
static void serve_from_memory(struct facade_call *call)
{
    const struct command_body *asked = facade_asked(call);
    char *text = mem_printf(t.arena, "%s %s", asked->ids[ID_EVENT], t.stock);
    facade_respond(call,
                   &(struct http_response){.status = 200, .body = text, .body_size = strlen(text)});
}

static void hear_stock(void *user, const struct reply *reply)
{
    ck_assert_str_eq(user, "local");
    (void)snprintf(t.stock, sizeof t.stock, "%s", reply->stock != NULL ? reply->stock : "none");
    ck_assert_int_eq(t.status, 0);
}

#define E "/v1/events/{event_id}"
static const struct route routes[] = {
    {"POST", "/v1/events", "event.create", API_ADMIN},
    {"GET", "/v1/events", "event.list", API_READ},
    {"GET", E, "event.get", API_READ},
    {"PUT", E, "event.replace", API_ADMIN},
    {"PATCH", E, "event.update", API_ADMIN},
    {"DELETE", E, "event.delete", API_ADMIN},
    {"GET", E "/availability", "availability.get", API_ALL},
    {"GET", E "/ticket-types/{ticket_type_id}/availability", "availability.get", API_ALL},
    {"POST", E "/orders", "order.place", API_HOLD | API_SELL, order_scopes},
    {"POST", E "/orders/{order_id}/confirm", "order.confirm", API_SELL, .check = few_confirm},
    {"POST", E "/orders/{order_id}/extend", "order.extend", API_SELL},
    {"POST", E "/tickets/lookup", "ticket.get", API_READ},
    {"GET", E "/orders/{order_id}/tickets/{n}", "order_ticket.get", API_READ},
    {"GET", E "/orders/{order_id}/tickets/{n}/picture", "order_ticket.get", API_READ,
     .show = show_picture, .content_type = "image/x"},
    {"GET", E "/memory", "availability.get", API_READ, .serve = serve_from_memory,
     .content_type = "text/x"},
    {"GET", "/local", .serve = serve_local},
    {"POST", "/local", .serve = serve_local},
    {"GET", "/guarded", .serve = serve_local, .guarded = true},
    {"GET", "/stream", .scopes = API_ALL, .serve = serve_stream, .streams = true},
    {0},
};
static const struct route *const tables[] = {routes, NULL};

static void begin_as(struct facade_config facade)
{
    t.arena = t.arena != NULL ? t.arena : mem_arena(NULL, 0);
    facade.tables = tables;
    facade.cors = facade.cors != NULL ? facade.cors : cors_new(t.arena, NULL);
    facade.metrics = metrics_new(t.arena);
    facade.on_reply = hear_stock;
    facade.user = (void *)"local";
    t.facade = facade_new(t.arena, &facade);
    struct http_server_config config = {.bind_address = "127.0.0.1",
                                        .user = t.facade,
                                        .on_headers = facade_on_headers,
                                        .handle = facade_handle,
                                        .error_response = facade_error,
                                        .done = facade_done};
    ck_assert_int_eq(http_server_open(t.arena, &config, &t.server), 0);
    t.fd = -1;
}

static void begin_with(struct api_keys *keys, const char *origins)
{
    t.arena = t.arena != NULL ? t.arena : mem_arena(NULL, 0);
    begin_as((struct facade_config){.keys = keys, .cors = cors_new(t.arena, origins)});
}

static void begin(void)
{
    begin_with(NULL, NULL);
}

static void end(void)
{
    if (t.fd >= 0)
        (void)close(t.fd);
    http_server_close(t.server);
    json_decref(t.message);
    mem_free(t.arena);
}

/* One turn of the server; waits for either end to have something. */
static void turn(void)
{
    struct clock_time now = clock_read();
    facade_at(t.facade, &now);
    int64_t wait = http_server_run(t.server, &now);
    struct pollfd fds[] = {{.fd = http_server_fd(t.server), .events = POLLIN},
                           {.fd = t.fd, .events = POLLIN}};
    (void)poll(fds, 2, wait < 0 || wait > 1000 ? 1000 : (int)wait);
}

static void hang_up(void)
{
    (void)close(t.fd);
    t.fd = -1;
}

static void dial(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)http_server_port(t.server)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    t.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int r = connect(t.fd, (struct sockaddr *)&to, sizeof to);
    ck_assert(r == 0 || errno == EINPROGRESS);
}

static const char *header(const char *name)
{
    static char value[512];
    size_t length = strlen(name);
    for (const char *line = strstr(t.answer, "\r\n"); line != NULL && line + 2 < t.body;
         line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':') {
            const char *from = line + 2 + length + 2;
            snprintf(value, sizeof value, "%.*s", (int)strcspn(from, "\r"), from);
            return value;
        }
    return NULL;
}

/* Whether a whole answer is there. */
static bool heard(bool head)
{
    char *blank = strstr(t.answer, "\r\n\r\n");
    if (blank == NULL)
        return false;
    t.body = blank + 4;
    t.status = atoi(t.answer + strlen("HTTP/1.1 "));
    const char *length = header("Content-Length");
    bool bare = head || t.status == 204 || t.status == 304;
    return bare || t.size - (size_t)(t.body - t.answer) >= strtoul(length, NULL, 10);
}

static bool hear(bool head)
{
    ssize_t n = recv(t.fd, t.answer + t.size, ANSWER_SIZE - 1 - t.size, 0);
    if (n > 0)
        t.size += (size_t)n;
    t.answer[t.size] = '\0';
    return heard(head);
}

static const char *host = "x";

/* Sends a request; returns when it is answered, or went to Kafka (status 0). */
static void ask(const char *method, const char *target, const char *headers, const char *body)
{
    if (t.fd < 0)
        dial();
    char *text = mem_printf(
        t.arena, "%s %s HTTP/1.1\r\nHost: %s\r\n%s%s\r\n%s", method, target, host, headers,
        body == NULL ? "" : mem_printf(t.arena, "Content-Length: %zu\r\n", strlen(body)),
        body == NULL ? "" : body);
    size_t sent = 0, size = strlen(text), asked = t.asked;
    t.size = 0;
    t.status = 0;
    t.answer[0] = '\0';
    t.body = NULL;
    while (true) {
        ssize_t n = sent < size ? send(t.fd, text + sent, size - sent, MSG_NOSIGNAL) : 0;
        sent += n > 0 ? (size_t)n : 0;
        turn();
        if (hear(strcmp(method, "HEAD") == 0) || t.asked > asked)
            return;
    }
}

static void reply(const struct reply *answer)
{
    ck_assert_int_eq(t.status, 0);
    t.request.done(t.request.context, answer);
    while (!hear(false))
        turn();
}

static void reply_with(int status, const char *body)
{
    reply(&(struct reply){
        .outcome = REPLY_ANSWERED, .status = status, .body = body, .body_size = strlen(body)});
}

static json_t *answered(void)
{
    json_t *body = json_loads(t.body, 0, NULL);
    ck_assert_msg(body != NULL, "%s", t.answer);
    return body;
}

/* That the answer is this problem; `errors` are "pointer code" pairs in order, NULL at the end. */
static void is_problem(int status, const char *code, const char *const *errors)
{
    ck_assert_msg(t.status == status, "%d and not %d: %s", t.status, status, t.answer);
    ck_assert_str_eq(header("Content-Type"), "application/problem+json");
    json_t *body = answered();
    ck_assert_str_eq(json_string_value(json_object_get(body, "code")), code);
    ck_assert_int_eq(json_integer_value(json_object_get(body, "status")), status);
    ck_assert_int_eq(strncmp(json_string_value(json_object_get(body, "instance")), "urn:uuid:", 9),
                     0);
    const json_t *list = json_object_get(body, "errors");
    for (size_t i = 0; errors != NULL && errors[i] != NULL; i++) {
        const json_t *one = json_array_get(list, i);
        const char *where = json_string_value(json_object_get(one, "pointer"));
        if (where == NULL)
            where = json_string_value(json_object_get(one, "parameter"));
        if (where == NULL)
            where = json_string_value(json_object_get(one, "header"));
        ck_assert_msg(where != NULL, "%s", t.answer);
        char found[300];
        snprintf(found, sizeof found, "%s %s", where,
                 json_string_value(json_object_get(one, "code")));
        ck_assert_str_eq(found, errors[i]);
        ck_assert_msg(errors[i + 1] != NULL || json_array_size(list) == i + 1, "%s", t.answer);
    }
    json_decref(body);
}
#define ERRORS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *message(const char *name)
{
    return json_string_value(json_object_get(t.message, name));
}

START_TEST(a_command_goes_to_its_topic_under_its_event)
{
    begin();
    ask("POST", EVENTS "/orders",
        JSON "Idempotency-Key: once\r\nIf-Match: \"3\"\r\n"
             "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
        SALE);
    ck_assert_uint_eq(t.asked, 1);
    ck_assert_str_eq(t.request.topic, "tickets.commands");
    ck_assert_str_eq(t.request.type, "order.place");
    ck_assert_str_eq(t.request.key, EVENT);
    ck_assert_str_eq(t.request.id, "once");
    ck_assert_str_eq(t.request.source, "/rest/anonymous");
    ck_assert_str_eq(t.request.if_match, "\"3\"");
    ck_assert_str_eq(t.request.traceparent,
                     "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    ck_assert_str_eq(message("event_id"), EVENT);
    ck_assert_uint_eq(json_array_size(json_object_get(t.message, "items")), 1);
    reply_with(201, "{}");
    end();
}
END_TEST

START_TEST(an_answer_is_passed_on_as_it_came)
{
    begin();
    ask("POST", EVENTS "/orders", JSON "Idempotency-Key: once\r\n", SALE);
    reply(&(struct reply){.outcome = REPLY_ANSWERED,
                          .status = 201,
                          .body = "{ \"id\" : 1 }",
                          .body_size = 12,
                          .etag = "\"1\"",
                          .location = EVENTS "/orders/" ORDER});
    ck_assert_int_eq(t.status, 201);
    ck_assert_str_eq(t.body, "{ \"id\" : 1 }");
    ck_assert_str_eq(header("Content-Type"), "application/json");
    ck_assert_str_eq(header("ETag"), "\"1\"");
    ck_assert_str_eq(header("Location"), EVENTS "/orders/" ORDER);
    ck_assert_str_eq(header("Idempotency-Key"), "once");
    ck_assert_str_eq(header("Cache-Control"), "no-store");
    end();
}
END_TEST

START_TEST(a_refusal_is_passed_on_as_a_problem)
{
    begin();
    ask("POST", EVENTS "/orders", JSON, SALE);
    reply_with(409, "{\"code\":\"sold_out\"}");
    ck_assert_int_eq(t.status, 409);
    ck_assert_str_eq(t.body, "{\"code\":\"sold_out\"}");
    ck_assert_str_eq(header("Content-Type"), "application/problem+json");
    end();
}
END_TEST

START_TEST(a_deletion_is_answered_without_a_body)
{
    begin();
    ask("DELETE", EVENTS, "", NULL);
    ck_assert_str_eq(t.request.type, "event.delete");
    reply_with(204, "");
    ck_assert_int_eq(t.status, 204);
    ck_assert_str_eq(t.body, "");
    ck_assert_ptr_null(header("Content-Type"));
    end();
}
END_TEST

START_TEST(a_key_is_drawn_for_who_brings_none_and_told)
{
    begin();
    ask("POST", EVENTS "/orders", JSON, SALE);
    char first[64];
    snprintf(first, sizeof first, "%s", t.request.id);
    ck_assert_uint_eq(strlen(first), UUID_SIZE - 1);
    reply_with(201, "{}");
    ck_assert_str_eq(header("Idempotency-Key"), first);
    ask("POST", EVENTS "/orders", JSON, SALE);
    ck_assert_str_ne(t.request.id, first);
    reply_with(201, "{}");
    end();
}
END_TEST

START_TEST(a_key_is_of_1_to_255_printable_characters)
{
    begin();
    ask("POST", EVENTS "/orders", mem_printf(t.arena, JSON "Idempotency-Key: %0255d\r\n", 0), SALE);
    ck_assert_uint_eq(strlen(t.request.id), 255);
    reply_with(201, "{}");
    ask("POST", EVENTS "/orders", mem_printf(t.arena, JSON "Idempotency-Key: %0256d\r\n", 0), SALE);
    is_problem(400, "invalid_idempotency_key", ERRORS("Idempotency-Key invalid_idempotency_key"));
    ask("POST", EVENTS "/orders", JSON "Idempotency-Key: caf\xc3\xa9\r\n", SALE);
    is_problem(400, "invalid_idempotency_key", NULL);
    ask("POST", EVENTS "/orders", JSON "Idempotency-Key:\r\n", SALE);
    is_problem(400, "invalid_idempotency_key", NULL);
    ck_assert_uint_eq(t.asked, 1);
    end();
}
END_TEST

START_TEST(a_new_event_is_keyed_by_its_command)
{
    begin();
    ask("POST", "/v1/events", JSON "Idempotency-Key: once\r\n",
        "{\"name\":\"Gala\",\"starts_at\":\"2026-05-01T18:00:00Z\",\"time_zone\":\"Europe/Madrid\","
        "\"location\":\"Hall\",\"category\":\"music\",\"currency\":\"EUR\"}");
    ck_assert_str_eq(t.request.key, "once");
    reply_with(201, "{}");
    end();
}
END_TEST

START_TEST(a_query_has_the_query_strings_names_and_no_key)
{
    begin();
    ask("GET", "/v1/events?limit=3&category=rock%26roll&status=draft", "", NULL);
    ck_assert_str_eq(t.request.topic, "events.queries");
    ck_assert_ptr_null(t.request.key);
    ck_assert_int_eq(json_integer_value(json_object_get(t.message, "limit")), 3);
    ck_assert_str_eq(message("category"), "rock&roll");
    reply_with(200, "{\"items\":[],\"next\":null}");
    ck_assert_int_eq(t.status, 200);
    ck_assert_ptr_null(header("Idempotency-Key"));
    ask("GET", EVENTS "/ticket-types/" TYPE "/availability", "", NULL);
    ck_assert_str_eq(message("ticket_type_id"), TYPE);
    reply_with(200, "{}");
    end();
}
END_TEST

START_TEST(every_wrong_parameter_is_named)
{
    begin();
    ask("GET", "/v1/events?limit=501&status=lost&colour=red&event_id=" EVENT, "", NULL);
    is_problem(422, "validation_failed",
               ERRORS("colour unknown_member", "event_id unknown_member", "limit too_large",
                      "status not_allowed"));
    ask("GET", EVENTS "?event_id=" EVENT, "", NULL);
    is_problem(422, "validation_failed", ERRORS("event_id unknown_member"));
    ask("GET", "/v1/events?limit=1&limit=2", "", NULL);
    is_problem(422, "validation_failed", ERRORS("limit duplicate"));
    ask("GET", "/v1/events?limit=%zz", "", NULL);
    is_problem(400, "invalid_request", NULL);
    ask("POST", EVENTS "/orders?dry=1", JSON, SALE);
    is_problem(422, "validation_failed", ERRORS("dry unknown_member"));
    ck_assert_uint_eq(t.asked, 0);
    end();
}
END_TEST

START_TEST(a_get_with_the_known_tag_is_not_modified)
{
    begin();
    const struct reply tagged = {
        .outcome = REPLY_ANSWERED, .status = 200, .body = "{}", .body_size = 2, .etag = "\"7\""};
    ask("GET", EVENTS, "If-None-Match: \"6\", \"7\"\r\n", NULL);
    reply(&tagged);
    ck_assert_int_eq(t.status, 304);
    ck_assert_str_eq(header("ETag"), "\"7\"");
    ask("GET", EVENTS, "If-None-Match: \"6\"\r\n", NULL);
    reply(&tagged);
    ck_assert_int_eq(t.status, 200);
    ask("HEAD", EVENTS, "", NULL);
    ck_assert_str_eq(t.request.type, "event.get");
    t.request.done(t.request.context, &tagged);
    while (!hear(true))
        turn();
    ck_assert_int_eq(t.status, 200);
    ck_assert_str_eq(header("ETag"), "\"7\"");
    ck_assert_str_eq(t.body, "");
    end();
}
END_TEST

START_TEST(a_patch_goes_under_patch)
{
    begin();
    ask("PATCH", EVENTS, "Content-Type: application/merge-patch+json\r\n",
        "{\"location\":null,\"event_id\":\"kept\"}");
    const json_t *patch = json_object_get(t.message, "patch");
    ck_assert(json_is_null(json_object_get(patch, "location")));
    ck_assert(json_is_string(json_object_get(patch, "event_id")));
    ck_assert_str_eq(message("event_id"), EVENT);
    reply_with(200, "{}");
    ask("PATCH", EVENTS, JSON, "{}");
    reply_with(200, "{}");
    ask("PATCH", EVENTS, JSON, "[]");
    is_problem(422, "validation_failed", ERRORS("# wrong_type"));
    end();
}
END_TEST

START_TEST(ids_of_the_path_win)
{
    begin();
    ask("POST", EVENTS "/orders", JSON,
        "{\"event_id\":\"other\",\"items\":[{\"ticket_type_id\":\"" TYPE
        "\",\"quantity\":2}],\"buyer\":{\"name\":\"Ada\",\"email\":\"ada@example.org\"}}");
    ck_assert_str_eq(message("event_id"), EVENT);
    reply_with(201, "{}");
    ask("PUT", EVENTS, JSON, "{\"event_id\":\"event_01jz3w4v9he8qb2m5x7k6d0c1p\"}");
    is_problem(422, "validation_failed", ERRORS("#/event_id read_only"));
    ask("POST", EVENTS "/orders/" ORDER "/confirm", JSON, "{\"order_id\":\"other\"}");
    is_problem(422, "validation_failed", ERRORS("#/order_id read_only"));
    ask("POST", EVENTS "/orders/" ORDER "/confirm", JSON, "{\"order_id\":\"" ORDER "\"}");
    reply_with(200, "{}");
    end();
}
END_TEST

START_TEST(a_verb_needs_no_body)
{
    begin();
    ask("POST", EVENTS "/orders/" ORDER "/confirm", "", "");
    ck_assert_str_eq(message("order_id"), ORDER);
    reply_with(200, "{}");
    ask("POST", EVENTS "/orders/" ORDER "/confirm", JSON, "{}");
    reply_with(200, "{}");
    ask("POST", EVENTS "/orders/" ORDER "/confirm", JSON, "{\"quick\":true}");
    is_problem(422, "validation_failed", ERRORS("#/quick unknown_member"));
    end();
}
END_TEST

START_TEST(a_query_may_come_as_a_post)
{
    begin();
    ask("POST", EVENTS "/tickets/lookup", JSON, "{\"code\":\"abc\"}");
    if (t.status == 0) {
        ck_assert_str_eq(t.request.topic, "tickets.queries");
        ck_assert_str_eq(message("code"), "abc");
        reply_with(200, "{}");
    }
    ask("POST", EVENTS "/tickets/lookup", JSON, "{}");
    is_problem(422, "validation_failed", ERRORS("#/code required"));
    end();
}
END_TEST

START_TEST(a_body_whose_members_are_all_optional_may_be_left_out)
{
    begin();
    ask("POST", EVENTS "/orders/" ORDER "/extend", "", "");
    ck_assert_uint_eq(t.asked, 1);
    ck_assert_str_eq(t.request.type, "order.extend");
    end();
}
END_TEST

START_TEST(what_is_no_json_is_refused)
{
    begin();
    static const char *const bodies[] = {
        "", "{", "{} {}", "{\"a\":1,\"a\":2}", "\xff", "{\"a\":\"\\u0000\"}", "nul"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        ask("POST", EVENTS "/orders", JSON, bodies[i]);
        is_problem(400, "invalid_json", NULL);
    }
    char *deep = mem_zeroed(t.arena, 200001);
    memset(deep, '[', 200000);
    ask("POST", EVENTS "/orders", JSON, deep);
    is_problem(400, "invalid_json", NULL);
    ask("POST", EVENTS "/orders", JSON, "[1]");
    is_problem(422, "validation_failed", ERRORS("# wrong_type"));
    ck_assert_uint_eq(t.asked, 0);
    end();
}
END_TEST

#define LARGE "99999999999999999999"
START_TEST(a_number_too_large_for_any_member_is_named_where_it_stands)
{
    begin();
    ask("POST", EVENTS "/orders", JSON,
        "{\"items\":[{\"ticket_type_id\":\"" TYPE "\",\"quantity\":" LARGE "},"
        "{\"ticket_type_id\":" LARGE ",\"quantity\":-9223372036854775809}],"
        "\"buyer\":{\"name\":\"\\\"" LARGE "\",\"email\":\"nobody\"},"
        "\"hold_seconds\":-1e999,\"metadata\":{\"a\":1E+400},\"colour\":" LARGE "}");
    is_problem(422, "validation_failed",
               ERRORS("#/colour unknown_member", "#/items/0/quantity too_large",
                      "#/items/1/ticket_type_id wrong_type", "#/items/1/quantity too_small",
                      "#/buyer/email invalid_email", "#/hold_seconds wrong_type",
                      "#/metadata/a wrong_type"));
    ask("POST", EVENTS "/orders", JSON, LARGE);
    is_problem(422, "validation_failed", ERRORS("# wrong_type"));
    ask("POST", EVENTS "/orders", JSON, "{\"items\":" LARGE ",\"items\":1}");
    is_problem(400, "invalid_json", NULL);
    ask("POST", EVENTS "/orders", JSON, "{\"items\":" LARGE);
    is_problem(400, "invalid_json", NULL);
    ck_assert_uint_eq(t.asked, 0);
    end();
}
END_TEST

START_TEST(a_coded_body_is_not_taken)
{
    static const char *const codings[] = {"gzip", "GZIP", "br", "identity, gzip", "x"};
    begin();
    for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
        const char *headers = mem_printf(t.arena, JSON "Content-Encoding: %s\r\n", codings[i]);
        ask("POST", EVENTS "/orders", headers, SALE);
        is_problem(415, "unsupported_media_type", NULL);
        ck_assert_str_eq(header("Accept-Encoding"), "identity");
        json_t *body = answered();
        const json_t *one = json_array_get(json_object_get(body, "errors"), 0);
        ck_assert_str_eq(json_string_value(json_object_get(one, "header")), "Content-Encoding");
        json_decref(body);
        ask("PATCH", EVENTS, headers, "{}");
        is_problem(415, "unsupported_media_type", NULL);
        ask("POST", "/local", headers, "{}");
        is_problem(415, "unsupported_media_type", NULL);
    }
    ck_assert_uint_eq(t.asked, 0);
    ask("POST", EVENTS "/orders", JSON "Content-Encoding: identity\r\n", SALE);
    reply_with(201, "{}");
    ask("GET", EVENTS, "Content-Encoding: gzip\r\n", NULL);
    reply_with(200, "{}");
    end();
}
END_TEST

START_TEST(every_wrong_member_is_named_before_anything_is_sent)
{
    begin();
    ask("POST", EVENTS "/orders", JSON,
        "{\"items\":[{\"ticket_type_id\":\"" TYPE "\",\"quantity\":0}],"
        "\"buyer\":{\"name\":\"Ada\",\"email\":\"nobody\"},\"colour\":1}");
    is_problem(422, "validation_failed",
               ERRORS("#/colour unknown_member", "#/items/0/quantity too_small",
                      "#/buyer/email invalid_email"));
    ck_assert_uint_eq(t.asked, 0);
    end();
}
END_TEST

START_TEST(only_json_is_taken)
{
    begin();
    static const char *const types[] = {"", "Content-Type: text/plain\r\n",
                                        "Content-Type: application/json; charset=latin1\r\n",
                                        "Content-Type: application/merge-patch+json\r\n"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        ask("POST", EVENTS "/orders", types[i], SALE);
        is_problem(415, "unsupported_media_type", NULL);
    }
    ask("POST", EVENTS "/orders", "Content-Type: application/json; charset=utf-8\r\n", SALE);
    reply_with(201, "{}");
    ask("GET", EVENTS, "Accept: text/html\r\n", NULL);
    is_problem(406, "not_acceptable", NULL);
    end();
}
END_TEST

START_TEST(an_unknown_address_is_404_and_a_wrong_method_405)
{
    begin();
    ask("GET", "/v1/nothing", "", NULL);
    is_problem(404, "not_found", NULL);
    ask("GET", "/v1/events/not-an-id", "", NULL);
    is_problem(404, "not_found", NULL);
    ask("GET", "/v1/events/" ORDER, "", NULL);
    is_problem(404, "not_found", NULL);
    ask("DELETE", "/v1/events", "", NULL);
    is_problem(405, "method_not_allowed", NULL);
    ck_assert_ptr_nonnull(strstr(header("Allow"), "POST"));
    ask("OPTIONS", "/v1/events", "", NULL);
    ck_assert_int_eq(t.status, 204);
    ck_assert_ptr_nonnull(strstr(header("Allow"), "GET"));
    ck_assert_uint_eq(t.asked, 0);
    end();
}
END_TEST

START_TEST(a_tag_that_is_none_is_refused)
{
    begin();
    ask("PATCH", EVENTS, JSON "If-Match: 3\r\n", "{}");
    is_problem(400, "invalid_request", ERRORS("If-Match invalid_request"));
    end();
}
END_TEST

START_TEST(a_header_given_twice_is_named)
{
    begin();
    ask("POST", EVENTS "/orders",
        JSON "If-Match: \"1\"\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\nIf-Match: *\r\n",
        SALE);
    is_problem(400, "invalid_request",
               ERRORS("Idempotency-Key invalid_request", "If-Match invalid_request"));
    ck_assert_uint_eq(t.asked, 0);
    end();
}
END_TEST

START_TEST(what_nobody_could_read_is_not_passed_on)
{
    begin();
    ask("PATCH", EVENTS, JSON "traceparent: caf\xff\r\n", "{}");
    ck_assert_ptr_null(t.request.traceparent);
    reply_with(200, "{}");
    end();
}
END_TEST

START_TEST(what_was_not_done_is_503)
{
    begin();
    ask("POST", EVENTS "/orders", JSON "Idempotency-Key: once\r\n", SALE);
    reply(&(struct reply){.outcome = REPLY_NOT_DONE});
    is_problem(503, "overloaded", NULL);
    ck_assert_str_eq(header("Retry-After"), "1");
    ck_assert_str_eq(header("Idempotency-Key"), "once");
    t.unready = "The broker is away.";
    ask("POST", EVENTS "/orders", JSON, SALE);
    reply(&(struct reply){.outcome = REPLY_NOT_DONE});
    is_problem(503, "unavailable", NULL);
    ask("GET", EVENTS, "", NULL);
    reply_with(503, "{}");
    ck_assert_str_eq(header("Retry-After"), "1");
    end();
}
END_TEST

START_TEST(what_may_have_been_done_is_504_with_the_key_to_ask_again)
{
    begin();
    ask("POST", EVENTS "/orders", JSON, SALE);
    reply(&(struct reply){.outcome = REPLY_UNKNOWN});
    is_problem(504, "outcome_unknown", NULL);
    ck_assert_str_eq(header("Idempotency-Key"), t.request.id);
    ask("GET", EVENTS, "", NULL);
    reply(&(struct reply){.outcome = REPLY_UNKNOWN});
    is_problem(503, "unavailable", NULL);
    ck_assert_str_eq(header("Retry-After"), "1");
    end();
}
END_TEST

START_TEST(a_reply_with_a_status_that_is_none_is_500)
{
    begin();
    ask("POST", EVENTS "/orders", JSON, SALE);
    reply_with(7, "{}");
    is_problem(500, "internal_error", NULL);
    end();
}
END_TEST

START_TEST(a_client_that_left_is_answered_into_the_void)
{
    begin();
    ask("POST", EVENTS "/orders", JSON, SALE);
    hang_up();
    turn();
    const struct reply answer = {
        .outcome = REPLY_ANSWERED, .status = 201, .body = "{}", .body_size = 2};
    t.request.done(t.request.context, &answer);
    turn();
    ask("GET", EVENTS, "", NULL);
    reply_with(200, "{}");
    ck_assert_int_eq(t.status, 200);
    end();
}
END_TEST

static void write_key(FILE *file, const char *name, const char *key, const char *scopes)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    crypto_hash_sha256(hash, (const uint8_t *)key, strlen(key));
    text_hex(hex, hash, sizeof hash);
    fprintf(file, "%s:%s:%s\n", name, hex, scopes);
}

static struct api_keys *open_keys(void)
{
    char path[] = "/tmp/check_facade_XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    write_key(file, "shop", "sesame", "sell");
    write_key(file, "cart", "basket", "hold");
    write_key(file, "boss", "crown", "admin");
    ck_assert_int_eq(fclose(file), 0);
    t.arena = mem_arena(NULL, 0);
    struct api_keys *keys;
    ck_assert_int_eq(api_keys_open(t.arena, path, stderr, &keys), 0);
    (void)unlink(path);
    return keys;
}

static void begin_with_keys(void)
{
    begin_with(open_keys(), NULL);
}

START_TEST(a_key_is_asked_for)
{
    begin_with_keys();
    ask("POST", EVENTS "/orders", JSON, SALE);
    is_problem(401, "unauthorized", NULL);
    ck_assert_ptr_nonnull(strstr(header("WWW-Authenticate"), "Bearer"));
    hang_up();
    ask("POST", EVENTS "/orders", JSON "Authorization: Bearer wrong\r\n", SALE);
    is_problem(401, "unauthorized", NULL);
    hang_up();
    ask("GET", "/local", "", NULL);
    ck_assert_int_eq(t.status, 200);
    ck_assert_str_eq(t.body, "local");
    end();
}
END_TEST

START_TEST(a_key_without_the_scope_is_forbidden)
{
    begin_with_keys();
    ask("DELETE", EVENTS, "Authorization: Bearer sesame\r\n", NULL);
    is_problem(403, "forbidden", NULL);
    hang_up();
    ask("POST", EVENTS "/orders", JSON "Authorization: Bearer sesame\r\n", SALE);
    ck_assert_str_eq(t.request.source, "/rest/shop");
    reply_with(201, "{}");
    ask("DELETE", EVENTS, "Authorization: Bearer crown\r\n", NULL);
    reply_with(204, "");
    end();
}
END_TEST

START_TEST(documents_ask_for_a_key_if_they_are_told_to)
{
    begin_with_keys();
    ask("GET", "/guarded", "", NULL);
    ck_assert_int_eq(t.status, 200);
    end();
    t.arena = NULL;
    begin_as((struct facade_config){.keys = open_keys(), .guard = true});
    ask("GET", "/guarded", "", NULL);
    is_problem(401, "unauthorized", NULL);
    ask("GET", "/guarded", "Authorization: Bearer basket\r\n", NULL);
    ck_assert_int_eq(t.status, 200);
    ask("GET", "/local", "", NULL);
    ck_assert_int_eq(t.status, 200);
    end();
}
END_TEST

/* Of the answer's head alone: a stream goes on. */
static int status_of_stream(int fd)
{
    char text[1024] = "";
    ssize_t n;
    while ((n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT)) < 0)
        turn();
    return atoi(text + strlen("HTTP/1.1 "));
}

static int open_stream(const char *key)
{
    dial();
    int fd = t.fd;
    char *text = mem_printf(
        t.arena, "GET /stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", key);
    turn();
    ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    t.fd = -1;
    return fd;
}

START_TEST(a_key_has_only_so_many_streams)
{
    t.arena = NULL;
    begin_as((struct facade_config){.keys = open_keys(), .max_streams = 2});
    int first = open_stream("sesame"), second = open_stream("sesame");
    ck_assert_int_eq(status_of_stream(first), 200);
    ck_assert_int_eq(status_of_stream(second), 200);
    ask("GET", "/stream", "Authorization: Bearer sesame\r\n", NULL);
    is_problem(429, "too_many_streams", NULL);
    ck_assert_ptr_nonnull(header("Retry-After"));
    int other = open_stream("basket"), last = open_stream("basket");
    ck_assert_int_eq(status_of_stream(other), 200);
    ck_assert_int_eq(status_of_stream(last), 200);
    t.stream_ends = true;
    http_wake(t.stream);
    turn();
    t.stream_ends = false;
    int again = open_stream("basket");
    ck_assert_int_eq(status_of_stream(again), 200);
    const int fds[] = {first, second, other, last, again};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        (void)close(fds[i]);
    end();
}
END_TEST

START_TEST(without_keys_only_hosts_of_the_loopback_are_answered)
{
    static const char *const good[] = {"localhost",   "LOCALHOST:8080", "127.0.0.1:1",
                                       "127.255.1.2", "[::1]:80",       "[::ffff:127.0.0.1]"};
    static const char *const bad[] = {"evil.example",
                                      "localhost.evil.example",
                                      "127.0.0.1.evil.example",
                                      "128.0.0.1",
                                      "[::2]",
                                      "",
                                      "notlocalhost",
                                      "0.0.0.0",
                                      "127.1"};
    begin_as((struct facade_config){.only_loopback = true});
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        host = good[i];
        ask("GET", "/local", "", NULL);
        ck_assert_msg(t.status == 200, "%s: %s", host, t.answer);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        host = bad[i];
        ask("GET", "/local", "", NULL);
        is_problem(421, "misdirected_request", NULL);
        ask("POST", EVENTS "/orders", JSON, SALE);
        is_problem(421, "misdirected_request", NULL);
    }
    ask("GET", "http://localhost/local", "", NULL); /* the target's counts */
    ck_assert_int_eq(t.status, 200);
    end();
}
END_TEST

START_TEST(hold_may_only_hold)
{
    begin_with_keys();
    ask("POST", EVENTS "/orders", JSON "Authorization: Bearer basket\r\n", SALE);
    is_problem(403, "forbidden", NULL);
    ask("POST", EVENTS "/orders", JSON "Authorization: Bearer basket\r\n", HOLD);
    ck_assert_str_eq(t.request.source, "/rest/cart");
    reply_with(201, "{}");
    ask("POST", EVENTS "/orders", JSON "Authorization: Bearer sesame\r\n", HOLD);
    reply_with(201, "{}");
    ask("POST", EVENTS "/orders/" ORDER "/confirm", "Authorization: Bearer basket\r\n", "");
    is_problem(403, "forbidden", NULL);
    end();
}
END_TEST

START_TEST(a_check_of_the_routes_own_refuses_at_once)
{
    begin();
    ask("POST", EVENTS "/orders/order_01jz3w4v9he8qb2m5x7k6d0c2n/confirm", "", "");
    is_problem(422, "channel_unavailable", NULL);
    ck_assert_uint_eq(t.asked, 0);
    ask("POST", EVENTS "/orders/" ORDER "/confirm", "", "");
    reply_with(200, "{}");
    ck_assert_int_eq(t.status, 200);
    end();
}
END_TEST

START_TEST(browsers_of_the_named_origins_may_call)
{
    begin_with(NULL, "https://shop.example");
    ask("OPTIONS", EVENTS "/orders",
        "Origin: https://shop.example\r\nAccess-Control-Request-Method: POST\r\n", NULL);
    ck_assert_int_eq(t.status, 204);
    ck_assert_str_eq(header("Access-Control-Allow-Origin"), "https://shop.example");
    ck_assert_ptr_nonnull(strstr(header("Access-Control-Allow-Methods"), "POST"));
    ask("POST", EVENTS "/orders", JSON "Origin: https://shop.example\r\n", SALE);
    reply_with(201, "{}");
    ck_assert_str_eq(header("Access-Control-Allow-Origin"), "https://shop.example");
    ask("GET", EVENTS, "Origin: https://evil.example\r\n", NULL);
    reply_with(200, "{}");
    ck_assert_ptr_null(header("Access-Control-Allow-Origin"));
    end();
}
END_TEST

START_TEST(a_body_too_large_is_a_problem_too)
{
    begin();
    char *large = mem_zeroed(t.arena, HTTP_BODY_LIMIT + 2);
    memset(large, ' ', HTTP_BODY_LIMIT + 1);
    ask("POST", EVENTS "/orders", JSON, large);
    is_problem(413, "payload_too_large", NULL);
    end();
}
END_TEST

START_TEST(a_number_in_the_path_is_one_of_the_ids)
{
    begin();
    ask("GET", EVENTS "/orders/" ORDER "/tickets/2", "", NULL);
    ck_assert_str_eq(message("n"), "2");
    reply_with(200, "{}");
    ask("GET", EVENTS "/orders/" ORDER "/tickets/0", "", NULL);
    is_problem(404, "not_found", NULL);
    end();
}
END_TEST

START_TEST(a_row_may_show_a_reply_in_its_own_way)
{
    begin();
    ask("GET", EVENTS "/orders/" ORDER "/tickets/2/picture", "Accept: image/x\r\n", NULL);
    reply_with(200, "{\"code\":\"c\"}");
    ck_assert_int_eq(t.status, 200);
    ck_assert_str_eq(header("Content-Type"), "image/x");
    ck_assert_str_eq(header("Cache-Control"), "private");
    ck_assert_str_eq(t.body, "{\"code\":\"c\"}");
    ask("GET", EVENTS "/orders/" ORDER "/tickets/2/picture", "", NULL);
    reply_with(404, "{\"code\":\"not_found\"}");
    ck_assert_int_eq(t.status, 404);
    ck_assert_str_eq(header("Content-Type"), "application/problem+json");
    ask("GET", EVENTS "/orders/" ORDER "/tickets/2/picture", "Accept: application/json\r\n", NULL);
    is_problem(406, "not_acceptable", NULL);
    end();
}
END_TEST

START_TEST(a_row_may_answer_a_query_itself)
{
    begin();
    ask("GET", EVENTS "/memory", "Accept: text/x\r\n", NULL);
    ck_assert_int_eq(t.status, 200);
    ck_assert_uint_eq(t.asked, 0);
    ck_assert_str_eq(t.body, EVENT " ");
    ask("GET", "/v1/events/event_1/memory", "", NULL);
    is_problem(404, "not_found", NULL);
    ask("GET", EVENTS "/memory?colour=red", "", NULL);
    is_problem(422, "validation_failed", ERRORS("colour unknown_member"));
    ask("GET", EVENTS "/memory", "Accept: application/json\r\n", NULL);
    is_problem(406, "not_acceptable", NULL);
    end();
}
END_TEST

START_TEST(a_reply_is_heard_before_it_is_passed_on)
{
    begin();
    ask("POST", EVENTS "/orders", JSON, SALE);
    reply(&(struct reply){.outcome = REPLY_ANSWERED,
                          .status = 201,
                          .body = "{}",
                          .body_size = 2,
                          .stock = "[moved]"});
    ck_assert_int_eq(t.status, 201);
    ask("GET", EVENTS "/memory", "", NULL);
    ck_assert_str_eq(t.body, EVENT " [moved]");
    end();
}
END_TEST

START_TEST(topics_are_those_of_the_commands)
{
    void *arena = mem_arena(NULL, 0);
    size_t n;
    const char *const *topics = facade_topics(arena, tables, &n);
    ck_assert_uint_eq(n, 4);
    ck_assert_str_eq(topics[0], "events.commands");
    ck_assert_str_eq(topics[1], "events.queries");
    ck_assert_str_eq(topics[2], "tickets.queries");
    ck_assert_str_eq(topics[3], "tickets.commands");
    mem_free(arena);
}
END_TEST

CHECK_MAIN("facade", a_command_goes_to_its_topic_under_its_event, an_answer_is_passed_on_as_it_came,
           a_number_in_the_path_is_one_of_the_ids, a_row_may_show_a_reply_in_its_own_way,
           a_refusal_is_passed_on_as_a_problem, a_deletion_is_answered_without_a_body,
           a_key_is_drawn_for_who_brings_none_and_told, a_key_is_of_1_to_255_printable_characters,
           a_new_event_is_keyed_by_its_command, a_query_has_the_query_strings_names_and_no_key,
           every_wrong_parameter_is_named, a_get_with_the_known_tag_is_not_modified,
           a_patch_goes_under_patch, ids_of_the_path_win, a_verb_needs_no_body,
           a_query_may_come_as_a_post, a_body_whose_members_are_all_optional_may_be_left_out,
           what_is_no_json_is_refused, every_wrong_member_is_named_before_anything_is_sent,
           only_json_is_taken, a_number_too_large_for_any_member_is_named_where_it_stands,
           a_coded_body_is_not_taken, an_unknown_address_is_404_and_a_wrong_method_405,
           a_tag_that_is_none_is_refused, a_header_given_twice_is_named,
           what_nobody_could_read_is_not_passed_on, what_was_not_done_is_503,
           what_may_have_been_done_is_504_with_the_key_to_ask_again,
           a_reply_with_a_status_that_is_none_is_500, a_client_that_left_is_answered_into_the_void,
           a_key_is_asked_for, a_key_without_the_scope_is_forbidden, hold_may_only_hold,
           documents_ask_for_a_key_if_they_are_told_to, a_key_has_only_so_many_streams,
           without_keys_only_hosts_of_the_loopback_are_answered,
           a_check_of_the_routes_own_refuses_at_once, browsers_of_the_named_origins_may_call,
           a_body_too_large_is_a_problem_too, a_row_may_answer_a_query_itself,
           a_reply_is_heard_before_it_is_passed_on, topics_are_those_of_the_commands)
