#include "libshared/http/head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libshared/base/mem.h"
#include "libshared/http/authority.h"
#include "libshared/http/query.h"
#include "libshared/http/token.h"

/* A stretch of the head, of which there is a copy to put NULs into. */
struct piece {
    char *at;
    size_t size;
};

#define METHOD_MAX 32
#define LENGTH_DIGITS 18

/* --- The request line --- */

struct request_line {
    struct piece method, target;
    bool old;
};

static struct piece take_until(struct piece *line, char end)
{
    char *found = memchr(line->at, end, line->size);
    struct piece taken = {line->at, found != NULL ? (size_t)(found - line->at) : line->size};
    size_t step = taken.size + (found != NULL);
    *line = (struct piece){line->at + step, line->size - step};
    return taken;
}

static bool is_visible(struct piece text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] <= ' ' || (unsigned char)text.at[i] >= 0x7f)
            return false;
    return text.size > 0;
}

static bool is_version(struct piece text, bool *ret_old)
{
    if (text.size != 8 || memcmp(text.at, "HTTP/1.", 7) != 0 || text.at[7] < '0' ||
        text.at[7] > '9')
        return false;
    *ret_old = text.at[7] == '0';
    return true;
}

/* `line` is without its end. */
static bool read_request_line(struct piece line, struct request_line *ret_line)
{
    ret_line->method = take_until(&line, ' ');
    ret_line->target = take_until(&line, ' ');
    return token_valid(ret_line->method.at, ret_line->method.size) &&
           ret_line->method.size <= METHOD_MAX && is_visible(ret_line->target) &&
           is_version(line, &ret_line->old);
}

/* Takes the next line off; false: it does not end with CR and LF. */
static bool take_line(struct piece *text, struct piece *ret_line)
{
    *ret_line = take_until(text, '\n');
    if (ret_line->size == 0 || ret_line->at[ret_line->size - 1] != '\r')
        return false;
    ret_line->size--;
    return memchr(ret_line->at, '\r', ret_line->size) == NULL;
}

/* --- Its end --- */

static size_t blank_lines(const char *bytes, size_t size)
{
    size_t n = 0;
    while (size - n >= 2 && bytes[n] == '\r' && bytes[n + 1] == '\n')
        n += 2;
    return n;
}

static struct http_fault fault_of(int status, const char *code)
{
    return (struct http_fault){.status = status, .code = code};
}

/* Bytes that do not begin as a request are refused without waiting for more. */
static bool begins_right(struct head_scan *scan, struct piece text)
{
    if (text.size == 0 || text.at[0] == '\r' || scan->line_right)
        return true;
    if (!token_valid(text.at, 1))
        return false;
    if (memchr(text.at, '\n', text.size) == NULL)
        return true;
    struct piece line;
    struct request_line ignored;
    scan->line_right = take_line(&text, &line) && read_request_line(line, &ignored);
    return scan->line_right;
}

/* Where the blank line ends, however its lines end; 0: nowhere yet. */
static size_t find_end(const char *bytes, size_t from, size_t size)
{
    for (const char *at = bytes + from;
         (at = memchr(at, '\n', size - (size_t)(at - bytes))) != NULL; at++) {
        size_t next = (size_t)(at - bytes) + 1;
        if (next < size && bytes[next] == '\n')
            return next + 1;
        if (next + 1 < size && bytes[next] == '\r' && bytes[next + 1] == '\n')
            return next + 2;
    }
    return 0;
}

enum head_outcome head_look(struct head_scan *scan, const char *bytes, size_t size,
                            size_t *ret_size, struct http_fault *ret_fault)
{
    if (size == 0)
        return HEAD_MORE;
    size_t blank = blank_lines(bytes, size);
    size_t from = scan->seen > blank + 2 ? scan->seen - 2 : blank;
    size_t end = find_end(bytes, from, size);
    scan->seen = size;
    if (!begins_right(scan, (struct piece){(char *)bytes + blank, size - blank})) {
        *ret_fault = fault_of(400, "invalid_request");
        return HEAD_REFUSED;
    }
    if (end > 0 && end <= HEAD_LIMIT) {
        *ret_size = end;
        return HEAD_WHOLE;
    }
    if (end == 0 && size < HEAD_LIMIT)
        return HEAD_MORE;
    *ret_fault =
        scan->line_right ? fault_of(431, "headers_too_large") : fault_of(414, "uri_too_long");
    return HEAD_REFUSED;
}

