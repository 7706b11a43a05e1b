#include "libshared/html/html_template.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"

#define DEPTH_MAX 8

enum node_kind { NODE_LITERAL, NODE_TEXT, NODE_HTML, NODE_SECTION, NODE_ABSENT, NODE_END };
/* Nodes follow each other as they are written; a section's own stand behind it, up to `end`. */
struct node {
    enum node_kind kind;
    const char *text; /* what is written, or a name */
    size_t end;
};
struct html_template {
    struct node *nodes;
    size_t n;
};

/* --- Reading --- */

struct scope {
    size_t node;
    const struct html_member *members; /* that it adds; NULL: none */
};
struct reader {
    const void *arena;
    const char *begin, *at;
    struct html_template *template;
    struct scope scopes[DEPTH_MAX];
    size_t depth;
    struct html_fault *fault;
};

static bool fail(const struct reader *reader, const char *at, const char *what, const char *name)
{
    size_t line = 1;
    for (const char *c = reader->begin; c < at; c++)
        line += *c == '\n';
    *reader->fault = (struct html_fault){.line = line, .what = what, .name = name};
    return false;
}

static struct node *add(struct reader *reader, enum node_kind kind, const char *text)
{
    struct html_template *template = reader->template;
    template->nodes = mem_grow(reader->arena, template->nodes, struct node, template->n + 1);
    template->nodes[template->n] = (struct node){.kind = kind, .text = text};
    return &template->nodes[template->n++];
}

static const struct html_member *member_among(const struct html_member *members, const char *name)
{
    for (; members != NULL && members->name != NULL; members++)
        if (strcmp(members->name, name) == 0)
            return members;
    return NULL;
}

/* From the innermost section outwards. */
static const struct html_member *member_of(const struct reader *reader, const char *name)
{
    const struct html_member *found = NULL;
    for (size_t i = reader->depth; found == NULL && i > 0; i--)
        found = member_among(reader->scopes[i - 1].members, name);
    return found;
}

static const char *trimmed(const void *arena, const char *text, size_t length)
{
    static const char blanks[] = " \t\r\n";
    size_t before = strspn(text, blanks);
    if (before >= length)
        return "";
    text += before;
    length -= before;
    while (length > 0 && strchr(blanks, text[length - 1]) != NULL)
        length--;
    return mem_strndup(arena, text, length);
}

static bool open_section(struct reader *reader, const char *at, enum node_kind kind,
                         const struct html_member *member)
{
    if (reader->depth == DEPTH_MAX)
        return fail(reader, at, "too_deep", member->name);
    reader->scopes[reader->depth++] = (struct scope){
        .node = reader->template->n, .members = kind == NODE_SECTION ? member->members : NULL};
    (void)add(reader, kind, member->name);
    return true;
}

static bool close_section(struct reader *reader, const char *at, const char *name)
{
    struct html_template *template = reader->template;
    const struct scope *scope = &reader->scopes[reader->depth - 1];
    if (reader->depth == 1 || strcmp(template->nodes[scope->node].text, name) != 0)
        return fail(reader, at, "not_open", name);
    (void)add(reader, NODE_END, name);
    template->nodes[scope->node].end = template->n;
    reader->depth--;
    return true;
}

static bool take_value(struct reader *reader, const char *at, const struct html_member *member,
                       bool is_html)
{
    if (member->members != NULL)
        return fail(reader, at, "is_list", member->name);
    if (member->is_html != is_html)
        return fail(reader, at, is_html ? "is_text" : "is_html", member->name);
    (void)add(reader, is_html ? NODE_HTML : NODE_TEXT, member->name);
    return true;
}

/* The text between the braces, and their kind: '{' of three, else '#', '^', '/' or nothing. */
static bool take_tag(struct reader *reader, const char *at, char sign, const char *name)
{
    if (sign == '/')
        return close_section(reader, at, name);
    const struct html_member *member = member_of(reader, name);
    if (member == NULL)
        return fail(reader, at, "unknown_member", name);
    if (sign == '#' || sign == '^')
        return open_section(reader, at, sign == '#' ? NODE_SECTION : NODE_ABSENT, member);
    return take_value(reader, at, member, sign == '{');
}

