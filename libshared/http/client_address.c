#include "libshared/http/client_address.h"

#include <string.h>

#define BLANKS " \t"

/* Takes off the port, and the brackets that an address of IPv6 has before one. */
static bool read_node(const char *text, size_t size, struct network_address *ret_address)
{
    const char *colon = memchr(text, ':', size);
    if (size > 0 && *text == '[') {
        const char *close = memchr(text, ']', size);
        return close != NULL &&
               network_address_read(text + 1, (size_t)(close - text) - 1, ret_address);
    }
    bool one = colon != NULL && memchr(colon + 1, ':', size - (size_t)(colon - text) - 1) == NULL;
    if (!one)
        return network_address_read(text, size, ret_address);
    size_t port = size - (size_t)(colon - text) - 1;
    return port > 0 && strspn(colon + 1, "0123456789") >= port &&
           network_address_read(text, (size_t)(colon - text), ret_address);
}

/* The last of the list before *end, which is moved before it. */
static bool read_last(const char *list, const char **end, struct network_address *ret_address)
{
    const char *comma = memrchr(list, ',', (size_t)(*end - list));
    const char *begin = comma != NULL ? comma + 1 : list, *behind = *end;
    begin += strspn(begin, BLANKS);
    while (behind > begin && strchr(BLANKS, behind[-1]) != NULL)
        behind--;
    *end = comma != NULL ? comma : list;
    return begin < behind && read_node(begin, (size_t)(behind - begin), ret_address);
}

bool client_address(struct network_address peer, const char *forwarded,
                    const struct networks *proxies, struct network_address *ret_client)
{
    struct network_address found = peer;
    const char *end = forwarded != NULL ? forwarded + strlen(forwarded) : NULL;
    while (networks_contain(proxies, found))
        if (forwarded == NULL || end == forwarded || !read_last(forwarded, &end, &found))
            return false;
    *ret_client = network_client(found);
    return true;
}
