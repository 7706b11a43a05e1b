#include "libshared/http/query.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/http/percent.h"

static size_t count_parts(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; n++) {
        text += strcspn(text, "&");
        text += *text == '&';
    }
    return n;
}

static bool read_pair(const void *arena, const char *part, size_t size, struct query_pair *ret)
{
    const char *equals = memchr(part, '=', size);
    size_t name = equals != NULL ? (size_t)(equals - part) : size;
    size_t value = equals != NULL ? name + 1 : size;
    ret->name = percent_decode(arena, part, name, true);
    ret->value = percent_decode(arena, part + value, size - value, true);
    return ret->name != NULL;
}

int query_parse(const void *arena, const char *text, struct query *ret_query)
{
    size_t parts = count_parts(text);
    if (parts > QUERY_MAX)
        return -EINVAL;
    struct query query = {.pairs = mem_array(arena, struct query_pair, parts + 1)};
    while (*text != '\0') {
        size_t size = strcspn(text, "&");
        struct query_pair pair;
        if (size > 0) {
            if (!read_pair(arena, text, size, &pair))
                return -EINVAL;
            query.pairs[query.count++] = pair;
        }
        text += size + (text[size] == '&');
    }
    *ret_query = query;
    return 0;
}

const char *query_get(const struct query *query, const char *name)
{
    for (size_t i = 0; i < query->count; i++)
        if (strcmp(query->pairs[i].name, name) == 0)
            return query->pairs[i].value;
    return NULL;
}

bool query_repeats(const struct query *query, size_t pair)
{
    size_t before = 0;
    for (size_t i = 0; i < pair; i++)
        before += strcmp(query->pairs[i].name, query->pairs[pair].name) == 0;
    return before == 1;
}
