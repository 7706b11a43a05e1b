#include "libshared/http/authority.h"

#include <string.h>

/* Of a name or an IPv4 address. */
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
