#include "libshared/base/locale.h"

#include <string.h>
#include <strings.h>

#define SUBTAG_MAX 8
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

bool locale_valid(const char *tag)
{
    size_t length = strspn(tag, LETTERS);
    bool private = length == 1 && strchr("xXiI", *tag) != NULL && tag[1] == '-';
    if (strlen(tag) > LOCALE_MAX || length > SUBTAG_MAX || (length < 2 && !private))
        return false;
    for (tag += length; *tag == '-'; tag += length) {
        tag++;
        length = strspn(tag, LETTERS "0123456789");
        if (length == 0 || length > SUBTAG_MAX)
            return false;
    }
    return *tag == '\0';
}

static int find(const char *wanted, size_t length, const char *const *tags)
{
    for (int i = 0; tags[i] != NULL; i++)
        if (strlen(tags[i]) == length && strncasecmp(tags[i], wanted, length) == 0)
            return i;
    return -1;
}

int locale_lookup(const char *wanted, const char *const *tags)
{
    if (wanted == NULL)
        return -1;
    size_t length = strlen(wanted);
    int found = find(wanted, length, tags);
    while (found < 0 && length > 0)
        if (wanted[--length] == '-')
            found = find(wanted, length, tags);
    return found;
}