/* --- Its fields --- */

struct head_reader {
    const void *arena;
    struct head *head;
    struct head_field *fields;
    const char **wrong; /* names of fields; NULL-ended */
    size_t n_wrong;
    bool broken; /* besides the fields that are named */
};

static void refuse_header(struct head_reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->n_wrong; i++)
        if (strcasecmp(reader->wrong[i], name) == 0)
            return;
    reader->wrong = mem_grow(reader->arena, reader->wrong, const char *, reader->n_wrong + 2);
    reader->wrong[reader->n_wrong++] = name;
    reader->wrong[reader->n_wrong] = NULL;
}

static void refuse(struct head_reader *reader, int status, const char *code)
{
    if (reader->head->fault.status == 0)
        reader->head->fault = fault_of(status, code);
}

static bool is_value(struct piece text)
{
    for (size_t i = 0; i < text.size; i++)
        if (((unsigned char)text.at[i] < ' ' && text.at[i] != '\t') || text.at[i] == 0x7f)
            return false;
    return true;
}

static struct piece trim(struct piece text)
{
    while (text.size > 0 && (*text.at == ' ' || *text.at == '\t'))
        text = (struct piece){text.at + 1, text.size - 1};
    while (text.size > 0 && (text.at[text.size - 1] == ' ' || text.at[text.size - 1] == '\t'))
        text.size--;
    return text;
}

/* In place: what separated it from the next is no longer needed. */
static const char *end_piece(struct piece text)
{
    text.at[text.size] = '\0';
    return text.at;
}

static void read_field(struct head_reader *reader, struct piece line)
{
    struct head *head = reader->head;
    if (line.size > HEAD_FIELD_LIMIT || head->n_fields == HEAD_FIELDS_MAX) {
        refuse(reader, 431, "headers_too_large");
        return;
    }
    bool has_colon = memchr(line.at, ':', line.size) != NULL;
    struct piece name = take_until(&line, ':');
    if (!has_colon || !token_valid(name.at, name.size)) {
        reader->broken = true;
        return;
    }
    struct head_field *field = &reader->fields[head->n_fields++];
    bool valid = is_value(line);
    *field = (struct head_field){end_piece(name), end_piece(trim(line))};
    if (!valid)
        refuse_header(reader, field->name);
}

static size_t count_lines(struct piece text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.size; i++)
        n += text.at[i] == '\n';
    return n;
}

static void read_fields(struct head_reader *reader, struct piece text)
{
    struct piece line;
    reader->fields = mem_array(reader->arena, struct head_field, count_lines(text));
    reader->head->fields = reader->fields;
    while (text.size > 0) {
        if (!take_line(&text, &line))
            reader->broken = true;
        else if (line.size > 0)
            read_field(reader, line);
    }
}

/* --- What they mean --- */

static const char *first_value(const struct head *head, const char *name, size_t *ret_count)
{
    const char *value = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < head->n_fields; i++)
        if (strcasecmp(head->fields[i].name, name) == 0) {
            value = value == NULL ? head->fields[i].value : value;
            ++*ret_count;
        }
    return value;
}

/* Its value, if there is one; refused if there are several. */
static const char *only_value(struct head_reader *reader, const char *name)
{
    size_t count;
    const char *value = first_value(reader->head, name, &count);
    if (count > 1)
        refuse_header(reader, name);
    return value;
}

static void check_singles(struct head_reader *reader)
{
    static const char *const names[] = {"Authorization",   "Content-Type",
                                        "Idempotency-Key", "If-Match",
                                        "Origin",          "Access-Control-Request-Method"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)only_value(reader, names[i]);
}

static void read_host(struct head_reader *reader)
{
    const char *host = only_value(reader, "Host");
    if (host == NULL ? !reader->head->old : *host != '\0' && !authority_valid(host, strlen(host)))
        refuse_header(reader, "Host");
    if (reader->head->authority == NULL)
        reader->head->authority = host;
}

