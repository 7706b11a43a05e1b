/* facade_fixture: a facade with routes of every kind, its client, and the replies that it is given.
 */
#pragma once

#include "tests/support/check_main.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libshared/base/mem.h"
#include "libshared/contract/order.h"
#include "libshared/service/facade.h"
#include "libshared/service/list_export.h"

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
    int64_t later_ms; /* than the clock */
    /* What went to Kafka. */
    size_t asked;
    struct replies_request request;
    json_t *message;
    const char *unready;
    char stock[64];              /* heard */
    int heard;                   /* the status that a row's `told` was told; 0: none */
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

static inline unsigned order_scopes(const struct command_body *body)
{
    const struct order *order = body->request;
    return order->hold_seconds.set ? API_HOLD | API_SELL : API_SELL;
}

static inline enum problem_code few_confirm(struct facade_call *call,
                                            const struct command_body *body)
{
    ck_assert_str_eq(facade_user(call), "local");
    facade_mark(call, "checked");
    return strcmp(body->ids[ID_ORDER], ORDER) == 0 ? PROBLEM_NONE : PROBLEM_channel_unavailable;
}

static inline void hear_answer(struct facade_call *call, const struct reply *reply)
{
    ck_assert_str_eq(facade_marked(call), "checked");
    ck_assert_int_eq(t.status, 0);
    t.heard = reply->status;
}

static inline void serve_local(struct facade_call *call)
{
    facade_respond(call, &(struct http_response){.status = 200,
                                                 .content_type = "text/plain",
                                                 .body = facade_user(call),
                                                 .body_size = strlen(facade_user(call))});
}

static inline ssize_t pull_later(void *user, char *buffer, size_t size)
{
    (void)user, (void)buffer, (void)size;
    return t.stream_ends ? HTTP_PULL_END : HTTP_PULL_LATER;
}

static inline void serve_stream(struct facade_call *call)
{
    t.stream = facade_request(call);
    facade_respond(call, &(struct http_response){.status = 200, .pull = pull_later});
}

static inline void show_picture(struct facade_call *call, const void *body, size_t size)
{
    facade_header(call, "Cache-Control", "private");
    facade_respond(call, &(struct http_response){.status = 200,
                                                 .content_type = "image/x",
                                                 .body = mem_dup(t.arena, body, size),
                                                 .body_size = size});
}

static inline void write_name(struct csv_text *row, const json_t *item)
{
    csv_cell(row, json_string_value(json_object_get(item, "name")));
}

static inline void show_export(struct facade_call *call, const void *body, size_t size)
{
    static const char *const columns[] = {"name", NULL};
    static const struct list_export names = {"names", columns, write_name, .has_questions = false};
    list_export(call, body, size, &names);
}

/* Answers with an id of the path, and what was heard before. */
static inline void serve_from_memory(struct facade_call *call)
{
    const struct command_body *asked = facade_asked(call);
    char *text = mem_printf(t.arena, "%s %s", asked->ids[ID_EVENT], t.stock);
    facade_respond(call,
                   &(struct http_response){.status = 200, .body = text, .body_size = strlen(text)});
}

static inline void hear_stock(void *user, const struct reply *reply)
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
    {"POST", E "/orders", "order.place", API_HOLD | API_SELL, order_scopes,
     .refused_alike_but_for = (const char *const[]){"buyer", "external_id", NULL}},
    {"POST", E "/orders/{order_id}/confirm", "order.confirm", API_SELL, .check = few_confirm,
     .told = hear_answer},
    {"POST", E "/orders/{order_id}/extend", "order.extend", API_SELL},
    {"POST", E "/tickets/lookup", "ticket.get", API_READ},
    {"GET", E "/orders/{order_id}/tickets/{n}", "order_ticket.get", API_READ},
    {"GET", E "/orders/{order_id}/tickets/{n}/picture", "order_ticket.get", API_READ,
     .show = show_picture, .content_type = "image/x"},
    {"GET", E "/memory", "availability.get", API_READ, .serve = serve_from_memory,
     .content_type = "text/x"},
    {"GET", E "/attendees/export", "attendee.list", API_READ, .show = show_export,
     .content_type = "text/csv", .streams = true},
    {"GET", "/local", .serve = serve_local},
    {"POST", "/local", .serve = serve_local},
    {"GET", "/guarded", .serve = serve_local, .guarded = true},
    {"GET", "/stream", .scopes = API_ALL, .serve = serve_stream, .streams = true},
    {0},
};
static const struct route *const tables[] = {routes, NULL};

