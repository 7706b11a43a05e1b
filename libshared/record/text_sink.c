#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/record/stream.h"

#define ROOM 512 /* most texts need no more */

static void make_room(struct text_sink *sink, size_t n)
{
    const size_t twice = 2 * sink->room, needed = sink->n + n;
    sink->room = twice > needed ? twice : needed > ROOM ? needed : ROOM;
    sink->text = mem_grow(sink->arena, sink->text, char, sink->room);
}

static void append(struct text_sink *sink, const char *bytes, size_t n)
{
    if (sink->room - sink->n < n)
        make_room(sink, n);
    memcpy(sink->text + sink->n, bytes, n);
    sink->n += n;
}

static size_t needs_no_escape(const char *text)
{
    size_t n = 0;
    while ((unsigned char)text[n] >= 0x20 && text[n] != '"' && text[n] != '\\')
        n++;
    return n;
}

static void append_escape(struct text_sink *sink, char c)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *known = memchr(plain, c, sizeof plain - 1);
    char escape[16];
    if (known != NULL)
        (void)snprintf(escape, sizeof escape, "\\%c", letters[known - plain]);
    else
        (void)snprintf(escape, sizeof escape, "\\u%04X", (unsigned char)c);
    append(sink, escape, strlen(escape));
}

static void append_quoted(struct text_sink *sink, const char *text)
{
    append(sink, "\"", 1);
    for (;;) {
        size_t n = needs_no_escape(text);
        append(sink, text, n);
        text += n;
        if (*text == '\0')
            break;
        append_escape(sink, *text++);
    }
    append(sink, "\"", 1);
}

static struct text_sink *next_value(struct sink *sink, const char *name)
{
    struct text_sink *text = (struct text_sink *)sink;
    char last = text->text[text->n - 1];
    if (last != '{' && last != '[')
        append(text, ",", 1);
    if (name != NULL) {
        append_quoted(text, name);
        append(text, ":", 1);
    }
    return text;
}

static void put_string(struct sink *sink, const char *name, const char *value)
{
    append_quoted(next_value(sink, name), value);
}

static void put_int64(struct sink *sink, const char *name, int64_t value)
{
    char digits[TEXT_NUMBER];
    const size_t n = text_number(digits, value);
    append(next_value(sink, name), digits, n);
}

static void put_boolean(struct sink *sink, const char *name, bool value)
{
    const char *word = value ? "true" : "false";
    append(next_value(sink, name), word, strlen(word));
}

static void put_time(struct sink *sink, const char *name, int64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(text, wall_ms);
    append_quoted(next_value(sink, name), text);
}

static void begin(struct sink *sink, const char *name, bool list)
{
    struct text_sink *text = next_value(sink, name);
    append(text, list ? "[" : "{", 1);
    text->closing[text->depth++] = list ? ']' : '}';
}

static void end(struct sink *sink)
{
    struct text_sink *text = (struct text_sink *)sink;
    append(text, &text->closing[--text->depth], 1);
}

static const struct sink_ops text_ops = {put_string, put_int64, put_boolean, put_time, begin, end};

void text_sink_open(struct text_sink *sink, const void *arena)
{
    *sink = (struct text_sink){.sink.ops = &text_ops, .arena = arena};
    append(sink, "{", 1);
}

const char *text_sink_close(struct text_sink *sink)
{
    append(sink, "}", 2);
    return sink->text;
}
