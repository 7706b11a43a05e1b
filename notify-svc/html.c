#include "notify-svc/html.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/html/html_template.h"

#define BUTTON_MAX 120 /* bytes of its label */

/* The length of the web address that `text` begins with; 0: it begins with none. The end of a
 * sentence does not belong to it. */
static size_t link_length(const char *text)
{
    size_t scheme = strncmp(text, "https://", 8) == 0  ? 8
                    : strncmp(text, "http://", 7) == 0 ? 7
                                                       : 0;
    if (scheme == 0)
        return 0;
    size_t length = scheme + strcspn(text + scheme, " \t\r\n<>\"'`\\{}|^");
    while (length > scheme && strchr(".,;:!?)]", text[length - 1]) != NULL)
        length--;
    return length > scheme ? length : 0;
}

static void put_link(FILE *out, const char *address, size_t length)
{
    fputs("<a href=\"", out);
    html_put(out, address, length);
    fputs("\">", out);
    html_put(out, address, length);
    fputs("</a>", out);
}

static void put_line(FILE *out, const char *line, size_t length)
{
    for (size_t i = 0, link; i<length; i += link> 0 ? link : 1) {
        bool inside_word = i > 0 && isalnum((unsigned char)line[i - 1]);
        link = inside_word ? 0 : link_length(line + i);
        if (link > 0)
            put_link(out, line + i, link);
        else
            html_put(out, line + i, 1);
    }
}

static const char *next_line(const char *end)
{
    return end + (strncmp(end, "\r\n", 2) == 0 ? 2 : *end != '\0' ? 1 : 0);
}

/* A line, and where the next one begins. */
struct line {
    const char *at;
    size_t length;
    const char *next;
};

static struct line line_at(const char *text)
{
    size_t length = strcspn(text, "\r\n");
    return (struct line){.at = text, .length = length, .next = next_line(text + length)};
}

static bool is_among(const struct line *line, const char *const *lines)
{
    for (; lines != NULL && *lines != NULL; lines++)
        if (strlen(*lines) == line->length && memcmp(line->at, *lines, line->length) == 0)
            return true;
    return false;
}

/* "Please confirm:" in one line, and an address alone in the next. */
static bool begins_button(const struct line *line)
{
    if (line->length < 2 || line->length > BUTTON_MAX || line->at[line->length - 1] != ':')
        return false;
    const struct line address = line_at(line->next);
    return address.length > 0 && link_length(address.at) == address.length;
}

static const char *put_button(FILE *out, const struct line *label)
{
    const struct line address = line_at(label->next);
    fputs("<p class=\"action\"><a class=\"button\" href=\"", out);
    html_put(out, address.at, address.length);
    fputs("\">", out);
    html_put(out, label->at, label->length - 1);
    fputs("</a></p>\n", out);
    return address.next;
}

static void put_body(FILE *out, const char *text, const char *const *left_out)
{
    bool open = false;
    while (*text != '\0') {
        const struct line line = line_at(text);
        bool button = begins_button(&line);
        text = line.next;
        if (is_among(&line, left_out))
            continue;
        if (open && (button || line.length == 0))
            fputs("</p>\n", out);
        if (button) {
            text = put_button(out, &line);
        } else if (line.length > 0) {
            fputs(open ? "<br>\n" : "<p>", out);
            put_line(out, line.at, line.length);
        }
        open = !button && line.length > 0;
    }
    if (open)
        fputs("</p>\n", out);
}

char *html_body(const void *arena, const char *text, const char *const *left_out)
{
    char *buffer = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&buffer, &size);
    if (out == NULL)
        abort();
    put_body(out, text, left_out);
    (void)fclose(out);
    char *body = mem_strndup(arena, buffer, size);
    free(buffer);
    return body;
}
