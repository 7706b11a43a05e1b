#include "tests/support/check_main.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/network.h"

static struct network_address address(const char *text)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return network_address_of((const struct sockaddr *)&four);
    ck_assert_int_eq(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
    return network_address_of((const struct sockaddr *)&six);
}

START_TEST(a_network_has_its_addresses_and_no_others)
{
    static const struct {
        const char *networks, *address;
        bool in;
    } cases[] = {
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.8", false},
        {"192.0.2.7", "::ffff:192.0.2.7", true},
        {"10.0.0.0/8,192.0.2.0/25", "192.0.2.127", true},
        {"10.0.0.0/8, 192.0.2.0/25", "192.0.2.128", false},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"0.0.0.0/0", "198.51.100.1", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "198.51.100.1", true},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::1/128", "::1", true},
        {"", "192.0.2.7", false},
        {NULL, "192.0.2.7", false},
    };
    mem_init();
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct networks *networks = NULL;
        ck_assert_int_eq(networks_parse(arena, cases[i].networks, &networks), 0);
        ck_assert_msg(networks_contain(networks, address(cases[i].address)) == cases[i].in,
                      "%s has %s", cases[i].networks, cases[i].address);
    }
    ck_assert(!networks_contain(NULL, address("::1")));
    mem_free(arena);
}
END_TEST

START_TEST(what_is_no_network_is_refused)
{
    static const char *const texts[] = {"proxy",   "192.0.2",        "192.0.2.1/33", "::1/129",
                                        "::1/",    "192.0.2.0/-1",   "10.0.0.0/8x",  "10.0.0.1;::1",
                                        "::1/1/1", "10.0.0.0/8,none"};
    mem_init();
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct networks *networks = NULL;
        ck_assert_msg(networks_parse(arena, texts[i], &networks) == -EINVAL, "%s", texts[i]);
        ck_assert_ptr_null(networks);
    }
    mem_free(arena);
}
END_TEST

static bool same_client(const char *one, const char *other)
{
    const struct network_address a = network_client(address(one));
    const struct network_address b = network_client(address(other));
    return memcmp(&a, &b, sizeof a) == 0;
}

START_TEST(a_client_is_an_address_or_a_64)
{
    ck_assert(same_client("192.0.2.7", "::ffff:192.0.2.7"));
    ck_assert(!same_client("192.0.2.7", "192.0.2.8"));
    ck_assert(same_client("2001:db8::1", "2001:db8::ffff:0:0:1"));
    ck_assert(!same_client("2001:db8::1", "2001:db8:0:1::1"));
}
END_TEST

CHECK_MAIN("network", a_network_has_its_addresses_and_no_others, what_is_no_network_is_refused,
           a_client_is_an_address_or_a_64)
