#include "libshared/http/percent.h"

#include <string.h>
#include <utf8proc.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"

static bool is_utf8(const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        utf8proc_int32_t point;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text + at,
                                              (utf8proc_ssize_t)(size - at), &point);
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

char *percent_decode(const void *arena, const char *text, size_t size, bool plus)
{
    char *out = mem_strndup(arena, text, size), *end = out;
    if (strlen(out) != size)
        return NULL;
    for (const char *in = out; *in != '\0'; in++) {
        char c = *in;
        if (c == '%') {
            int high = text_hex_value(in[1]);
            int low = high < 0 ? -1 : text_hex_value(in[2]);
            if (low < 0 || high + low == 0)
                return NULL;
            c = (char)(high << 4 | low);
            in += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        *end++ = c;
    }
    *end = '\0';
    return is_utf8(out, (size_t)(end - out)) ? out : NULL;
}
