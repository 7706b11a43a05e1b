#include "attendees-svc/csv_reader.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <talloc.h>
#include <utf8proc.h>

#include "libshared/base/mem.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define SEPARATOR "sep="
#define SEPARATORS ",;\t|:^~" /* that such a line may name */

static const char stray_quote[] = "stray_quote", open_quote[] = "open_quote",
                  too_long[] = "too_long", not_utf8[] = "not_utf8", invalid_text[] = "invalid_text";

/* The text of a row is kept cell by cell, each with its NUL. */
struct csv_reader {
    csv_take *take;
    void *context;
    struct csv_parser parser;
    char delimiter; /* '\0': the first line has not ended yet */
    bool after_cr, waiting, has_rows;
    bool skipping; /* the rest of the line, since its row has a fault */
    int64_t line, row_line;
    int64_t quote_line; /* where the last quoted cell that goes on behind its line was opened */
    struct csv_fault fault;
    const char *row_fault;
    size_t row_bytes; /* since the row began */
    char *text;
    size_t length;
    char *cells[CSV_CELLS_MAX];
    size_t n, cells_ended; /* of this row; of all */
    char *first;           /* the first line, until it tells its delimiter */
    size_t first_length;
};

static void begin_parser(struct csv_reader *reader)
{
    (void)csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI);
    if (reader->delimiter != '\0')
        csv_set_delim(&reader->parser, (unsigned char)reader->delimiter);
}

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
    reader->text = mem_array(reader, char, CSV_ROW_MAX + CSV_CELLS_MAX);
    reader->first = mem_array(reader, char, CSV_ROW_MAX + 1);
    begin_parser(reader);
    talloc_set_destructor(reader, free_parser);
    return reader;
}

struct csv_fault csv_reader_fault(const struct csv_reader *reader)
{
    return reader->fault;
}

static void fail(struct csv_reader *reader, int64_t line, const char *code)
{
    if (reader->fault.line == 0)
        reader->fault = (struct csv_fault){line, code};
}

/* Why the bytes are no text: NULL if they are. Controls other than tab and line ends are none. */
static const char *text_fault(const char *bytes, size_t size)
{
    const char *fault = NULL;
    for (utf8proc_ssize_t n, at = 0; (size_t)at < size; at += n) {
        utf8proc_int32_t point;
        n = utf8proc_iterate((const utf8proc_uint8_t *)bytes + at, (utf8proc_ssize_t)size - at,
                             &point);
        if (n <= 0)
            return not_utf8;
        if (point < 0x20 && point != '\t' && point != '\n' && point != '\r')
            fault = invalid_text;
    }
    return fault;
}

/* A cell is no longer than what of its row was given to the parser. */
static void take_cell(void *cell, size_t size, void *context)
{
    struct csv_reader *reader = context;
    const char *fault = text_fault(cell, size);
    reader->cells_ended++;
    if (fault != NULL)
        fail(reader, reader->row_line, fault);
    if (reader->n == CSV_CELLS_MAX)
        reader->row_fault = too_long;
    if (reader->row_fault != NULL)
        return;
    char *at = reader->text + reader->length;
    memcpy(at, cell, size);
    at[size] = '\0';
    reader->cells[reader->n++] = at;
    reader->length += size + 1;
}

static void give_row(struct csv_reader *reader)
{
    const struct csv_row row = {.line = reader->row_line,
                                .cells = reader->cells,
                                .n = reader->row_fault == NULL ? reader->n : 0,
                                .fault = reader->row_fault};
    if (row.fault != NULL && !reader->has_rows)
        fail(reader, row.line, row.fault);
    if (reader->fault.line == 0)
        reader->waiting = !reader->take(reader->context, &row);
    reader->has_rows = true;
    reader->row_fault = NULL;
    reader->n = reader->length = 0;
}

static void end_row(int end, void *context)
{
    (void)end;
    give_row(context);
}

/* Leaves the rest of the line. */
static void skip(struct csv_reader *reader, const char *fault)
{
    reader->row_fault = fault;
    reader->skipping = true;
    csv_free(&reader->parser);
    begin_parser(reader);
}

/* So much of one line: and how the quotes in it stand. */
static void parse_piece(struct csv_reader *reader, int64_t line, const char *bytes, size_t size)
{
    bool was_quoted = reader->parser.quoted;
    size_t cells = reader->cells_ended;
    bool good = csv_parse(&reader->parser, bytes, size, take_cell, end_row, reader) == size;
    if (!good && csv_error(&reader->parser) != CSV_EPARSE)
        abort(); /* out of memory */
    bool opened = reader->parser.quoted && (!was_quoted || reader->cells_ended > cells);
    if (opened)
        reader->quote_line = line;
    if (good)
        return;
    if (reader->parser.quoted && reader->quote_line < line)
        fail(reader, reader->quote_line, open_quote); /* it ends where another row's begins */
    else
        skip(reader, stray_quote);
}

