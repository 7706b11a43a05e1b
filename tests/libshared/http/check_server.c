/* The server over real sockets on loopback, its clock in the test's hand. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libshared/base/mem.h"
#include "libshared/http/server.h"
#include "tests/libshared/http/server_fixture.h"

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

START_TEST(a_stream_without_an_end_is_over_once_its_client_has_gone)
{
    static const char *const parts[] = {"one ", "", "two ", NULL};
    struct rig *rig = rig_open(0);
    rig->stream.parts = parts;
    int fd = connect_to(rig);
    send_text(fd, "GET /endless HTTP/1.1\r\n" HOST "\r\n");
    pass_until(rig, rig->stream.at == 2);
    /* One that leaves bytes unread would be reset, which is an error of its own. */
    char text[1024];
    ck_assert_int_gt(recv(fd, text, sizeof text, 0), 0);
    ck_assert_int_eq(recv(fd, text, sizeof text, MSG_DONTWAIT), -1);
    ck_assert_uint_eq(rig->done, 0);
    (void)close(fd);
    pass_until(rig, rig->done == 1);
    ck_assert_uint_eq(rig->stream.at, 2);
    rig_close(rig);
}
END_TEST

START_TEST(a_stream_with_an_end_goes_on_for_a_client_that_sends_no_more)
{
    static const char *const parts[] = {"one ", "", "two ", NULL};
    struct rig *rig = rig_open(0);
    rig->stream.parts = parts;
    int fd = connect_to(rig);
    send_text(fd, "GET /stream HTTP/1.1\r\n" HOST "\r\n");
    pass_until(rig, rig->stream.at == 2);
    ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
    run(rig);
    run(rig);
    http_wake(rig->stream.request);
    check_answer(receive(rig, fd, true), "200 OK", "4\r\none \r\n4\r\ntwo \r\n0\r\n\r\n");
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
           an_early_answer_waits_for_a_small_body, a_method_is_passed_on_as_it_is_spelt,
           the_connection_is_kept_as_the_client_asks, a_request_may_wait_for_its_answer,
           a_client_that_left_while_waiting_is_no_trouble, a_client_that_left_in_its_body_is_done,
           pipelined_requests_are_answered_in_order, a_body_may_be_streamed_out,
           a_stream_without_an_end_is_over_once_its_client_has_gone,
           a_stream_with_an_end_goes_on_for_a_client_that_sends_no_more,
           a_stream_that_fails_is_seen_not_whole, a_body_may_be_streamed_in,
           a_sink_may_answer_before_the_end, a_draining_server_answers_what_waits_and_no_more,
           a_closing_server_says_so_to_what_waits, an_address_in_use_is_an_error)