static void read_length(struct head_reader *reader)
{
    struct head *head = reader->head;
    const char *length = only_value(reader, "Content-Length");
    const char *coding = only_value(reader, "Transfer-Encoding");
    if (length != NULL) {
        size_t digits = strspn(length, "0123456789");
        if (digits == 0 || digits > LENGTH_DIGITS || length[digits] != '\0')
            refuse_header(reader, "Content-Length");
        else
            head->length = strtoull(length, NULL, 10);
    }
    head->chunked = coding != NULL;
    if (coding != NULL && (strcasecmp(coding, "chunked") != 0 || head->old))
        refuse_header(reader, "Transfer-Encoding");
    if (coding != NULL && length != NULL) {
        refuse_header(reader, "Content-Length");
        refuse_header(reader, "Transfer-Encoding");
    }
}

static void read_expectations(struct head_reader *reader)
{
    struct head *head = reader->head;
    const char *expect = only_value(reader, "Expect");
    const char *connection = head_value(reader->arena, head, "Connection");
    head->expects = expect != NULL && strcasecmp(expect, "100-continue") == 0 && !head->old;
    head->persistent = !token_in_list(connection, "close") &&
                       (!head->old || token_in_list(connection, "keep-alive"));
}

/* --- The target --- */

/* In absolute form: sets the authority, and takes it off. */
static void take_authority(struct head_reader *reader, struct piece *target)
{
    size_t scheme = strncasecmp(target->at, "http://", 7) == 0    ? 7
                    : strncasecmp(target->at, "https://", 8) == 0 ? 8
                                                                  : 0;
    if (scheme == 0)
        return;
    *target = (struct piece){target->at + scheme, target->size - scheme};
    size_t size = strcspn(target->at, "/?");
    reader->broken |= !authority_valid(target->at, size);
    reader->head->authority = mem_strndup(reader->arena, target->at, size);
    *target = (struct piece){target->at + size, target->size - size};
}

static size_t count_parameters(const char *query)
{
    size_t n = *query != '\0';
    for (; *query != '\0'; query++)
        n += *query == '&';
    return n;
}

static void read_target(struct head_reader *reader, struct piece target)
{
    struct head *head = reader->head;
    if (target.size > HEAD_TARGET_LIMIT)
        refuse(reader, 414, "uri_too_long");
    (void)end_piece(target);
    take_authority(reader, &target);
    struct piece path = take_until(&target, '?');
    head->path = path.size > 0 || head->authority == NULL ? end_piece(path) : "/";
    head->query = target.at;
    if (count_parameters(head->query) > QUERY_MAX)
        refuse(reader, 414, "uri_too_long");
    bool asterisk = strcmp(head->path, "*") == 0 && strcmp(head->method, "OPTIONS") == 0;
    reader->broken |= head->path[0] != '/' && !asterisk;
}

/* --- All of it --- */

void head_read(const void *arena, const char *bytes, size_t size, struct head *ret_head)
{
    struct head_reader reader = {.arena = arena, .head = ret_head};
    struct request_line request = {0};
    struct piece line;
    *ret_head = (struct head){.method = "", .path = "", .query = ""};
    size_t blank = blank_lines(bytes, size);
    struct piece text = {mem_dup(arena, bytes + blank, size - blank), size - blank};
    if (!take_line(&text, &line) || !read_request_line(line, &request)) {
        refuse(&reader, 400, "invalid_request");
        return;
    }
    ret_head->method = end_piece(request.method);
    ret_head->old = request.old;
    read_target(&reader, request.target);
    read_fields(&reader, text);
    check_singles(&reader);
    read_host(&reader);
    read_length(&reader);
    read_expectations(&reader);
    if (reader.broken || reader.n_wrong > 0)
        refuse(&reader, 400, "invalid_request");
    ret_head->fault.headers = reader.wrong;
}

const char *head_value(const void *arena, const struct head *head, const char *name)
{
    size_t count;
    const char *value = first_value(head, name, &count);
    if (count < 2)
        return value;
    char *joined = NULL;
    for (size_t i = 0; i < head->n_fields; i++)
        if (strcasecmp(head->fields[i].name, name) == 0)
            joined = joined == NULL ? mem_strdup(arena, head->fields[i].value)
                                    : mem_printf(arena, "%s, %s", joined, head->fields[i].value);
    return joined;
}