static void bound_row(struct csv_reader *reader, int64_t line)
{
    if (reader->skipping || reader->row_bytes <= CSV_ROW_MAX)
        return;
    if (reader->parser.quoted && reader->quote_line < line)
        fail(reader, reader->quote_line, open_quote);
    else
        skip(reader, too_long);
}

static void end_line(struct csv_reader *reader)
{
    if (reader->parser.quoted) /* the row goes on */
        return;
    if (reader->skipping)
        give_row(reader);
    reader->skipping = false;
    reader->row_line = reader->line;
    reader->row_bytes = 0;
}

/* It is no row, but counts. */
static void pass_line(struct csv_reader *reader, const char *line, size_t length)
{
    reader->after_cr = line[length - 1] == '\r';
    reader->row_line = ++reader->line;
}

/* Up to the end of a line, if there is one: so that each row ends with a call, and the lines of a
 * row can be told. CRLF is one end, as are CR and LF alone. */
static size_t parse_line(struct csv_reader *reader, const char *bytes, size_t size)
{
    size_t n = 0;
    while (n < size && bytes[n] != '\n' && bytes[n] != '\r')
        n++;
    int64_t line = reader->line;
    bool ends = n < size;
    n += ends;
    reader->row_bytes += n;
    bool second = ends && n == 1 && *bytes == '\n' && reader->after_cr;
    reader->after_cr = ends && bytes[n - 1] == '\r';
    reader->line += ends && !second;
    bound_row(reader, line);
    if (!reader->skipping && reader->fault.line == 0)
        parse_piece(reader, line, bytes, n);
    if (ends && reader->fault.line == 0)
        end_line(reader);
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
    for (size_t n; size > 0 && reader->fault.line == 0; bytes += n, size -= n)
        n = parse_line(reader, bytes, size);
}

/* What a first line "sep=;", in quotes or not, says; '\0': it is none. */
static char separator_of(const char *line, size_t length)
{
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        length--;
    if (length > 1 && line[0] == '"' && line[length - 1] == '"') {
        line++;
        length -= 2;
    }
    bool said =
        length == strlen(SEPARATOR) + 1 && strncasecmp(line, SEPARATOR, strlen(SEPARATOR)) == 0;
    return said && strchr(SEPARATORS, line[length - 1]) != NULL ? line[length - 1] : '\0';
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
    char said = separator_of(line, length);
    reader->delimiter = said != '\0' ? said : delimiter_of(line, length);
    csv_set_delim(&reader->parser, (unsigned char)reader->delimiter);
    if (said == '\0')
        parse(reader, line, length);
    else
        pass_line(reader, line, length);
}

/* A file that is no text may have no lines either. */
static void take_byte(struct csv_reader *reader, char byte)
{
    if (byte == '\0' && text_fault(reader->first, reader->first_length) == not_utf8)
        fail(reader, 1, not_utf8);
    else if (byte == '\0')
        fail(reader, 1, invalid_text);
    else if (reader->first_length == CSV_ROW_MAX)
        fail(reader, 1, too_long);
    else
        reader->first[reader->first_length++] = byte;
}

static size_t take_first(struct csv_reader *reader, const char *bytes, size_t size)
{
    size_t n = 0;
    for (bool ends = false; n < size && !ends && reader->fault.line == 0; n++) {
        ends = bytes[n] == '\n' || bytes[n] == '\r';
        take_byte(reader, bytes[n]);
        if (ends)
            begin(reader);
    }
    return n;
}

size_t csv_reader_feed(struct csv_reader *reader, const char *bytes, size_t size)
{
    size_t taken = 0;
    reader->waiting = false;
    while (taken < size && !reader->waiting && reader->fault.line == 0)
        taken += (reader->delimiter == '\0' ? take_first : parse_line)(reader, bytes + taken,
                                                                       size - taken);
    return taken;
}

void csv_reader_end(struct csv_reader *reader)
{
    if (reader->delimiter == '\0' && reader->fault.line == 0)
        begin(reader);
    if (reader->fault.line != 0)
        return;
    if (reader->skipping)
        give_row(reader);
    else if (csv_fini(&reader->parser, take_cell, end_row, reader) != 0)
        fail(reader, reader->quote_line, open_quote);
}
