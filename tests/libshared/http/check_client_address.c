/* Whose a request is: who has the connection, or whom a proxy that is trusted has it from. */
#include "tests/support/check_main.h"

#include <arpa/inet.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/http/client_address.h"

/* "": not known. */
static const char *client(const char *peer, const char *forwarded, const char *proxies)
{
    static char text[INET6_ADDRSTRLEN];
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct networks *trusted;
    struct network_address from, found;
    ck_assert_int_eq(networks_parse(arena, proxies, &trusted), 0);
    ck_assert(network_address_read(peer, strlen(peer), &from));
    if (!client_address(from, forwarded, trusted, &found))
        return "";
    return inet_ntop(AF_INET6, found.bytes, text, sizeof text);
}

START_TEST(without_a_trusted_proxy_it_is_who_has_the_connection)
{
    ck_assert_str_eq(client("192.0.2.7", NULL, ""), "::ffff:192.0.2.7");
    ck_assert_str_eq(client("192.0.2.7", "198.51.100.1", ""), "::ffff:192.0.2.7");
    ck_assert_str_eq(client("192.0.2.7", "198.51.100.1", "10.0.0.0/8"), "::ffff:192.0.2.7");
    /* One of IPv6 has a /64 at its disposal. */
    ck_assert_str_eq(client("2001:db8::1:2:3:4", NULL, ""), "2001:db8::");
}
END_TEST

START_TEST(a_trusted_proxy_says_whose_it_is)
{
    ck_assert_str_eq(client("10.0.0.1", "198.51.100.1", "10.0.0.0/8"), "::ffff:198.51.100.1");
    ck_assert_str_eq(client("10.0.0.1", "203.0.113.9, 198.51.100.1 ,10.0.0.2", "10.0.0.0/8"),
                     "::ffff:198.51.100.1");
    ck_assert_str_eq(client("10.0.0.1", "198.51.100.1:4711", "10.0.0.0/8"), "::ffff:198.51.100.1");
    ck_assert_str_eq(client("10.0.0.1", "[2001:db8::7]:80", "10.0.0.0/8"), "2001:db8::");
    ck_assert_str_eq(client("10.0.0.1", "2001:db8::7", "10.0.0.0/8"), "2001:db8::");
}
END_TEST

START_TEST(what_it_does_not_say_is_not_known)
{
    static const char *const nothing[] = {
        NULL, "", " , ", "unknown", "10.0.0.2", "1.2.3.4, nobody", "[::1", "1.2.3.4:x"};
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        ck_assert_str_eq(client("10.0.0.1", nothing[i], "10.0.0.0/8"), "");
}
END_TEST

CHECK_MAIN("client_address", without_a_trusted_proxy_it_is_who_has_the_connection,
           a_trusted_proxy_says_whose_it_is, what_it_does_not_say_is_not_known)
