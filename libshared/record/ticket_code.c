#include "libshared/record/ticket_code.h"

#include <string.h>

#include "libshared/base/mem.h"

#define CODE_LENGTH 26
#define CHARACTERS "0123456789abcdefghjkmnpqrstvwxyz"

/* One character of a code as Crockford's Base32 reads it; '\0': none. */
static char read_character(char c)
{
    if (c >= 'A' && c <= 'Z')
        c = (char)(c - 'A' + 'a');
    if (c == 'o')
        return '0';
    if (c == 'i' || c == 'l')
        return '1';
    return c != '\0' && strchr(CHARACTERS, c) != NULL ? c : '\0';
}

const char *ticket_code_read(const void *arena, const char *text)
{
    size_t length = strcspn(text, "."), n = 0;
    char code[CODE_LENGTH + 1] = "";
    for (size_t i = 0; i < length; i++) {
        if (strchr(" \t\r\n-", text[i]) != NULL)
            continue;
        char c = read_character(text[i]);
        if (c == '\0' || n == CODE_LENGTH)
            return mem_strndup(arena, text, length);
        code[n++] = c;
    }
    return n == CODE_LENGTH ? mem_strdup(arena, code) : mem_strndup(arena, text, length);
}

bool ticket_code_is(const char *text)
{
    return strlen(text) == CODE_LENGTH && strspn(text, CHARACTERS) == CODE_LENGTH;
}