static bool read_tag(struct reader *reader)
{
    const char *at = reader->at, *inner = at + 2;
    char sign = *inner != '\0' && strchr("{#^/!", *inner) != NULL ? *inner++ : '\0';
    const char *end = strstr(inner, sign == '{' ? "}}}" : "}}");
    if (end == NULL)
        return fail(reader, at, "not_closed", sign == '{' ? "{{{" : "{{");
    reader->at = end + (sign == '{' ? 3 : 2);
    return sign == '!' ||
           take_tag(reader, at, sign, trimmed(reader->arena, inner, (size_t)(end - inner)));
}

static bool read_all(struct reader *reader)
{
    while (*reader->at != '\0') {
        const char *tag = strstr(reader->at, "{{");
        size_t length = tag != NULL ? (size_t)(tag - reader->at) : strlen(reader->at);
        if (length > 0)
            (void)add(reader, NODE_LITERAL, mem_strndup(reader->arena, reader->at, length));
        reader->at += length;
        if (tag != NULL && !read_tag(reader))
            return false;
    }
    const struct scope *last = &reader->scopes[reader->depth - 1];
    return reader->depth == 1 ||
           fail(reader, reader->at, "not_closed", reader->template->nodes[last->node].text);
}

const struct html_template *html_template_read(const void *arena, const char *text,
                                               const struct html_member *members,
                                               struct html_fault *ret_fault)
{
    struct reader reader = {.arena = arena,
                            .begin = text,
                            .at = text,
                            .template = mem_new(arena, struct html_template),
                            .scopes = {{.node = SIZE_MAX, .members = members}},
                            .depth = 1,
                            .fault = ret_fault};
    return read_all(&reader) ? reader.template : NULL;
}

/* --- Rendering --- */

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

void html_put(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        put_character(out, text[i]);
}

struct rendering {
    FILE *out;
    const struct html_template *template;
    const json_t *scopes[DEPTH_MAX];
    size_t depth;
};

static const json_t *value_of(const struct rendering *rendering, const char *name)
{
    const json_t *value = NULL;
    for (size_t i = rendering->depth; value == NULL && i > 0; i--)
        value = json_object_get(rendering->scopes[i - 1], name);
    return value;
}

static bool is_something(const json_t *value)
{
    if (json_is_array(value))
        return json_array_size(value) > 0;
    return json_is_true(value) || (json_is_string(value) && json_string_length(value) > 0);
}

static void render(struct rendering *rendering, size_t from, size_t end);

static void render_list(struct rendering *rendering, size_t at, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        rendering->scopes[rendering->depth++] = json_array_get(list, i);
        render(rendering, at + 1, rendering->template->nodes[at].end);
        rendering->depth--;
    }
}

static void render_section(struct rendering *rendering, size_t at)
{
    const struct node *node = &rendering->template->nodes[at];
    const json_t *value = value_of(rendering, node->text);
    if (is_something(value) == (node->kind == NODE_ABSENT))
        return;
    if (json_is_array(value))
        render_list(rendering, at, value);
    else
        render(rendering, at + 1, node->end);
}

static void render_text(const struct rendering *rendering, const struct node *node)
{
    const char *text = json_string_value(value_of(rendering, node->text));
    if (text != NULL && node->kind == NODE_HTML)
        fputs(text, rendering->out);
    else if (text != NULL)
        html_put(rendering->out, text, strlen(text));
}

static void render(struct rendering *rendering, size_t from, size_t end)
{
    const struct node *nodes = rendering->template->nodes;
    for (size_t i = from; i < end; i++) {
        if (nodes[i].kind == NODE_LITERAL)
            fputs(nodes[i].text, rendering->out);
        else if (nodes[i].kind == NODE_TEXT || nodes[i].kind == NODE_HTML)
            render_text(rendering, &nodes[i]);
        else if (nodes[i].kind != NODE_END) {
            render_section(rendering, i);
            i = nodes[i].end - 1;
        }
    }
}

char *html_template_render(const void *arena, const struct html_template *template,
                           const json_t *values)
{
    char *buffer = NULL;
    size_t size = 0;
    struct rendering rendering = {.out = open_memstream(&buffer, &size),
                                  .template = template,
                                  .scopes = {values},
                                  .depth = 1};
    if (rendering.out == NULL)
        abort();
    render(&rendering, 0, template->n);
    (void)fclose(rendering.out);
    char *text = mem_strndup(arena, buffer, size);
    free(buffer);
    return text;
}
