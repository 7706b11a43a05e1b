/* What the HTTP server refuses: what could be read in two ways, what is too large, what is none. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libshared/base/mem.h"
#include "libshared/http/server.h"
#include "tests/libshared/http/server_fixture.h"

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

CHECK_MAIN("server_refusals", a_body_over_the_limit_is_refused, an_endless_body_is_cut_off,
           what_could_be_read_two_ways_is_refused, what_is_no_http_is_refused,
           an_over_long_head_is_refused, every_request_that_is_too_large_is_answered,
           a_request_that_is_refused_leaves_no_memory_behind, a_byte_that_no_head_has_is_refused,
           a_field_that_may_stand_once_is_refused_when_it_stands_twice,
           a_chunked_body_that_is_none_is_refused, a_host_is_one_and_a_host, half_a_head_is_refused)
