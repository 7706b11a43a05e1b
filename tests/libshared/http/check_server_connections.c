/* How many connections the HTTP server keeps, for how long, and who makes room. */
#include "tests/support/check_main.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libshared/http/server.h"
#include "tests/libshared/http/server_fixture.h"

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

CHECK_MAIN("server_connections", a_thousand_wait_at_once,
           one_connection_too_many_waits_while_all_are_at_work, the_longest_idle_makes_room,
           heads_that_do_not_end_make_room_too, a_crowd_that_idles_keeps_nobody_out,
           one_client_has_only_so_many_connections, running_out_of_descriptors_passes,
           who_is_too_slow_is_cut_off, a_body_that_breaks_off_is_told,
           an_early_answer_reaches_who_sends_no_body,
           an_idle_connection_is_closed_after_more_than_a_minute)
