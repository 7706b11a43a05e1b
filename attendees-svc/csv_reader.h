/* csv_reader: rows of a CSV file as its bytes come, by RFC 4180 and what is also seen: LF or CR
 * alone, `;` or tab between the cells (whichever the first line has most of outside quotes, or what
 * a line `sep=;` before it says, as spreadsheets write), a byte order mark, empty lines (passed
 * over), blanks around cells (dropped). libcsv parses, strictly; besides, a row knows the line that
 * it begins in, though quoted cells hold line ends.
 *
 * A row with a quote where none belongs, or that is too long, is given by its fault alone, and the
 * next line is read. Where no more rows can be told from each other the reading ends: an open quote
 * takes all that follows for one cell. So it does with what is no text in UTF-8, and with a fault
 * of the first row. Cells live during the call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSV_CELLS_MAX 200        /* of a row */
#define CSV_ROW_MAX (256 * 1024) /* bytes of a row */

struct csv_row {
    int64_t line; /* from 1 */
    char **cells;
    size_t n;
    const char *fault; /* stray_quote or too_long, and no cells; NULL: none */
};

/* False: no more for now; the next call of csv_reader_feed() goes on. */
typedef bool csv_take(void *context, const struct csv_row *row);

/* Why the reading ended: open_quote, not_utf8 or invalid_text (control characters); of the first
 * row, which names the columns, its own fault too. */
struct csv_fault {
    int64_t line; /* of the row, or where the quote was opened; 0: it has not ended so */
    const char *code;
};

struct csv_reader;
struct csv_reader *csv_reader_new(const void *arena, csv_take *take, void *context);
/* How many of the bytes it took: all, unless `take` wants no more, or the reading has ended. */
size_t csv_reader_feed(struct csv_reader *reader, const char *bytes, size_t size);
/* The last row needs no line end. */
void csv_reader_end(struct csv_reader *reader);
struct csv_fault csv_reader_fault(const struct csv_reader *reader);