static inline struct clock_time fixture_now(void)
{
    struct clock_time now = clock_read();
    now.monotonic_ms += t.later_ms;
    now.wall_ms += t.later_ms;
    return now;
}

static inline void begin_as(struct facade_config facade)
{
    t.arena = t.arena != NULL ? t.arena : mem_arena(NULL, 0);
    facade.tables = tables;
    facade.cors = facade.cors != NULL ? facade.cors : cors_new(t.arena, NULL);
    facade.metrics = metrics_new(t.arena);
    facade.max_waiting = facade.max_waiting > 0 ? facade.max_waiting : 100;
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

static inline void begin_with(struct api_keys *keys, const char *origins)
{
    t.arena = t.arena != NULL ? t.arena : mem_arena(NULL, 0);
    begin_as((struct facade_config){.keys = keys, .cors = cors_new(t.arena, origins)});
}

static inline void begin(void)
{
    begin_with(NULL, NULL);
}

static inline void end(void)
{
    if (t.fd >= 0)
        (void)close(t.fd);
    http_server_close(t.server);
    json_decref(t.message);
    mem_free(t.arena);
}

/* One turn of the server; waits for either end to have something. */
static inline void turn(void)
{
    struct clock_time now = fixture_now();
    facade_at(t.facade, &now);
    int64_t wait = http_server_run(t.server, &now);
    struct pollfd fds[] = {{.fd = http_server_fd(t.server), .events = POLLIN},
                           {.fd = t.fd, .events = POLLIN}};
    (void)poll(fds, 2, wait < 0 || wait > 1000 ? 1000 : (int)wait);
}

static inline void hang_up(void)
{
    (void)close(t.fd);
    t.fd = -1;
}

static inline void dial(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)http_server_port(t.server)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    t.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int r = connect(t.fd, (struct sockaddr *)&to, sizeof to);
    ck_assert(r == 0 || errno == EINPROGRESS);
}

static inline const char *header(const char *name)
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
static inline bool heard(bool head)
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

static inline bool hear(bool head)
{
    ssize_t n = recv(t.fd, t.answer + t.size, ANSWER_SIZE - 1 - t.size, 0);
    if (n > 0)
        t.size += (size_t)n;
    t.answer[t.size] = '\0';
    return heard(head);
}

static const char *host = "x";

/* Sends a request; returns when it is answered, or went to Kafka (status 0). */
static inline void ask(const char *method, const char *target, const char *headers,
                       const char *body)
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

static inline void reply(const struct reply *answer)
{
    ck_assert_int_eq(t.status, 0);
    t.request.done(t.request.context, answer);
    while (!hear(false))
        turn();
}

static inline void reply_with(int status, const char *body)
{
    reply(&(struct reply){
        .outcome = REPLY_ANSWERED, .status = status, .body = body, .body_size = strlen(body)});
}

static inline json_t *answered(void)
{
    json_t *body = json_loads(t.body, 0, NULL);
    ck_assert_msg(body != NULL, "%s", t.answer);
    return body;
}

/* That the answer is this problem; `errors` are "pointer code" pairs in order, NULL at the end. */
static inline void is_problem(int status, const char *code, const char *const *errors)
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

static inline const char *message(const char *name)
{
    return json_string_value(json_object_get(t.message, name));
}
