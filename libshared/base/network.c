#include "libshared/base/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"

#define MAPPED_BITS 96

struct network {
    struct network_address address;
    unsigned bits; /* of 128 */
};

struct networks {
    struct network *at;
    size_t n;
};

static struct network_address mapped(const struct in_addr *four)
{
    struct network_address address = {{[10] = 0xff, [11] = 0xff}};
    memcpy(address.bytes + MAPPED_BITS / 8, four, sizeof *four);
    return address;
}

struct network_address network_address_of(const struct sockaddr *from)
{
    struct network_address address = {{0}};
    if (from->sa_family == AF_INET)
        return mapped(&((const struct sockaddr_in *)from)->sin_addr);
    if (from->sa_family == AF_INET6)
        memcpy(address.bytes, &((const struct sockaddr_in6 *)from)->sin6_addr,
               sizeof address.bytes);
    return address;
}

bool network_address_read(const char *text, size_t size, struct network_address *ret_address)
{
    char copy[INET6_ADDRSTRLEN];
    struct in_addr four;
    if (size >= sizeof copy)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    bool is_four = inet_pton(AF_INET, copy, &four) == 1;
    if (is_four)
        *ret_address = mapped(&four);
    return is_four || inet_pton(AF_INET6, copy, ret_address->bytes) == 1;
}

static bool is_mapped(const struct network_address *address)
{
    const struct in_addr none = {0};
    const struct network_address four = mapped(&none);
    return memcmp(address->bytes, four.bytes, MAPPED_BITS / 8) == 0;
}

struct network_address network_client(struct network_address address)
{
    if (!is_mapped(&address))
        memset(address.bytes + 8, 0, 8);
    return address;
}

/* An address, and behind a slash how many of its bits count. */
static int read_network(char *text, struct network *ret_network)
{
    char *slash = strchr(text, '/'), *end = NULL;
    if (slash != NULL)
        *slash++ = '\0';
    if (!network_address_read(text, strlen(text), &ret_network->address))
        return -EINVAL;
    bool is_four = strchr(text, ':') == NULL;
    long most = is_four ? 32 : 128;
    long bits = slash != NULL ? strtol(slash, &end, 10) : most;
    if (slash != NULL && (end == slash || *end != '\0' || *slash == '-' || bits > most))
        return -EINVAL;
    ret_network->bits = (unsigned)bits + (is_four ? MAPPED_BITS : 0);
    return 0;
}

int networks_parse(const void *arena, const char *text, struct networks **ret_networks)
{
    struct networks *networks = mem_new(arena, struct networks);
    char *list = mem_strdup(networks, text != NULL ? text : "");
    int r = 0;
    for (char *one; r == 0 && (one = strsep(&list, ", \t")) != NULL;) {
        struct network network = {.bits = 0};
        if (*one == '\0')
            continue;
        r = read_network(one, &network);
        networks->at = mem_grow(networks, networks->at, struct network, networks->n + 1);
        networks->at[networks->n++] = network;
    }
    if (r < 0)
        mem_free(networks);
    else
        *ret_networks = networks;
    return r;
}

static bool has(const struct network *network, const struct network_address *address)
{
    size_t whole = network->bits / 8;
    unsigned rest = network->bits % 8;
    uint8_t mask = (uint8_t)(0xff00 >> rest);
    return memcmp(network->address.bytes, address->bytes, whole) == 0 &&
           (rest == 0 || (network->address.bytes[whole] & mask) == (address->bytes[whole] & mask));
}

bool networks_contain(const struct networks *networks, struct network_address address)
{
    for (size_t i = 0; networks != NULL && i < networks->n; i++)
        if (has(&networks->at[i], &address))
            return true;
    return false;
}
