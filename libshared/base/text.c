#include "libshared/base/text.h"

#include <idn2.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "libshared/base/mem.h"

size_t text_length(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

size_t text_json_bytes(const char *text)
{
    size_t bytes = 0;
    for (; *text != '\0'; text++)
        bytes += *text == '"' || *text == '\\' ? 2 : 1;
    return bytes;
}

/* Most text is, and then case is all there is to fold. */
static char *fold_ascii(const void *arena, const char *text)
{
    size_t n = 0;
    for (; text[n] != '\0'; n++)
        if ((unsigned char)text[n] >= 0x80)
            return NULL;
    char *folded = mem_strndup(arena, text, n);
    for (char *at = folded; *at != '\0'; at++)
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
    return folded;
}

/* Letters that are written with a stroke or joined, which Unicode takes for letters of their own.
 */
static const struct {
    const char *letter, *plain;
} joined[] = {{"ł", "l"}, {"ø", "o"}, {"đ", "d"},  {"ð", "d"},  {"ħ", "h"},
              {"ŧ", "t"}, {"ı", "i"}, {"æ", "ae"}, {"œ", "oe"}, {"þ", "th"}};

/* All of them are two bytes, and what stands for them has no more. */
static void part_joined(char *folded)
{
    char *to = folded;
    for (const char *from = folded; *from != '\0';) {
        size_t i = 0, n = sizeof joined / sizeof *joined;
        while (i < n && strncmp(from, joined[i].letter, 2) != 0)
            i++;
        for (const char *plain = i < n ? joined[i].plain : ""; *plain != '\0';)
            *to++ = *plain++;
        if (i == n)
            *to++ = *from++;
        else
            from += 2;
    }
    *to = '\0';
}

char *text_fold(const void *arena, const char *text, bool accents)
{
    char *ascii = fold_ascii(arena, text);
    if (ascii != NULL)
        return ascii;
    utf8proc_uint8_t *folded = NULL;
    utf8proc_option_t options =
        UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
        UTF8PROC_IGNORE | (accents ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK);
    if (utf8proc_map((const utf8proc_uint8_t *)text, 0, &folded, options) < 0)
        return mem_strdup(arena, text);
    char *result = mem_strdup(arena, (const char *)folded);
    free(folded);
    if (!accents)
        part_joined(result);
    return result;
}

char *text_fold_email(const void *arena, const char *email)
{
    char *ascii = fold_ascii(arena, email); /* a domain of it is its own A-label */
    if (ascii != NULL)
        return ascii;
    const char *at = strrchr(email, '@');
    char *domain = NULL;
    if (at == NULL || idn2_to_ascii_8z(at + 1, &domain, IDN2_NONTRANSITIONAL) != IDN2_OK)
        return text_fold(arena, email, true);
    const char *local = text_fold(arena, mem_strndup(arena, email, (size_t)(at - email)), true);
    char *folded = mem_printf(arena, "%s@%s", local, domain);
    idn2_free(domain);
    return folded;
}

/* The next code point; 0 at the end, -1 for what is no UTF-8. */
static utf8proc_int32_t next_point(const char **at)
{
    utf8proc_int32_t point = 0;
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)*at, -1, &point);
    *at += n > 0 ? n : 1;
    return n > 0 ? point : -1;
}

static bool is_control(utf8proc_int32_t point)
{
    return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

static bool breaks_line(utf8proc_int32_t point)
{
    return point == 0x2028 || point == 0x2029;
}

static bool directs(utf8proc_int32_t point)
{
    return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

bool text_is_line(const char *text)
{
    while (*text != '\0') {
        utf8proc_int32_t point = next_point(&text);
        if (is_control(point) || breaks_line(point) || directs(point))
            return false;
    }
    return true;
}

static bool shows(utf8proc_int32_t point)
{
    static const utf8proc_int32_t fillers[] = {0x115f, 0x1160, 0x2800, 0x3164, 0xffa0};
    for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++)
        if (point == fillers[i])
            return false;
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
        return false;
    default:
        return true;
    }
}

bool text_is_blank(const char *text)
{
    while (*text != '\0')
        if (shows(next_point(&text)))
            return false;
    return true;
}

void text_hex(char *out, const uint8_t *bytes, size_t n)
{
    (void)sodium_bin2hex(out, 2 * n + 1, bytes, n);
}

size_t text_number(char out[TEXT_NUMBER], int64_t number)
{
    char digits[TEXT_NUMBER], *end = digits + sizeof digits, *at = end;
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
    *--at = '\0';
    do
        *--at = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (number < 0)
        *--at = '-';
    memcpy(out, at, (size_t)(end - at));
    return (size_t)(end - at) - 1;
}

bool text_printable_ascii(const char *text)
{
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++)
        if (*text < 0x20 || *text > 0x7e)
            return false;
    return true;
}

bool text_equal(const char *one, const char *other)
{
    return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

int text_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
