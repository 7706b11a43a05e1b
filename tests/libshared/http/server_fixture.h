/* server_fixture: an HTTP server on a clock that the test moves, and clients of it. */
#pragma once

#include "tests/support/check_main.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libshared/base/mem.h"
#include "libshared/base/network.h"
#include "libshared/http/server.h"
#include "tests/support/patience.h"

struct stream {
    struct http_request *request;
    const char *const *parts; /* "" means later, "!" failed */
    size_t at;
};

struct rig {
    void *arena;
    struct http_server *server;
    struct clock_time now;
    int64_t wait; /* what the server said it can wait */
    struct http_request *waiting[1100];
    size_t waiting_count;
    size_t begun, done;
    int last_status;
    struct stream stream;
    char *sunk;        /* what a sink took */
    size_t sink_takes; /* how much at once; 0: refuses until woken */
    struct http_request *sinking;
    int early; /* a status to answer in `begin` */
};

static inline ssize_t pull_part(void *user, char *buffer, size_t size)
{
    struct stream *stream = user;
    const char *part = stream->parts[stream->at];
    if (part == NULL)
        return HTTP_PULL_END;
    stream->at++;
    if (*part == '!')
        return HTTP_PULL_FAILED;
    if (*part == '\0')
        return HTTP_PULL_LATER;
    ck_assert_uint_le(strlen(part), size);
    memcpy(buffer, part, strlen(part));
    return (ssize_t)strlen(part);
}

static inline size_t sink_some(struct http_request *request, const char *bytes, size_t size)
{
    struct rig *rig = request->user;
    rig->sinking = request;
    size_t takes = size < rig->sink_takes ? size : rig->sink_takes;
    rig->sunk = mem_printf(rig->arena, "%s%.*s", rig->sunk, (int)takes, bytes);
    if (strchr(rig->sunk, '!') != NULL) {
        http_respond(request, &(struct http_response){.status = 422, .body = "no", .body_size = 2});
        return size;
    }
    return takes;
}

static inline void on_begin(void *user, struct http_request *request)
{
    struct rig *rig = user;
    rig->begun++;
    request->user = rig;
    if (strcmp(request->path, "/sink") == 0)
        request->sink = sink_some;
    if (strcmp(request->path, "/early") == 0)
        http_respond(request, &(struct http_response){.status = 401});
}

static inline void on_handle(void *user, struct http_request *request)
{
    struct rig *rig = user;
    if (strcmp(request->path, "/wait") == 0) {
        rig->waiting[rig->waiting_count++] = request;
        return;
    }
    struct http_response response = {.status = 200, .content_type = "text/plain"};
    if (strcmp(request->path, "/stream") == 0 || strcmp(request->path, "/endless") == 0) {
        response.endless = strcmp(request->path, "/endless") == 0;
        rig->stream.request = request;
        response.pull = pull_part;
        response.pull_user = &rig->stream;
    } else if (strcmp(request->path, "/none") == 0) {
        response = (struct http_response){.status = 204};
    } else {
        const char *echo = http_header(request, "x-echo");
        response.body =
            mem_printf(request->arena, "%s %s?%s %zu:%s", request->method, request->path,
                       request->query, request->body_size, request->body);
        response.body_size = strlen(response.body);
        struct http_header *headers = mem_array(request->arena, struct http_header, 2);
        headers[0] = (struct http_header){echo != NULL ? "X-Echo" : NULL, echo};
        response.headers = headers;
    }
    http_respond(request, &response);
}

static inline void on_error(void *user, struct http_request *request,
                            const struct http_fault *fault, struct http_response *ret_response)
{
    (void)user;
    char *body = mem_printf(request->arena, "{\"code\":\"%s\"}", fault->code);
    *ret_response = (struct http_response){.status = fault->status,
                                           .content_type = "application/problem+json",
                                           .body = body,
                                           .body_size = strlen(body)};
    static const struct http_header retry[] = {{"Retry-After", "1"}, {NULL, NULL}};
    ret_response->headers = fault->status == 503 ? retry : NULL;
}

static inline void on_done(void *user, const struct http_request *request, int status,
                           int64_t duration_us)
{
    struct rig *rig = user;
    ck_assert_ptr_nonnull(request->method);
    ck_assert_int_ge(duration_us, 0);
    rig->done++;
    rig->last_status = status;
}

