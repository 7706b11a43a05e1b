/* The server over real sockets on loopback, its clock in the test's hand. */
#include "tests/support/check_main.h"
#include "tests/support/patience.h"

#include <errno.h>
#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libshared/base/mem.h"
#include "libshared/base/network.h"
#include "libshared/http/server.h"

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

static ssize_t pull_part(void *user, char *buffer, size_t size)
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

static size_t sink_some(struct http_request *request, const char *bytes, size_t size)
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

static void on_begin(void *user, struct http_request *request)
{
    struct rig *rig = user;
    rig->begun++;
    request->user = rig;
    if (strcmp(request->path, "/sink") == 0)
        request->sink = sink_some;
    if (strcmp(request->path, "/early") == 0)
        http_respond(request, &(struct http_response){.status = 401});
}

static void on_handle(void *user, struct http_request *request)
{
    struct rig *rig = user;
    if (strcmp(request->path, "/wait") == 0) {
        rig->waiting[rig->waiting_count++] = request;
        return;
    }
    struct http_response response = {.status = 200, .content_type = "text/plain"};
    if (strcmp(request->path, "/stream") == 0) {
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

static void on_error(void *user, struct http_request *request, const struct http_fault *fault,
                     struct http_response *ret_response)
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

static void on_done(void *user, const struct http_request *request, int status, int64_t duration_us)
{
    struct rig *rig = user;
    ck_assert_ptr_nonnull(request->method);
    ck_assert_int_ge(duration_us, 0);
    rig->done++;
    rig->last_status = status;
}

static struct rig *rig_open_for(unsigned max_connections, unsigned max_of_client,
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

static struct rig *rig_open(unsigned max_connections)
{
    return rig_open_for(max_connections, 0, NULL);
}

static void rig_close(struct rig *rig)
{
    http_server_close(rig->server);
    ck_assert_uint_ge(rig->done, rig->begun);
    mem_free(rig->arena);
}

static void later(struct rig *rig, int64_t ms)
{
    rig->now.wall_ms += ms;
    rig->now.monotonic_ms += ms;
    rig->now.monotonic_us += ms * 1000;
}

/* From an address of the loopback's. */
static int connect_from(struct rig *rig, const char *address)
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

static int connect_to(struct rig *rig)
{
    return connect_from(rig, "127.0.0.1");
}

static void send_bytes(int fd, const char *bytes, size_t size)
{
    ck_assert_int_eq(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

static void send_text(int fd, const char *text)
{
    send_bytes(fd, text, strlen(text));
}

static void run(struct rig *rig)
{
    rig->wait = http_server_run(rig->server, &rig->now);
}

/* Sleeps until the server or `fd` (-1: none) has something to do. */
static void await(struct rig *rig, int fd)
{
    struct pollfd fds[] = {{.fd = http_server_fd(rig->server), .events = POLLIN},
                           {.fd = fd, .events = POLLIN}};
    ck_assert_msg(rig->wait == 0 || poll(fds, 2, PATIENCE_MS) > 0, "nothing happens");
}

#define pass_until(rig, condition)                                                                 \
    for (run(rig); !(condition); run(rig))                                                         \
    await((rig), -1)

static const char *body_of(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");
    return end != NULL ? end + 4 : "";
}

/* Whether it has one whole answer (chunked or with its length; interim ones do not count). */
static bool is_whole(const char *answer)
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
static struct answer *receive(struct rig *rig, int fd, bool until_closed)
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

static struct answer *ask(struct rig *rig, int fd, const char *text)
{
    send_text(fd, text);
    return receive(rig, fd, false);
}

static void check_answer(const struct answer *answer, const char *status, const char *body)
{
    ck_assert_msg(strncmp(answer->text + 9, status, strlen(status)) == 0, "not %s: %s", status,
                  answer->text);
    ck_assert_str_eq(body_of(answer->text), body);
}

#define HOST "Host: x\r\n"

START_TEST(a_request_is_answered_and_the_connection_kept)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    struct answer *answer = ask(rig, fd, "GET /a%20b?x=1&y HTTP/1.1\r\n" HOST "X-ECHO: hi\r\n\r\n");
    check_answer(answer, "200 OK", "GET /a%20b?x=1&y 0:");
    ck_assert_ptr_nonnull(strstr(answer->text, "X-Echo: hi\r\n"));
    ck_assert_ptr_nonnull(strstr(answer->text, "Content-Type: text/plain\r\n"));
    check_answer(ask(rig, fd, "GET / HTTP/1.1\r\n" HOST "\r\n"), "200 OK", "GET /? 0:");
    check_answer(ask(rig, fd, "DELETE / HTTP/1.1\r\n" HOST "\r\n"), "200 OK", "DELETE /? 0:");
    check_answer(ask(rig, fd, "GET http://x/abs?q HTTP/1.1\r\n" HOST "\r\n"), "200 OK",
                 "GET /abs?q 0:");
    check_answer(ask(rig, fd, "GET /none HTTP/1.1\r\n" HOST "\r\n"), "204 No Content", "");
    check_answer(ask(rig, fd, "GET / HTTP/1.1\r\n" HOST "\r\n"), "200 OK", "GET /? 0:");
    ck_assert_uint_eq(http_server_connections(rig->server), 1);
    ck_assert_int_eq(rig->last_status, 200);
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(head_has_no_body)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    struct answer *answer = receive(
        rig, (send_text(fd, "HEAD / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"), fd), true);
    check_answer(answer, "200 OK", "");
    ck_assert_ptr_nonnull(strstr(answer->text, "Content-Length: 10\r\n"));
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(a_body_is_collected_however_it_comes)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    check_answer(ask(rig, fd, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello"),
                 "200 OK", "POST /? 5:hello");
    send_text(fd, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhe");
    pass_until(rig, rig->begun == 2);
    check_answer(ask(rig, fd, "llo"), "200 OK", "POST /? 5:hello");
    check_answer(
        ask(rig, fd,
            "POST / HTTP/1.1\r\n" HOST
            "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n"),
        "200 OK", "POST /? 5:hello");
    static const char nul[] = "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\na\0b";
    send_bytes(fd, nul, sizeof nul - 1);
    check_answer(receive(rig, fd, false), "200 OK", "POST /? 3:a");
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(who_expects_to_be_told_to_continue_is)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    struct answer *answer = mem_new(rig->arena, struct answer);
    send_text(fd, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    while (strstr(answer->text, "\r\n\r\n") == NULL) {
        run(rig);
        ssize_t n = recv(fd, answer->text + answer->size, 1000, MSG_DONTWAIT);
        answer->size += n > 0 ? (size_t)n : 0;
    }
    ck_assert_str_eq(answer->text, "HTTP/1.1 100 Continue\r\n\r\n");
    check_answer(ask(rig, fd, "hello"), "200 OK", "POST /? 5:hello");
    answer = ask(rig, fd,
                 "POST / HTTP/1.1\r\n" HOST "Content-Length: 5000\r\nExpect: 100-continue\r\n\r\n");
    check_answer(answer, "413", "{\"code\":\"payload_too_large\"}");
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(a_body_over_the_limit_is_refused)
{
    struct rig *rig = rig_open(0);
    char body[1002] = "";
    memset(body, 'x', 1001);
    int fd = connect_to(rig);
    /* A little over: read, so that the client reads the answer and goes on. */
    check_answer(ask(rig, fd,
                     mem_printf(rig->arena,
                                "POST / HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n%s", body)),
                 "413", "{\"code\":\"payload_too_large\"}");
    check_answer(ask(rig, fd,
                     mem_printf(rig->arena,
                                "POST / HTTP/1.1\r\n" HOST
                                "Transfer-Encoding: chunked\r\n\r\n3e9\r\n%s\r\n0\r\n\r\n",
                                body)),
                 "413", "{\"code\":\"payload_too_large\"}");
    check_answer(
        ask(rig, fd,
            mem_printf(rig->arena, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n%s",
                       body + 1)),
        "200 OK", mem_printf(rig->arena, "POST /? 1000:%s", body + 1));
    /* Far over: refused before it comes. */
    send_text(fd, "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999\r\n\r\n");
    struct answer *answer = receive(rig, fd, true);
    check_answer(answer, "413", "{\"code\":\"payload_too_large\"}");
    ck_assert(answer->closed);
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(an_endless_body_is_cut_off)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    const size_t size = 7 + 65536 + 2;
    char *chunk = mem_array(rig->arena, char, size);
    memcpy(chunk, "10000\r\n", 7);
    memset(chunk + 7, 'x', 65536);
    memcpy(chunk + 7 + 65536, "\r\n", 2);
    send_text(fd, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
    bool open = true;
    for (size_t sent = 0; open && sent < 1000 * size;) {
        run(rig);
        const size_t at = sent % size;
        const ssize_t n = send(fd, chunk + at, size - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        open = n > 0 || errno == EAGAIN;
    }
    ck_assert(!open);
    (void)close(fd);
    pass_until(rig, rig->done == 1);
    rig_close(rig);
}
END_TEST

START_TEST(an_early_answer_waits_for_a_small_body)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    check_answer(ask(rig, fd, "POST /early HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello"),
                 "401", "");
    check_answer(ask(rig, fd, "GET /early HTTP/1.1\r\n" HOST "\r\n"), "401", "");
    check_answer(ask(rig, fd, "GET / HTTP/1.1\r\n" HOST "\r\n"), "200", "GET /? 0:");
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(what_could_be_read_two_ways_is_refused)
{
    static const char *const requests[] = {
        "POST / HTTP/1.1\r\n" HOST
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\nhello",
        "POST / HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length : 5\r\n\r\nhello",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST HOST "\r\n",
        "GET /a b HTTP/1.1\r\n" HOST "\r\n",
        "GET /\xff HTTP/1.1\r\n" HOST "\r\n",
        "GET a HTTP/1.1\r\n" HOST "\r\n",
        "GET http:/a HTTP/1.1\r\n" HOST "\r\n",
    };
    struct rig *rig = rig_open(0);
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        int fd = connect_to(rig);
        send_text(fd, requests[i]);
        struct answer *answer = receive(rig, fd, true);
        ck_assert_msg(strstr(answer->text, " 400 ") != NULL, "%s: %s", requests[i], answer->text);
        ck_assert_str_eq(body_of(answer->text), "{\"code\":\"invalid_request\"}");
        ck_assert(answer->closed);
        (void)close(fd);
    }
    rig_close(rig);
}
END_TEST

START_TEST(what_is_no_http_is_refused)
{
    static const char *const requests[] = {
        "rubbish\r\n\r\n",
        "rubbish\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n" HOST "\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 5x\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET / HTTP/1.1\r\n" HOST "no colon\r\n\r\n",
        "\x16\x03\x01\x02\x01\r\n\r\n",
    };
    struct rig *rig = rig_open(0);
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        int fd = connect_to(rig);
        send_text(fd, requests[i]);
        struct answer *answer = receive(rig, fd, true);
        ck_assert_msg(strstr(answer->text, " 400 ") != NULL, "%s: %s", requests[i], answer->text);
        (void)close(fd);
    }
    rig_close(rig);
}
END_TEST

START_TEST(an_over_long_head_is_refused)
{
    static const struct {
        size_t path, header;
        const char *status;
    } cases[] = {
        {9000, 1, " 414 "}, {1, 20000, " 431 "}, {100000, 1, " 414 "}, {1, 100000, " 431 "}};
    struct rig *rig = rig_open(0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd = connect_to(rig);
        char *request = mem_printf(rig->arena, "GET /%0*d HTTP/1.1\r\n" HOST "X: %0*d\r\n\r\n",
                                   (int)cases[i].path, 0, (int)cases[i].header, 0);
        send_text(fd, request);
        struct answer *answer = receive(rig, fd, true);
        ck_assert_msg(strstr(answer->text, cases[i].status) != NULL, "%zu: %s", i, answer->text);
        (void)close(fd);
    }
    rig_close(rig);
}
END_TEST

/* `n` times `piece`. */
static char *repeat(const struct rig *rig, const char *piece, size_t n)
{
    size_t size = strlen(piece);
    char *text = mem_zeroed(rig->arena, n * size + 1);
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * size, piece, size);
    return text;
}

/* Sends all of `text` however slowly the server reads; what it does not take any more is left. */
static struct answer *exchange_all(struct rig *rig, int fd, const char *text, size_t size)
{
    struct answer *answer = mem_new(rig->arena, struct answer);
    size_t sent = 0;
    while (!answer->closed && (sent < size || !is_whole(answer->text))) {
        run(rig);
        ssize_t n = send(fd, text + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        sent = n < 0 && errno != EAGAIN ? size : sent + (n > 0 ? (size_t)n : 0);
        n = recv(fd, answer->text + answer->size, sizeof answer->text - 1 - answer->size,
                 MSG_DONTWAIT);
        if (n > 0)
            answer->size += (size_t)n;
        else if (n == 0 || errno != EAGAIN)
            answer->closed = true;
        else if (sent == size)
            await(rig, fd);
    }
    return answer;
}

#define POST_CHUNKED "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"

START_TEST(every_request_that_is_too_large_is_answered)
{
    struct rig *rig = rig_open(0);
    const struct {
        const char *what, *text, *status, *code;
    } cases[] = {
        {"400 parameters",
         mem_printf(rig->arena, "GET /livez?%s HTTP/1.1\r\n" HOST "\r\n", repeat(rig, "&", 400)),
         "414", "uri_too_long"},
        {"150 header fields",
         mem_printf(rig->arena, "GET / HTTP/1.1\r\n" HOST "%s\r\n", repeat(rig, "a: b\r\n", 150)),
         "431", "headers_too_large"},
        {"a cookie of 10 KB",
         mem_printf(rig->arena, "GET / HTTP/1.1\r\n" HOST "Cookie: %s\r\n\r\n",
                    repeat(rig, "a=b; ", 2000)),
         "431", "headers_too_large"},
        {"a field name of 100 KB",
         mem_printf(rig->arena, "GET / HTTP/1.1\r\n" HOST "%s: b\r\n\r\n",
                    repeat(rig, "a", 100000)),
         "431", "headers_too_large"},
        {"a target of 100 KB",
         mem_printf(rig->arena, "GET /%s HTTP/1.1\r\n" HOST "\r\n", repeat(rig, "a", 100000)),
         "414", "uri_too_long"},
        {"a target without an end", mem_printf(rig->arena, "GET /%s", repeat(rig, "a", 100000)),
         "414", "uri_too_long"},
        {"a chunked body of 2 MB",
         mem_printf(rig->arena, POST_CHUNKED "%s0\r\n\r\n",
                    repeat(rig, "8\r\n12345678\r\n", 260000)),
         "413", "payload_too_large"},
        {"a declared body of 2 MB",
         mem_printf(rig->arena, "POST / HTTP/1.1\r\n" HOST "Content-Length: 2000000\r\n\r\n%s",
                    repeat(rig, "12345678", 250000)),
         "413", "payload_too_large"},
        {"a chunk extension of 30 KB",
         mem_printf(rig->arena, POST_CHUNKED "5;a=%s\r\nhello\r\n", repeat(rig, "b", 30000)), "400",
         "invalid_request"},
        {"a trailer of 30 KB",
         mem_printf(rig->arena, POST_CHUNKED "0\r\nA: %s\r\n\r\n", repeat(rig, "b", 30000)), "431",
         "headers_too_large"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd = connect_to(rig);
        const struct answer *answer = exchange_all(rig, fd, cases[i].text, strlen(cases[i].text));
        ck_assert_msg(answer->size > 9 && strncmp(answer->text + 9, cases[i].status, 3) == 0,
                      "%s: %s", cases[i].what, answer->text);
        ck_assert_str_eq(body_of(answer->text),
                         mem_printf(rig->arena, "{\"code\":\"%s\"}", cases[i].code));
        (void)close(fd);
    }
    pass_until(rig, http_server_connections(rig->server) == 0);
    ck_assert_uint_eq(http_server_requests(rig->server), 0);
    rig_close(rig);
}
END_TEST

static size_t bytes_in_use(void)
{
    return mallinfo2().uordblks;
}

START_TEST(a_request_that_is_refused_leaves_no_memory_behind)
{
    static const char *const heads[] = {"GET /livez?", "GET / HTTP/1.1\r\n" HOST "Cookie: ",
                                        "GET / HTTP/1.1\r\nHost", POST_CHUNKED "1;"};
    struct rig *rig = rig_open(0);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        char *text = mem_printf(rig->arena, "%s%s HTTP/1.1\r\n" HOST "\r\n", heads[i],
                                repeat(rig, "&", 400));
        size_t before = 0;
        for (int n = 0; n < 300; n++) {
            int fd = connect_to(rig);
            send_text(fd, text);
            (void)shutdown(fd, SHUT_WR);
            char byte[256];
            while (recv(fd, byte, sizeof byte, MSG_DONTWAIT) != 0 && errno != ECONNRESET)
                run(rig);
            (void)close(fd);
            pass_until(rig, http_server_connections(rig->server) == 0);
            before = n == 50 ? bytes_in_use() : before;
        }
        ck_assert_msg(bytes_in_use() < before + 64 * 1024, "%s: %zu bytes more", heads[i],
                      bytes_in_use() - before);
    }
    rig_close(rig);
}
END_TEST

#define BYTES(text)                                                                                \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }

START_TEST(a_byte_that_no_head_has_is_refused)
{
    static const struct {
        const char *text;
        size_t size;
    } requests[] = {
        BYTES("GET /livez\0/xx HTTP/1.1\r\n" HOST "\r\n"),
        BYTES("GET /?a\0b HTTP/1.1\r\n" HOST "\r\n"),
        BYTES("GET\0 / HTTP/1.1\r\n" HOST "\r\n"),
        BYTES("GET / HTTP/1.1\0\r\n" HOST "\r\n"),
        BYTES("GET / HTTP/1.1\r\n" HOST "X-Echo: a\0b\r\n\r\n"),
        BYTES("GET / HTTP/1.1\r\n" HOST "X-E\0cho: ab\r\n\r\n"),
        BYTES("GET / HTTP/1.1\r\n" HOST "X-Echo: a\rb\r\n\r\n"),
        BYTES("GET / HTTP/1.1\r\n" HOST "X-Echo: a\r\rb: c\r\n\r\n"),
        BYTES("GET / HTTP/1.1\r\n" HOST "X-Echo: a\x01\r\n\r\n"),
        BYTES("GET / HTTP/1.1\r\n" HOST "X-Echo: a\x7f\r\n\r\n"),
        BYTES("GET / HTTP/1.1\r\n" HOST "X Echo: a\r\n\r\n"),
        BYTES("GET / HTTP/1.1\r\n" HOST "X\xc3\xa9: a\r\n\r\n"),
        BYTES("GET / HTTP/1.1\r\n" HOST ": a\r\n\r\n"),
        BYTES("GET / HTTP/1.1\r\n" HOST "X-Echo: a\r\n b\r\n\r\n"), /* folded */
        BYTES("GET / HTTP/1.1\r\n X-Echo: a\r\n" HOST "\r\n"),
        BYTES("GET / HTTP/1.1\n" HOST "\r\n"), /* a line ends with CR and LF */
        BYTES("GET / HTTP/1.1\r\nHost: x\n\n"),
        BYTES("GET  / HTTP/1.1\r\n" HOST "\r\n"),
        BYTES("GET / HTTP/1.1 \r\n" HOST "\r\n"),
        BYTES("GET\t/ HTTP/1.1\r\n" HOST "\r\n"),
        BYTES("G{}T / HTTP/1.1\r\n" HOST "\r\n"),
    };
    struct rig *rig = rig_open(0);
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        int fd = connect_to(rig);
        send_bytes(fd, requests[i].text, requests[i].size);
        struct answer *answer = receive(rig, fd, true);
        ck_assert_msg(strstr(answer->text, " 400 ") != NULL, "%zu: %s", i, answer->text);
        (void)close(fd);
    }
    ck_assert_uint_eq(rig->begun, 0);
    rig_close(rig);
}
END_TEST

START_TEST(a_field_that_may_stand_once_is_refused_when_it_stands_twice)
{
    static const char *const names[] = {"Authorization", "Idempotency-Key", "If-Match",
                                        "Content-Type",  "Origin",          "Content-Length"};
    struct rig *rig = rig_open(0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int fd = connect_to(rig);
        send_text(fd, mem_printf(rig->arena, "POST / HTTP/1.1\r\n" HOST "%s: 0\r\n%s: 0\r\n\r\n",
                                 names[i], names[i]));
        struct answer *answer = receive(rig, fd, true);
        ck_assert_msg(strstr(answer->text, " 400 ") != NULL, "%s: %s", names[i], answer->text);
        (void)close(fd);
    }
    /* Of a list the lines are one (RFC 9110 section 5.3). */
    int fd = connect_to(rig);
    struct answer *answer =
        ask(rig, fd, "GET / HTTP/1.1\r\n" HOST "X-Echo: a\r\nx-echo:  b \r\n\r\n");
    check_answer(answer, "200", "GET /? 0:");
    ck_assert_ptr_nonnull(strstr(answer->text, "X-Echo: a, b\r\n"));
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(a_chunked_body_that_is_none_is_refused)
{
    static const char *const bodies[] = {
        "zz\r\n",
        "-1\r\n",
        "0x5\r\nhello\r\n",
        "5 \r\nhello\r\n",
        "5\nhello\r\n",
        "5\r\nhello0\r\n",
        "5\r\nhello\n0\r\n",
        "\r\n",
        ";a\r\n",
        "5;a\x01\r\n",
        "5\rhello",
        "ffffffffffffffff\r\n",
        "00000000000000005\r\n",
        "0\r\nA b: c\r\n\r\n",
        "0\r\nA\r\n\r\n",
    };
    struct rig *rig = rig_open(0);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        int fd = connect_to(rig);
        send_text(fd, mem_printf(rig->arena, POST_CHUNKED "%s", bodies[i]));
        struct answer *answer = receive(rig, fd, true);
        ck_assert_msg(strstr(answer->text, " 400 ") != NULL ||
                          strstr(answer->text, " 413 ") != NULL,
                      "%s: %s", bodies[i], answer->text);
        (void)close(fd);
    }
    rig_close(rig);
}
END_TEST

START_TEST(a_host_is_one_and_a_host)
{
    static const struct {
        const char *text, *status;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", " 200 "},
        {"GET / HTTP/1.1\r\nHost: a.b-c_d:8080\r\n\r\n", " 200 "},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", " 200 "},
        {"GET / HTTP/1.0\r\n\r\n", " 200 "},
        {"GET http://x/ HTTP/1.1\r\nHost: y\r\n\r\n", " 200 "},
        {"GET https://x HTTP/1.1\r\nHost: y\r\n\r\n", " 200 "},
        {"OPTIONS * HTTP/1.1\r\nHost: y\r\n\r\n", " 200 "},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", " 400 "},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", " 400 "},
        {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", " 400 "},
        {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", " 400 "},
        {"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", " 400 "},
        {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", " 400 "},
        {"GET http://u@x/ HTTP/1.1\r\nHost: x\r\n\r\n", " 400 "},
        {"GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n", " 400 "},
        {"GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", " 400 "},
        {"GET * HTTP/1.1\r\nHost: x\r\n\r\n", " 400 "},
        {"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", " 400 "},
        {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", " 400 "},
        {"GET / http/1.1\r\nHost: x\r\n\r\n", " 400 "},
        {"GET /\r\n\r\n", " 400 "},
    };
    struct rig *rig = rig_open(0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd = connect_to(rig);
        struct answer *answer = ask(rig, fd, cases[i].text);
        ck_assert_msg(strstr(answer->text, cases[i].status) != NULL, "%s: %s", cases[i].text,
                      answer->text);
        (void)close(fd);
    }
    rig_close(rig);
}
END_TEST

/* Methods are told apart by case (RFC 9110 section 9.1): whether one is known is the owner's. */
START_TEST(a_method_is_passed_on_as_it_is_spelt)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    check_answer(ask(rig, fd, "get / HTTP/1.1\r\n" HOST "\r\n"), "200", "get /? 0:");
    check_answer(ask(rig, fd, "\r\nBREW / HTTP/1.1\r\n" HOST "\r\n"), "200", "BREW /? 0:");
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(the_connection_is_kept_as_the_client_asks)
{
    struct rig *rig = rig_open(0);
    static const struct {
        const char *text;
        bool kept;
    } cases[] = {
        {"GET / HTTP/1.1\r\n" HOST "\r\n", true},
        {"GET / HTTP/1.1\r\n" HOST "Connection: te, Close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n" HOST "\r\n", false},
        {"GET / HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd = connect_to(rig);
        struct answer *answer = ask(rig, fd, cases[i].text);
        check_answer(answer, "200", "GET /? 0:");
        if (cases[i].kept)
            check_answer(ask(rig, fd, cases[i].text), "200", "GET /? 0:");
        else
            ck_assert(receive(rig, fd, true)->closed);
        ck_assert(cases[i].kept == (strstr(answer->text, "Connection: close") == NULL));
        (void)close(fd);
    }
    rig_close(rig);
}
END_TEST

START_TEST(half_a_head_is_refused)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    send_text(fd, "GET / HTTP/1.1\r\n" HOST);
    (void)shutdown(fd, SHUT_WR);
    check_answer(receive(rig, fd, true), "400", "{\"code\":\"invalid_request\"}");
    (void)close(fd);
    fd = connect_to(rig);
    (void)shutdown(fd, SHUT_WR);
    ck_assert_uint_eq(receive(rig, fd, true)->size, 0);
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(a_request_may_wait_for_its_answer)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    for (int i = 1; i <= 3; i++) {
        send_text(fd, "POST /wait HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab");
        pass_until(rig, rig->waiting_count == 1);
        later(rig, 3600 * 1000);
        run(rig);
        ck_assert_uint_eq(http_server_requests(rig->server), 1);
        rig->waiting_count = 0;
        ck_assert_str_eq(rig->waiting[0]->body, "ab");
        http_respond(rig->waiting[0],
                     &(struct http_response){.status = 201, .body = "made", .body_size = 4});
        check_answer(receive(rig, fd, false), "201 Created", "made");
    }
    pass_until(rig, http_server_requests(rig->server) == 0);
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(a_client_that_left_while_waiting_is_no_trouble)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    send_text(fd, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    pass_until(rig, rig->waiting_count == 1);
    struct linger reset = {.l_onoff = 1};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    (void)close(fd);
    http_respond(rig->waiting[0],
                 &(struct http_response){.status = 200, .body = "x", .body_size = 1});
    pass_until(rig, rig->done == 1);
    pass_until(rig, http_server_connections(rig->server) == 0);
    rig_close(rig);
}
END_TEST

START_TEST(a_client_that_left_in_its_body_is_done)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    send_text(fd, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhe");
    pass_until(rig, rig->begun == 1);
    (void)close(fd);
    pass_until(rig, rig->done == 1);
    ck_assert_int_eq(rig->last_status, 400); /* it could have closed its own side alone */
    rig_close(rig);
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    send_text(fd,
              "GET /1 HTTP/1.1\r\n" HOST "\r\nGET /wait HTTP/1.1\r\n" HOST
              "\r\nPOST /3 HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nabGET /4 HTTP/1.1\r\n" HOST
              "Connection: close\r\n\r\n");
    pass_until(rig, rig->waiting_count == 1);
    http_respond(rig->waiting[0],
                 &(struct http_response){.status = 200, .body = "two", .body_size = 3});
    const char *text = receive(rig, fd, true)->text, *at = text;
    static const char *const order[] = {"GET /1? 0:", "two", "POST /3? 2:ab", "GET /4? 0:"};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        at = strstr(at, order[i]);
        ck_assert_msg(at != NULL, "no %s in %s", order[i], text);
    }
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(a_thousand_wait_at_once)
{
    struct rlimit limit;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    struct rig *rig = rig_open(1000);
    int fds[1000];
    for (int i = 0; i < 1000; i++) {
        fds[i] = connect_to(rig);
        send_text(fds[i], "GET /wait HTTP/1.1\r\n" HOST "\r\n");
        run(rig);
    }
    pass_until(rig, rig->waiting_count == 1000);
    for (int i = 999; i >= 0; i--)
        http_respond(rig->waiting[i],
                     &(struct http_response){.status = 200, .body = "x", .body_size = 1});
    for (int i = 0; i < 1000; i++)
        check_answer(receive(rig, fds[i], false), "200 OK", "x");
    for (int i = 0; i < 1000; i++)
        (void)close(fds[i]);
    rig_close(rig);
}
END_TEST

static bool is_closed(struct rig *rig, int fd)
{
    char byte;
    run(rig);
    return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

/* A connection that has had an answer, a second after the one before. */
static int connect_and_idle(struct rig *rig, const char *address)
{
    later(rig, 1000);
    int fd = connect_from(rig, address);
    check_answer(ask(rig, fd, "GET / HTTP/1.1\r\n" HOST "\r\n"), "200", "GET /? 0:");
    return fd;
}

static int connect_and_wait(struct rig *rig, const char *address)
{
    size_t waiting = rig->waiting_count;
    int fd = connect_from(rig, address);
    send_text(fd, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    pass_until(rig, rig->waiting_count == waiting + 1);
    return fd;
}

static void answer_waiting(struct rig *rig, size_t i)
{
    http_respond(rig->waiting[i],
                 &(struct http_response){.status = 200, .body = "x", .body_size = 1});
}

START_TEST(one_connection_too_many_waits_while_all_are_at_work)
{
    struct rig *rig = rig_open(2);
    int first = connect_and_wait(rig, "127.0.0.1"), second = connect_and_wait(rig, "127.0.0.1");
    int third = connect_to(rig);
    send_text(third, "GET / HTTP/1.1\r\n" HOST "\r\n");
    for (int i = 0; i < 5; i++)
        run(rig);
    ck_assert_uint_eq(http_server_connections(rig->server), 2);
    ck_assert_uint_eq(rig->begun, 2);
    answer_waiting(rig, 0);
    check_answer(receive(rig, first, false), "200", "x");
    check_answer(receive(rig, third, false), "200", "GET /? 0:");
    ck_assert(is_closed(rig, first) && !is_closed(rig, second));
    answer_waiting(rig, 1);
    (void)close(first);
    (void)close(second);
    (void)close(third);
    rig_close(rig);
}
END_TEST

START_TEST(the_longest_idle_makes_room)
{
    struct rig *rig = rig_open(3);
    int first = connect_and_idle(rig, "127.0.0.1"), second = connect_and_idle(rig, "127.0.0.1");
    int third = connect_and_idle(rig, "127.0.0.1");
    check_answer(ask(rig, first, "GET / HTTP/1.1\r\n" HOST "\r\n"), "200", "GET /? 0:");
    int fourth = connect_and_idle(rig, "127.0.0.1");
    ck_assert(is_closed(rig, second));
    ck_assert(!is_closed(rig, first) && !is_closed(rig, third));
    ck_assert_uint_eq(http_server_connections(rig->server), 3);
    /* Whoever has begun to ask goes after whoever has not. */
    send_text(third, "GET / HT");
    run(rig);
    int fifth = connect_and_idle(rig, "127.0.0.1");
    ck_assert(is_closed(rig, first) && !is_closed(rig, third) && !is_closed(rig, fourth));
    const int fds[] = {first, second, third, fourth, fifth};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        (void)close(fds[i]);
    rig_close(rig);
}
END_TEST

START_TEST(heads_that_do_not_end_make_room_too)
{
    struct rig *rig = rig_open(2);
    int fds[2];
    for (int i = 0; i < 2; i++) {
        fds[i] = connect_to(rig);
        send_text(fds[i], "GET / HT");
        pass_until(rig, http_server_connections(rig->server) == (size_t)i + 1);
        later(rig, 1000);
    }
    int third = connect_and_idle(rig, "127.0.0.1");
    ck_assert(is_closed(rig, fds[0]) && !is_closed(rig, fds[1]));
    (void)close(fds[0]);
    (void)close(fds[1]);
    (void)close(third);
    rig_close(rig);
}
END_TEST

/* Many that idle keep nobody out, however many there are. */
START_TEST(a_crowd_that_idles_keeps_nobody_out)
{
    struct rig *rig = rig_open(50);
    int crowd[300];
    for (int i = 0; i < 300; i++)
        crowd[i] = connect_and_idle(rig, "127.0.0.1");
    int fd = connect_and_idle(rig, "127.0.0.1");
    ck_assert_uint_eq(http_server_connections(rig->server), 50);
    for (int i = 0; i < 300; i++)
        (void)close(crowd[i]);
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(one_client_has_only_so_many_connections)
{
    struct rig *rig = rig_open_for(20, 2, "127.0.0.8/30");
    int first = connect_and_wait(rig, "127.0.0.2"), second = connect_and_idle(rig, "127.0.0.2");
    int third = connect_and_wait(rig, "127.0.0.2");
    ck_assert(is_closed(rig, second)); /* its own make room first */
    int fourth = connect_from(rig, "127.0.0.2");
    send_text(fourth, "GET / HTTP/1.1\r\n" HOST "\r\n");
    struct answer *answer = receive(rig, fourth, true);
    check_answer(answer, "503", "{\"code\":\"overloaded\"}");
    ck_assert_ptr_nonnull(strstr(answer->text, "Retry-After: 1\r\n"));
    int other = connect_and_idle(rig, "127.0.0.3"); /* others are not concerned */
    int proxies[5];
    for (int i = 0; i < 5; i++)
        proxies[i] = connect_and_wait(rig, "127.0.0.9");
    (void)close(fourth);
    pass_until(rig, http_server_connections(rig->server) == 8);
    answer_waiting(rig, 0);
    check_answer(receive(rig, first, false), "200", "x");
    (void)close(first);
    pass_until(rig, http_server_connections(rig->server) == 7);
    int fifth = connect_and_idle(rig, "127.0.0.2");
    for (size_t i = 1; i < rig->waiting_count; i++)
        answer_waiting(rig, i);
    for (int i = 0; i < 5; i++)
        (void)close(proxies[i]);
    const int fds[] = {second, third, other, fifth};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        (void)close(fds[i]);
    rig_close(rig);
}
END_TEST

START_TEST(running_out_of_descriptors_passes)
{
    struct rig *rig = rig_open(0);
    int waits = connect_and_wait(rig, "127.0.0.1"), idle = connect_and_idle(rig, "127.0.0.1");
    int late = connect_to(rig), later_still = connect_to(rig);
    struct rlimit limit, none;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    none = (struct rlimit){.rlim_cur = (rlim_t)later_still + 1, .rlim_max = limit.rlim_max};
    (void)setrlimit(RLIMIT_NOFILE, &none);
    send_text(late, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    pass_until(rig, rig->waiting_count == 2); /* in the place of the idle one */
    ck_assert(is_closed(rig, idle));
    send_text(later_still, "GET / HTTP/1.1\r\n" HOST "\r\n");
    for (int i = 0; i < 5; i++)
        run(rig);
    ck_assert_uint_eq(http_server_connections(rig->server), 2);
    answer_waiting(rig, 0);
    check_answer(receive(rig, waits, false), "200", "x");
    check_answer(receive(rig, later_still, false), "200", "GET /? 0:");
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    answer_waiting(rig, 1);
    check_answer(receive(rig, late, false), "200", "x");
    (void)close(waits);
    (void)close(idle);
    (void)close(late);
    (void)close(later_still);
    rig_close(rig);
}
END_TEST

/* Sends `text` and lets `ms` pass. */
static void later_with(struct rig *rig, int fd, const char *text, int64_t ms)
{
    send_text(fd, text);
    for (int i = 0; i < 3; i++) /* it comes over loopback at once */
        run(rig);
    later(rig, ms);
    for (int i = 0; i < 3; i++)
        run(rig);
}

/* Whether the server cut the connection off by then. */
static bool is_cut_off_after(struct rig *rig, int fd, const char *text, int64_t ms)
{
    char byte;
    later_with(rig, fd, text, ms);
    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

/* A connection that said nothing is closed without a word; a request that does not end is told. */
START_TEST(who_is_too_slow_is_cut_off)
{
    static const char *const starts[] = {
        "",
        "GET / HT",
        "GET / HTTP/1.1\r\n" HOST,
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhe",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhe",
    };
    struct rig *rig = rig_open(0);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        int fd = connect_to(rig);
        pass_until(rig, http_server_connections(rig->server) == 1);
        ck_assert_msg(!is_cut_off_after(rig, fd, starts[i], 9000), "%s", starts[i]);
        /* A byte now and then buys no time. */
        later_with(rig, fd, i > 0 ? "l" : "", 2000);
        struct answer *answer = receive(rig, fd, true);
        if (i == 0)
            ck_assert_uint_eq(answer->size, 0);
        else
            check_answer(answer, "408", "{\"code\":\"request_timeout\"}");
        (void)close(fd);
        pass_until(rig, http_server_connections(rig->server) == 0);
    }
    rig_close(rig);
}
END_TEST

START_TEST(a_body_that_breaks_off_is_told)
{
    static const char *const starts[] = {
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhe",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhe",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n",
    };
    struct rig *rig = rig_open(0);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        int fd = connect_to(rig);
        send_text(fd, starts[i]);
        (void)shutdown(fd, SHUT_WR);
        check_answer(receive(rig, fd, true), "400", "{\"code\":\"invalid_request\"}");
        (void)close(fd);
    }
    rig_close(rig);
}
END_TEST

/* What was said before the body came is not lost with it. */
START_TEST(an_early_answer_reaches_who_sends_no_body)
{
    static const char request[] = "POST /early HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n";
    struct rig *rig = rig_open(0);
    int slow = connect_to(rig), broken = connect_to(rig);
    send_text(broken, request);
    (void)shutdown(broken, SHUT_WR);
    ck_assert_ptr_nonnull(strstr(receive(rig, broken, true)->text, " 401 "));
    later_with(rig, slow, request, 11000);
    ck_assert_ptr_nonnull(strstr(receive(rig, slow, true)->text, " 401 "));
    (void)close(slow);
    (void)close(broken);
    rig_close(rig);
}
END_TEST

/* Proxies close what was idle for a minute, and send into it until then. */
START_TEST(an_idle_connection_is_closed_after_more_than_a_minute)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    check_answer(ask(rig, fd, "GET / HTTP/1.1\r\n" HOST "\r\n"), "200", "GET /? 0:");
    ck_assert(!is_cut_off_after(rig, fd, "", 70000));
    check_answer(ask(rig, fd, "GET / HTTP/1.1\r\n" HOST "\r\n"), "200", "GET /? 0:");
    ck_assert(!is_cut_off_after(rig, fd, "", 70000));
    ck_assert(is_cut_off_after(rig, fd, "", 10000));
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(a_body_may_be_streamed_out)
{
    static const char *const parts[] = {"one ", "", "two ", "", "", "three", NULL};
    struct rig *rig = rig_open(0);
    rig->stream.parts = parts;
    int fd = connect_to(rig);
    send_text(fd, "GET /stream HTTP/1.1\r\n" HOST "\r\n");
    pass_until(rig, rig->stream.at == 2);
    http_wake(rig->stream.request);
    http_wake(rig->stream.request);
    pass_until(rig, rig->stream.at == 4);
    http_wake(rig->stream.request);
    pass_until(rig, rig->stream.at == 5);
    http_wake(rig->stream.request);
    check_answer(receive(rig, fd, false), "200 OK",
                 "4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n");
    ck_assert_uint_eq(rig->done, 1);
    check_answer(ask(rig, fd, "GET / HTTP/1.1\r\n" HOST "\r\n"), "200", "GET /? 0:");
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(a_stream_that_fails_is_seen_not_whole)
{
    static const char *const parts[] = {"one ", "!", NULL};
    struct rig *rig = rig_open(0);
    rig->stream.parts = parts;
    int fd = connect_to(rig);
    send_text(fd, "GET /stream HTTP/1.1\r\n" HOST "\r\n");
    struct answer *answer = receive(rig, fd, true);
    check_answer(answer, "200 OK", "4\r\none \r\n");
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(a_body_may_be_streamed_in)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    rig->sink_takes = 2;
    send_text(fd, "POST /sink HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello");
    pass_until(rig, strcmp(rig->sunk, "he") == 0);
    http_wake(rig->sinking);
    pass_until(rig, strcmp(rig->sunk, "hell") == 0);
    http_wake(rig->sinking);
    check_answer(receive(rig, fd, false), "200 OK", "POST /sink? 0:");
    ck_assert_str_eq(rig->sunk, "hello");

    char body[5000];
    memset(body, 'x', sizeof body);
    rig->sink_takes = SIZE_MAX;
    send_text(fd, "POST /sink HTTP/1.1\r\n" HOST "Content-Length: 5000\r\n\r\n");
    send_bytes(fd, body, sizeof body);
    check_answer(receive(rig, fd, false), "200 OK", "POST /sink? 0:");
    ck_assert_uint_eq(strlen(rig->sunk), 5005);
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(a_sink_may_answer_before_the_end)
{
    struct rig *rig = rig_open(0);
    int fd = connect_to(rig);
    check_answer(ask(rig, fd,
                     "POST /sink HTTP/1.1\r\n" HOST
                     "Transfer-Encoding: chunked\r\n\r\n3\r\nab!\r\n2\r\ncd\r\n0\r\n\r\n"),
                 "422", "no");
    rig->sunk = mem_strdup(rig->arena, "");
    rig->sink_takes = 0;
    send_text(fd, "POST /sink HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello");
    rig->sinking = NULL;
    pass_until(rig, rig->sinking != NULL);
    http_respond(rig->sinking, &(struct http_response){.status = 503});
    check_answer(receive(rig, fd, false), "503", "");
    ck_assert_str_eq(rig->sunk, "");
    (void)close(fd);
    rig_close(rig);
}
END_TEST

START_TEST(a_draining_server_answers_what_waits_and_no_more)
{
    struct rig *rig = rig_open(0);
    int idle = connect_to(rig), waits = connect_to(rig);
    check_answer(ask(rig, idle, "GET / HTTP/1.1\r\n" HOST "\r\n"), "200", "GET /? 0:");
    send_text(waits, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    pass_until(rig, rig->waiting_count == 1);
    http_server_drain(rig->server);
    ck_assert_int_eq(connect_to(rig), -1);
    ck_assert(receive(rig, idle, true)->closed);
    ck_assert_uint_eq(http_server_connections(rig->server), 1);
    http_respond(rig->waiting[0],
                 &(struct http_response){.status = 200, .body = "x", .body_size = 1});
    struct answer *answer = receive(rig, waits, true);
    check_answer(answer, "200", "x");
    ck_assert_ptr_nonnull(strcasestr(answer->text, "Connection: close"));
    pass_until(rig, http_server_connections(rig->server) == 0);
    (void)close(idle);
    (void)close(waits);
    rig_close(rig);
}
END_TEST

START_TEST(a_closing_server_says_so_to_what_waits)
{
    static const char *const parts[] = {"one ", "", "", "", NULL};
    struct rig *rig = rig_open(0);
    rig->stream.parts = parts;
    int waits = connect_to(rig), streams = connect_to(rig), sends = connect_to(rig);
    send_text(waits, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    send_text(streams, "GET /stream HTTP/1.1\r\n" HOST "\r\n");
    rig->sink_takes = 0;
    send_text(sends, "POST /sink HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello");
    pass_until(rig, rig->waiting_count == 1 && rig->stream.at >= 2 && rig->sinking != NULL);
    http_server_close(rig->server);
    rig->server = NULL;
    ck_assert_uint_eq(rig->done, 3);
    struct answer answer = {.size = 0};
    ck_assert_int_gt(recv(waits, answer.text, sizeof answer.text - 1, 0), 0);
    check_answer(&answer, "503", "{\"code\":\"unavailable\"}");
    (void)close(waits);
    (void)close(streams);
    (void)close(sends);
    mem_free(rig->arena);
}
END_TEST

START_TEST(an_address_in_use_is_an_error)
{
    struct rig *rig = rig_open(0);
    struct http_server *second;
    struct http_server_config config = {.bind_address = "127.0.0.1",
                                        .port = http_server_port(rig->server),
                                        .handle = on_handle,
                                        .error_response = on_error};
    ck_assert_int_eq(http_server_open(rig->arena, &config, &second), -EADDRINUSE);
    config.bind_address = "nowhere.invalid";
    ck_assert_int_eq(http_server_open(rig->arena, &config, &second), -EADDRNOTAVAIL);
    config.bind_address = "::1";
    config.port = 0;
    int r = http_server_open(rig->arena, &config, &second);
    ck_assert(r == 0 || r == -EADDRNOTAVAIL || r == -EAFNOSUPPORT);
    if (r == 0)
        http_server_close(second);
    rig_close(rig);
}
END_TEST

CHECK_MAIN("server", a_request_is_answered_and_the_connection_kept, head_has_no_body,
           a_body_is_collected_however_it_comes, who_expects_to_be_told_to_continue_is,
           a_body_over_the_limit_is_refused, an_endless_body_is_cut_off,
           an_early_answer_waits_for_a_small_body, what_could_be_read_two_ways_is_refused,
           what_is_no_http_is_refused, an_over_long_head_is_refused,
           every_request_that_is_too_large_is_answered,
           a_request_that_is_refused_leaves_no_memory_behind, a_byte_that_no_head_has_is_refused,
           a_field_that_may_stand_once_is_refused_when_it_stands_twice,
           a_chunked_body_that_is_none_is_refused, a_host_is_one_and_a_host,
           a_method_is_passed_on_as_it_is_spelt, the_connection_is_kept_as_the_client_asks,
           half_a_head_is_refused, a_request_may_wait_for_its_answer,
           a_client_that_left_while_waiting_is_no_trouble, a_client_that_left_in_its_body_is_done,
           pipelined_requests_are_answered_in_order, a_thousand_wait_at_once,
           one_connection_too_many_waits_while_all_are_at_work, the_longest_idle_makes_room,
           heads_that_do_not_end_make_room_too, a_crowd_that_idles_keeps_nobody_out,
           one_client_has_only_so_many_connections, running_out_of_descriptors_passes,
           who_is_too_slow_is_cut_off, a_body_that_breaks_off_is_told,
           an_early_answer_reaches_who_sends_no_body,
           an_idle_connection_is_closed_after_more_than_a_minute, a_body_may_be_streamed_out,
           a_stream_that_fails_is_seen_not_whole, a_body_may_be_streamed_in,
           a_sink_may_answer_before_the_end, a_draining_server_answers_what_waits_and_no_more,
           a_closing_server_says_so_to_what_waits, an_address_in_use_is_an_error)
