#include "notify-svc/html.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "notify-svc/mail_lines.h"

static void put_character(FILE *out, char c)
{
    switch (c) {
    case '&':
        fputs("&amp;", out);
        break;
    case '<':
        fputs("&lt;", out);
        break;
    case '>':
        fputs("&gt;", out);
        break;
    case '"':
        fputs("&quot;", out);
        break;
    case '\'':
        fputs("&#39;", out);
        break;
    default:
        (void)fputc(c, out);
    }
}

static void put_text(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        put_character(out, text[i]);
}

/* Of the web address that `text` begins with; 0: it begins with none. What ends a sentence does not
 * belong to it. */
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
    put_text(out, address, length);
    fputs("\">", out);
    put_text(out, address, length);
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
            put_character(out, line[i]);
    }
}

static const char *next_line(const char *end)
{
    return end + (strncmp(end, "\r\n", 2) == 0 ? 2 : *end != '\0' ? 1 : 0);
}

static void put_body(FILE *out, const char *text)
{
    bool open = false;
    while (*text != '\0') {
        size_t length = strcspn(text, "\r\n");
        if (length > 0) {
            fputs(open ? "<br>\n" : "<p>", out);
            put_line(out, text, length);
        } else if (open) {
            fputs("</p>\n", out);
        }
        open = length > 0;
        text = next_line(text + length);
    }
    if (open)
        fputs("</p>\n", out);
}

struct page {
    char *buffer;
    size_t size;
    FILE *out;
};

static void page_open(struct page *page)
{
    *page = (struct page){.buffer = NULL};
    page->out = open_memstream(&page->buffer, &page->size);
    if (page->out == NULL)
        abort();
}

static char *page_close(struct page *page, const void *arena)
{
    (void)fclose(page->out);
    char *text = mem_strndup(arena, page->buffer, page->size);
    free(page->buffer);
    return text;
}

char *html_body(const void *arena, const char *text)
{
    struct page page;
    page_open(&page);
    put_body(page.out, text);
    return page_close(&page, arena);
}

static void put_picture(FILE *out, const struct html_picture *picture)
{
    fputs("<p><img src=\"cid:", out);
    put_text(out, picture->id, strlen(picture->id));
    fputs("\" alt=\"", out);
    put_text(out, picture->code, strlen(picture->code));
    fputs("\" width=\"240\" height=\"240\"><br>\n", out);
    put_text(out, picture->title, strlen(picture->title));
    fputs("<br>\n<code>", out);
    put_text(out, picture->code, strlen(picture->code));
    fputs("</code></p>\n", out);
}

char *html_page(const void *arena, const char *text, const struct html_picture *pictures, size_t n)
{
    struct page page;
    page_open(&page);
    fputs("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n", page.out);
    put_body(page.out, text);
    for (size_t i = 0; i < n; i++)
        put_picture(page.out, &pictures[i]);
    fputs("</body></html>\n", page.out);
    return mail_lines(arena, page_close(&page, arena));
}
