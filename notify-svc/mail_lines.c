#include "notify-svc/mail_lines.h"

#include <string.h>

#include "libshared/base/mem.h"

char *mail_lines(const void *arena, const char *text)
{
    char *lines = mem_zeroed(arena, 2 * strlen(text) + 1), *out = lines;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c != '\r' && *c != '\n') {
            *out++ = *c;
            continue;
        }
        *out++ = '\r';
        *out++ = '\n';
        if (*c == '\r' && c[1] == '\n')
            c++;
    }
    return lines;
}
