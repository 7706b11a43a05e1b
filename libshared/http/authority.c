#include "libshared/http/authority.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

/* The characters of a name or an IPv4 address. */
#define NAME "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%!$&'()*+;="
/* Between the brackets of an IPv6 address. */
#define ADDRESS "0123456789abcdefABCDEF:."
#define AUTHORITY_MAX 300
#define PORT_DIGITS 5

/* How many bytes the host has; 0: it is none. `text` ends with a NUL. */
static size_t host_size(const char *text)
{
    if (*text != '[')
        return strspn(text, NAME);
    size_t size = strspn(text + 1, ADDRESS);
    return size > 0 && text[1 + size] == ']' ? size + 2 : 0;
}

bool authority_valid(const char *text, size_t size)
{
    char copy[AUTHORITY_MAX + 1];
    if (size > AUTHORITY_MAX || memchr(text, '\0', size) != NULL)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    size_t host = host_size(copy);
    const char *port = copy + host + (copy[host] == ':');
    size_t digits = strspn(port, "0123456789");
    return host > 0 && (port > copy + host || *port == '\0') && port[digits] == '\0' &&
           digits <= PORT_DIGITS;
}

static bool is_four_loopback(const char *host)
{
    struct in_addr four;
    return inet_pton(AF_INET, host, &four) == 1 && ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
}

static bool is_six_loopback(const char *host)
{
    struct in6_addr six;
    if (inet_pton(AF_INET6, host, &six) != 1)
        return false;
    return IN6_IS_ADDR_LOOPBACK(&six) ||
           (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == IN_LOOPBACKNET);
}

bool authority_is_loopback(const char *text)
{
    char host[AUTHORITY_MAX + 1];
    size_t size = strlen(text) <= AUTHORITY_MAX ? host_size(text) : 0;
    if (!authority_valid(text, strlen(text)) || size == 0)
        return false;
    bool bracketed = *text == '[';
    size_t length = bracketed ? size - 2 : size;
    memcpy(host, text + bracketed, length);
    host[length] = '\0';
    return bracketed ? is_six_loopback(host)
                     : strcasecmp(host, "localhost") == 0 || is_four_loopback(host);
}