static inline struct rig *rig_open_for(unsigned max_connections, unsigned max_of_client,
                                       const char *exempt)
{
    mem_init();
    void *arena = mem_arena(NULL, 0);
    struct rig *rig = mem_new(arena, struct rig);
    rig->arena = arena;
    rig->sunk = mem_strdup(arena, "");
    rig->sink_takes = SIZE_MAX;
    rig->now = (struct clock_time){.wall_ms = 1, .monotonic_ms = 1000, .monotonic_us = 1000000};
    struct http_server_config config = {
        .bind_address = "127.0.0.1",
        .max_connections = max_connections,
        .max_of_client = max_of_client,
        .body_limit = 1000,
        .user = rig,
        .on_headers = on_begin,
        .handle = on_handle,
        .error_response = on_error,
        .done = on_done,
    };
    ck_assert_int_eq(networks_parse(arena, exempt, &config.exempt), 0);
    ck_assert_int_eq(http_server_open(arena, &config, &rig->server), 0);
    return rig;
}

static inline struct rig *rig_open(unsigned max_connections)
{
    return rig_open_for(max_connections, 0, NULL);
}

static inline void rig_close(struct rig *rig)
{
    http_server_close(rig->server);
    ck_assert_uint_ge(rig->done, rig->begun);
    mem_free(rig->arena);
}

static inline void later(struct rig *rig, int64_t ms)
{
    rig->now.wall_ms += ms;
    rig->now.monotonic_ms += ms;
    rig->now.monotonic_us += ms * 1000;
}

/* From an address of the loopback's. */
static inline int connect_from(struct rig *rig, const char *address)
{
    struct sockaddr_in from = {.sin_family = AF_INET};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)http_server_port(rig->server)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(inet_pton(AF_INET, address, &from.sin_addr), 1);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&from, sizeof from), 0);
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) < 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static inline int connect_to(struct rig *rig)
{
    return connect_from(rig, "127.0.0.1");
}

static inline void send_bytes(int fd, const char *bytes, size_t size)
{
    ck_assert_int_eq(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

static inline void send_text(int fd, const char *text)
{
    send_bytes(fd, text, strlen(text));
}

static inline void run(struct rig *rig)
{
    rig->wait = http_server_run(rig->server, &rig->now);
}

/* Sleeps until the server or `fd` (-1: none) has something to do. */
static inline void await(struct rig *rig, int fd)
{
    struct pollfd fds[] = {{.fd = http_server_fd(rig->server), .events = POLLIN},
                           {.fd = fd, .events = POLLIN}};
    ck_assert_msg(rig->wait == 0 || poll(fds, 2, PATIENCE_MS) > 0, "nothing happens");
}

#define pass_until(rig, condition)                                                                 \
    for (run(rig); !(condition); run(rig))                                                         \
    await((rig), -1)

static inline const char *body_of(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");
    return end != NULL ? end + 4 : "";
}

/* Whether it has one whole answer (chunked or with its length; interim ones do not count). */
static inline bool is_whole(const char *answer)
{
    if (strncmp(answer, "HTTP/1.1 100", 12) == 0)
        answer = body_of(answer);
    if (strstr(answer, "\r\n\r\n") == NULL)
        return false;
    if (strncmp(answer + 9, "204", 3) == 0 || strncmp(answer + 9, "304", 3) == 0)
        return true;
    const char *length = strcasestr(answer, "content-length: ");
    if (length == NULL)
        return strstr(body_of(answer), "0\r\n\r\n") != NULL;
    return strlen(body_of(answer)) >= (size_t)atol(length + 16);
}

struct answer {
    char text[65536];
    size_t size;
    bool closed;
};

/* Reads until `text` holds an answer, or the server closes. */
static inline struct answer *receive(struct rig *rig, int fd, bool until_closed)
{
    struct answer *answer = mem_new(rig->arena, struct answer);
    while (!answer->closed && (until_closed || !is_whole(answer->text))) {
        run(rig);
        ssize_t n = recv(fd, answer->text + answer->size, sizeof answer->text - 1 - answer->size,
                         MSG_DONTWAIT);
        if (n > 0)
            answer->size += (size_t)n;
        else if (n == 0 || errno == ECONNRESET)
            answer->closed = true;
        else
            await(rig, fd);
    }
    return answer;
}

static inline struct answer *ask(struct rig *rig, int fd, const char *text)
{
    send_text(fd, text);
    return receive(rig, fd, false);
}

static inline void check_answer(const struct answer *answer, const char *status, const char *body)
{
    ck_assert_msg(strncmp(answer->text + 9, status, strlen(status)) == 0, "not %s: %s", status,
                  answer->text);
    ck_assert_str_eq(body_of(answer->text), body);
}

#define HOST "Host: x\r\n"
