#include "libshared/record/json_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"

#define DUMP_ROOM 256 /* most texts need no more */
#define FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_ANY)

/* Behind the string that begins at `at`, or the end of the text. */
static char *skip_string(char *at)
{
    for (at++; *at != '\0' && *at != '"'; at++)
        at += *at == '\\' && at[1] != '\0';
    return *at == '\0' ? at : at + 1;
}

/* How long the number is that begins at `at`; 0: there is none. */
static size_t number_size(const char *at)
{
    static const char digits[] = "0123456789";
    const char *end = at + (*at == '-');
    size_t n = *end == '0' ? 1 : strspn(end, digits);
    if (n == 0)
        return 0;
    end += n;
    n = *end == '.' ? strspn(end + 1, digits) : 0;
    end += n > 0 ? n + 1 : 0;
    n = *end == 'e' || *end == 'E' ? 1 + (end[1] == '+' || end[1] == '-') : 0;
    if (n > 0 && strspn(end + n, digits) > 0)
        end += n + strspn(end + n, digits);
    return (size_t)(end - at);
}

static bool is_real(const char *number, size_t size)
{
    return strcspn(number, ".eE") < size;
}

static bool overflows(const char *number, size_t size)
{
    errno = 0;
    if (!is_real(number, size)) {
        (void)strtoll(number, NULL, 10);
        return errno == ERANGE;
    }
    double value = strtod(number, NULL);
    return errno == ERANGE && (value > 1 || value < -1);
}

/* Integers that are too large have at least as many characters as the bound. */
static void put_bound(char *number, size_t size)
{
    size_t sign = *number == '-';
    const char *bound = is_real(number, size) ? "1e308"
                        : sign > 0            ? "9223372036854775808"
                                              : "9223372036854775807";
    memset(number + sign, ' ', size - sign);
    memcpy(number + sign, bound, strlen(bound));
}

static void bound_numbers(char *text)
{
    while (*text != '\0') {
        size_t size = number_size(text);
        if (*text == '"') {
            text = skip_string(text);
            continue;
        }
        if (size > 0 && overflows(text, size))
            put_bound(text, size);
        text += size > 0 ? size : 1;
    }
}

json_t *json_text_load(const char *text, size_t size)
{
    json_error_t error;
    json_t *value = json_loadb(text, size, FLAGS, &error);
    if (value != NULL || json_error_code(&error) != json_error_numeric_overflow)
        return value;
    char *bounded = mem_zeroed(NULL, size + 1);
    memcpy(bounded, text, size);
    bound_numbers(bounded);
    value = json_loadb(bounded, size, FLAGS, NULL);
    mem_free(bounded);
    return value;
}

struct dumped {
    const void *arena;
    char *text;
    size_t n, room;
};

static int append(const char *bytes, size_t n, void *context)
{
    struct dumped *dumped = context;
    if (dumped->room - dumped->n <= n) {
        dumped->room = 2 * (dumped->n + n) + DUMP_ROOM;
        dumped->text = mem_grow(dumped->arena, dumped->text, char, dumped->room);
    }
    memcpy(dumped->text + dumped->n, bytes, n);
    dumped->n += n;
    return 0;
}

char *json_text_dump(const void *arena, const json_t *json)
{
    struct dumped dumped = {.arena = arena};
    (void)json_dump_callback(json, append, &dumped, JSON_COMPACT);
    (void)append("", 1, &dumped);
    return dumped.text;
}

char *json_text_take(const void *arena, json_t *json_take)
{
    char *text = json_text_dump(arena, json_take);
    json_decref(json_take);
    return text;
}
