#include "attendees-svc/csv_reader.h"

#include <string.h>
#include <utf8proc.h>

#include "libshared/base/mem.h"

#define CELLS_MAX 200
#define ROW_MAX (256 * 1024)
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

enum state { PLAIN, QUOTED, QUOTE_IN_QUOTED };

/* Of a row the text is kept cell by cell, each with its NUL. */
struct csv_reader {
    csv_take *take;
    void *context;
    enum state state;
    char delimiter; /* '\0': the first line has not ended yet */
    bool after_cr, waiting;
    int64_t line, row_line, junk;
    char *text;
    size_t length, cell; /* where the cell at hand begins */
    size_t starts[CELLS_MAX];
    size_t n;
    char *first; /* the first line, until it tells its delimiter */
    size_t first_length;
};

struct csv_reader *csv_reader_new(const void *arena, csv_take *take, void *context)
{
    struct csv_reader *reader = mem_new(arena, struct csv_reader);
    reader->take = take;
    reader->context = context;
    reader->line = reader->row_line = 1;
    reader->text = mem_array(reader, char, ROW_MAX + 1);
    reader->first = mem_array(reader, char, ROW_MAX + 1);
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

static void end_cell(struct csv_reader *reader)
{
    if (reader->n == CELLS_MAX) {
        reader->junk = reader->row_line;
        return;
    }
    reader->starts[reader->n++] = reader->cell;
    reader->text[reader->length++] = '\0';
    reader->cell = reader->length;
}

static void give_row(struct csv_reader *reader)
{
    char *cells[CELLS_MAX];
    for (size_t i = 0; i < reader->n; i++) {
        cells[i] = reader->text + reader->starts[i];
        if (!is_text(cells[i], strlen(cells[i]))) {
            reader->junk = reader->row_line;
            return;
        }
    }
    const struct csv_row row = {.line = reader->row_line, .cells = cells, .n = reader->n};
    reader->waiting = !reader->take(reader->context, &row);
}

static void end_row(struct csv_reader *reader)
{
    bool empty = reader->n == 0 && reader->length == 0;
    if (!empty)
        end_cell(reader);
    if (!empty && reader->junk == 0)
        give_row(reader);
    reader->n = reader->length = reader->cell = 0;
    reader->state = PLAIN;
    reader->row_line = reader->line;
}

static void append(struct csv_reader *reader, char byte)
{
    if (byte == '\0' || reader->length >= ROW_MAX - 1)
        reader->junk = reader->row_line;
    else
        reader->text[reader->length++] = byte;
}

/* CRLF is one end, as are CR and LF alone. */
static bool is_second_half(struct csv_reader *reader, char byte)
{
    bool second = byte == '\n' && reader->after_cr;
    reader->after_cr = byte == '\r';
    return second;
}

static void take_byte(struct csv_reader *reader, char byte)
{
    bool second = is_second_half(reader, byte);
    bool ends_line = (byte == '\n' || byte == '\r') && !second;
    reader->line += ends_line;
    if (reader->state == QUOTED) {
        if (byte == '"')
            reader->state = QUOTE_IN_QUOTED;
        else
            append(reader, byte);
        return;
    }
    if (second)
        return;
    if (byte == '"' && (reader->state == QUOTE_IN_QUOTED || reader->length == reader->cell)) {
        if (reader->state == QUOTE_IN_QUOTED)
            append(reader, byte);
        reader->state = QUOTED;
        return;
    }
    reader->state = PLAIN;
    if (byte == reader->delimiter)
        end_cell(reader);
    else if (ends_line)
        end_row(reader);
    else
        append(reader, byte);
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
    for (size_t i = 0; i < length && reader->junk == 0; i++)
        take_byte(reader, line[i]);
}

static void take_first(struct csv_reader *reader, char byte)
{
    if (byte == '\0' || reader->first_length == ROW_MAX)
        reader->junk = 1;
    else
        reader->first[reader->first_length++] = byte;
    if (reader->junk == 0 && (byte == '\n' || byte == '\r'))
        begin(reader);
}

size_t csv_reader_feed(struct csv_reader *reader, const char *bytes, size_t size)
{
    size_t taken = 0;
    reader->waiting = false;
    while (taken < size && !reader->waiting && reader->junk == 0) {
        char byte = bytes[taken++];
        if (reader->delimiter == '\0')
            take_first(reader, byte);
        else
            take_byte(reader, byte);
    }
    return taken;
}

void csv_reader_end(struct csv_reader *reader)
{
    if (reader->delimiter == '\0' && reader->junk == 0)
        begin(reader);
    if (reader->junk == 0)
        end_row(reader);
}
