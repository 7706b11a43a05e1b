#include "libshared/http/media_type.h"

#include <stddef.h>
#include <string.h>

#define SPACE " \t"

/* Steps over a `; name=value` and gives its value without quotes. False at the end, or when what
 * follows is no parameter. */
static bool next_parameter(const char **at, const char **ret_name, size_t *ret_name_size,
                           const char **ret_value, size_t *ret_value_size)
{
    const char *p = *at;
    p += strspn(p, SPACE ";");
    size_t name = strcspn(p, "=;," SPACE);
    if (name == 0 || p[name] != '=')
        return false;
    *ret_name = p;
    *ret_name_size = name;
    p += name + 1;
    bool quoted = *p == '"';
    p += quoted;
    *ret_value = p;
    *ret_value_size = strcspn(p, quoted ? "\"" : ";," SPACE);
    p += *ret_value_size;
    *at = p + (quoted && *p == '"');
    return true;
}

static bool same(const char *text, size_t size, const char *word)
{
    return strlen(word) == size && strncasecmp(text, word, size) == 0;
}

bool media_type_is(const char *header, const char *type)
{
    if (header == NULL)
        return false;
    header += strspn(header, SPACE);
    size_t size = strcspn(header, ";," SPACE);
    if (!same(header, size, type))
        return false;
    const char *at = header + size, *name, *value;
    size_t name_size, value_size;
    while (next_parameter(&at, &name, &name_size, &value, &value_size))
        if (same(name, name_size, "charset") && !same(value, value_size, "utf-8") &&
            !same(value, value_size, "us-ascii"))
            return false;
    return true;
}

/* How closely a range names the type: 3 in full, 2 for its group, 1 for any, 0 not at all, -1 when
 * it is no range. */
static int closeness(const char *range, size_t size, const char *type)
{
    const char *slash = memchr(range, '/', size);
    if (slash == NULL)
        return -1;
    if (same(range, size, type))
        return 3;
    if (same(range, size, "*/*"))
        return 1;
    size_t group = (size_t)(slash - range) + 1;
    return group + 1 == size && slash[1] == '*' && strncasecmp(range, type, group) == 0 ? 2 : 0;
}

static bool weight_is_zero(const char **at)
{
    const char *name, *value;
    size_t name_size, value_size;
    bool zero = false;
    while (next_parameter(at, &name, &name_size, &value, &value_size))
        if (same(name, name_size, "q"))
            zero = value_size > 0 && strspn(value, "0.") >= value_size;
    return zero;
}

bool media_type_accepted(const char *header, const char *type)
{
    int best = 0;
    bool accepted = false, understood = false;
    for (const char *at = header; at != NULL && *at != '\0';) {
        at += strspn(at, "," SPACE);
        size_t size = strcspn(at, ";," SPACE);
        if (size == 0)
            break;
        int close = closeness(at, size, type);
        at += size;
        bool zero = weight_is_zero(&at);
        if (close < 0)
            return true;
        understood = true;
        if (close > best) {
            best = close;
            accepted = !zero;
        }
        at += strcspn(at, ",");
    }
    return accepted || !understood;
}
