#include "libshared/http/conditional.h"

#include <string.h>

static bool is_star(const char *header)
{
    header += strspn(header, " \t");
    return *header == '*' && header[1 + strspn(header + 1, " \t")] == '\0';
}

struct tag {
    bool weak;
    const char *text; /* with its quotes */
    size_t size;
};

static bool is_tag_character(unsigned char c)
{
    return c == 0x21 || (c >= 0x23 && c != 0x7f);
}

/* Takes the next tag off a list. 1: *ret_tag; 0: the list is over; -1: it is none. */
static int take_tag(const char **list, struct tag *ret_tag)
{
    const char *at = *list + strspn(*list, ", \t");
    if (*at == '\0')
        return 0;
    ret_tag->weak = strncmp(at, "W/", 2) == 0;
    at += ret_tag->weak ? 2 : 0;
    if (*at != '"')
        return -1;
    ret_tag->text = at++;
    while (is_tag_character((unsigned char)*at))
        at++;
    if (*at++ != '"')
        return -1;
    ret_tag->size = (size_t)(at - ret_tag->text);
    at += strspn(at, " \t");
    if (*at != '\0' && *at != ',')
        return -1;
    *list = at;
    return 1;
}

bool conditional_valid(const char *header)
{
    if (is_star(header))
        return true;
    struct tag tag;
    int taken, tags = 0;
    while ((taken = take_tag(&header, &tag)) > 0)
        tags++;
    return taken == 0 && tags > 0;
}

static bool matches(const char *header, const char *etag, bool strong)
{
    if (etag == NULL)
        return false;
    if (is_star(header))
        return true;
    struct tag tag;
    while (take_tag(&header, &tag) > 0)
        if (!(strong && tag.weak) && strlen(etag) == tag.size &&
            memcmp(etag, tag.text, tag.size) == 0)
            return true;
    return false;
}

bool conditional_if_match(const char *header, const char *etag)
{
    return header == NULL || matches(header, etag, true);
}

bool conditional_if_none_match(const char *header, const char *etag)
{
    return header == NULL || !matches(header, etag, false);
}
