#include "db-svc/rules/messages/fold.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "libshared/base/mem.h"

#define LINE_MAX 75
#define CUT "\r\n "

/* Wherever the cuts are, even between a CR and its LF. */
static char *unfold(const void *arena, const char *text)
{
    char *whole = mem_strdup(arena, text), *out = whole;
    while (*text != '\0') {
        if (strncmp(text, CUT, strlen(CUT)) == 0)
            text += strlen(CUT);
        else
            *out++ = *text++;
    }
    *out = '\0';
    return whole;
}

static bool begins_character(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

/* How many octets of a line of `size` fit into `room`. */
static size_t fitting(const char *line, size_t size, size_t room)
{
    size_t n = room;
    if (size <= room)
        return size;
    while (n > 1 && !begins_character(line[n]))
        n--;
    return n;
}

char *fold_lines(const void *arena, const char *text)
{
    const char *line = unfold(arena, text);
    char *folded = mem_zeroed(arena, (1 + strlen(CUT)) * strlen(line) + 1), *out = folded;
    while (*line != '\0') {
        size_t size = strcspn(line, "\r\n");
        for (size_t room = LINE_MAX, n; (n = fitting(line, size, room)) < size;
             room = LINE_MAX - 1) {
            out = stpcpy(mempcpy(out, line, n), CUT);
            line += n;
            size -= n;
        }
        size += strspn(line + size, "\r\n");
        out = mempcpy(out, line, size);
        line += size;
    }
    return folded;
}
