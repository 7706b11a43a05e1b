#include "libshared/http/token.h"

#include <string.h>
#include <strings.h>

static bool is_token_character(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool token_valid(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!is_token_character(text[i]))
            return false;
    return size > 0;
}

bool token_in_list(const char *list, const char *token)
{
    size_t length = strlen(token);
    while (list != NULL && *list != '\0') {
        list += strspn(list, ", \t");
        size_t size = strcspn(list, ", \t");
        if (size == length && strncasecmp(list, token, size) == 0)
            return true;
        list += size;
    }
    return false;
}
