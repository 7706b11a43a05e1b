/* network: addresses of hosts, and lists of networks in CIDR notation (RFC 4632, RFC 4291).
 *
 * IPv4 addresses are kept as IPv6 has them (::ffff:0:0/96), so that one that comes over an IPv6
 * socket is the same. Pure; any thread. Results live in the arena given. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;
struct network_address {
    uint8_t bytes[16];
};
/* An address of another family than IP is all zero. */
struct network_address network_address_of(const struct sockaddr *from);
/* Reads an address of so many characters, such as 192.0.2.7 or 2001:db8::7. */
bool network_address_read(const char *text, size_t size, struct network_address *ret_address)
    __attribute__((warn_unused_result));
/* The addresses that one client may have at its disposal: one of IPv4, a /64 of IPv6. */
struct network_address network_client(struct network_address address);

struct networks;
/* Reads "192.0.2.7, 10.0.0.0/8, 2001:db8::/32"; NULL or "" is no network. -EINVAL: one is none. */
int networks_parse(const void *arena, const char *text, struct networks **ret_networks)
    __attribute__((warn_unused_result));
/* A NULL list has none. */
bool networks_contain(const struct networks *networks, struct network_address address);
