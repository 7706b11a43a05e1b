/* Who may call a facade: keys, scopes, streams of a key, hosts and origins. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/service/facade.h"
#include "tests/libshared/service/facade_fixture.h"

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
    ck_assert_int_eq(t.heard, 0);
    ask("POST", EVENTS "/orders/" ORDER "/confirm", "", "");
    reply_with(200, "{}");
    ck_assert_int_eq(t.status, 200);
    ck_assert_int_eq(t.heard, 200); /* what came of it, before it is passed on */
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

CHECK_MAIN("facade_keys", a_key_is_asked_for, a_key_without_the_scope_is_forbidden,
           hold_may_only_hold, documents_ask_for_a_key_if_they_are_told_to,
           a_key_has_only_so_many_streams, without_keys_only_hosts_of_the_loopback_are_answered,
           a_check_of_the_routes_own_refuses_at_once, browsers_of_the_named_origins_may_call)
