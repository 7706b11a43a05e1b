#include "attendees-svc/csv_reader.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <utf8proc.h>

#include "libshared/base/mem.h"

#define ROW_MAX (256 * 1024)
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Of a row the text is kept cell by cell, each with its NUL. */
struct csv_reader {
    csv_take *take;
    void *context;
    struct csv_parser parser;
    char delimiter; /* '\0': the first line has not ended yet */
    bool after_cr, waiting;
    int64_t line, row_line, junk;
    size_t row_bytes; /* given to the parser since the row began */
    char *text;
    size_t length;
    char *cells[CSV_CELLS_MAX];
    size_t n;
    char *first; /* the first line, until it tells its delimiter */
    size_t first_length;
};

static int free_parser(struct csv_reader *reader)
{
    csv_free(&reader->parser);
    return 0;
}

struct csv_reader *csv_reader_new(const void *arena, csv_take *take, void *context)
{
    struct csv_reader *reader = mem_new(arena, struct csv_reader);
    reader->take = take;
    reader->context = context;
    reader->line = reader->row_line = 1;
    reader->text = mem_array(reader, char, ROW_MAX + CSV_CELLS_MAX);
    reader->first = mem_array(reader, char, ROW_MAX + 1);
    (void)csv_init(&reader->parser, 0);
    talloc_set_destructor(reader, free_parser);
    return reader;
}

int64_t csv_reader_junk(const struct csv_reader *reader)
{
    return reader->junk;
}

/* Controls other than tab and line ends are no text. */
static bool is_text(const char *bytes, size_t size)
{
    for (utf8proc_ssize_t n, at = 0; (size_t)at < size; at += n) {
        utf8proc_int32_t point;
        n = utf8proc_iterate((const utf8proc_uint8_t *)bytes + at, (utf8proc_ssize_t)size - at,
                             &point);
        if (n <= 0 || (point < 0x20 && point != '\t' && point != '\n' && point != '\r'))
            return false;
    }
    return true;
}

/* A cell is no longer than what of its row was given to the parser. */
static void take_cell(void *cell, size_t size, void *context)
{
    struct csv_reader *reader = context;
    if (reader->n == CSV_CELLS_MAX || !is_text(cell, size)) {
        reader->junk = reader->row_line;
        return;
    }
    char *at = reader->text + reader->length;
    memcpy(at, cell, size);
    at[size] = '\0';
    reader->cells[reader->n++] = at;
    reader->length += size + 1;
}

static void end_row(int end, void *context)
{
    (void)end;
    struct csv_reader *reader = context;
    const struct csv_row row = {.line = reader->row_line, .cells = reader->cells, .n = reader->n};
    if (reader->junk == 0)
        reader->waiting = !reader->take(reader->context, &row);
    reader->n = reader->length = 0;
}

/* Up to the end of a line, if there is one: so that each row ends with a call, and the lines of a
 * row can be told. CRLF is one end, as are CR and LF alone. */
static size_t parse_line(struct csv_reader *reader, const char *bytes, size_t size)
{
    size_t n = 0;
    while (n < size && bytes[n] != '\n' && bytes[n] != '\r')
        n++;
    bool ends = n < size;
    n += ends;
    reader->row_bytes += n;
    if (reader->row_bytes > ROW_MAX) {
        reader->junk = reader->row_line;
        return n;
    }
    bool second = ends && n == 1 && *bytes == '\n' && reader->after_cr;
    reader->after_cr = ends && bytes[n - 1] == '\r';
    reader->line += ends && !second;
    if (csv_parse(&reader->parser, bytes, n, take_cell, end_row, reader) != n)
        abort();                          /* out of memory */
    if (ends && !reader->parser.quoted) { /* within quotes the row goes on */
        reader->row_line = reader->line;
        reader->row_bytes = 0;
    }
    return n;
}

static char delimiter_of(const char *line, size_t length)
{
    static const char candidates[] = ",;\t";
    size_t counts[3] = {0}, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        quoted ^= line[i] == '"';
        const char *found = line[i] != '\0' ? strchr(candidates, line[i]) : NULL;
        if (!quoted && found != NULL)
            counts[found - candidates]++;
    }
    for (size_t i = 1; i < 3; i++)
        best = counts[i] > counts[best] ? i : best;
    return candidates[best];
}

static void parse(struct csv_reader *reader, const char *bytes, size_t size)
{
    for (size_t n; size > 0 && reader->junk == 0; bytes += n, size -= n)
        n = parse_line(reader, bytes, size);
}

static void begin(struct csv_reader *reader)
{
    const char *line = reader->first;
    size_t length = reader->first_length;
    size_t mark = strlen(BYTE_ORDER_MARK);
    if (length >= mark && memcmp(line, BYTE_ORDER_MARK, mark) == 0) {
        line += mark;
        length -= mark;
    }
    reader->delimiter = delimiter_of(line, length);
    csv_set_delim(&reader->parser, (unsigned char)reader->delimiter);
    parse(reader, line, length);
}

static size_t take_first(struct csv_reader *reader, const char *bytes, size_t size)
{
    size_t n = 0;
    for (bool ends = false; n < size && !ends && reader->junk == 0; n++) {
        ends = bytes[n] == '\n' || bytes[n] == '\r';
        if (bytes[n] == '\0' || reader->first_length == ROW_MAX)
            reader->junk = 1;
        else
            reader->first[reader->first_length++] = bytes[n];
        if (ends)
            begin(reader);
    }
    return n;
}

size_t csv_reader_feed(struct csv_reader *reader, const char *bytes, size_t size)
{
    size_t taken = 0;
    reader->waiting = false;
    while (taken < size && !reader->waiting && reader->junk == 0)
        taken += (reader->delimiter == '\0' ? take_first : parse_line)(reader, bytes + taken,
                                                                       size - taken);
    return taken;
}

void csv_reader_end(struct csv_reader *reader)
{
    if (reader->delimiter == '\0' && reader->junk == 0)
        begin(reader);
    if (reader->junk == 0)
        (void)csv_fini(&reader->parser, take_cell, end_row, reader);
}
