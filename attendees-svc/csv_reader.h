/* csv_reader: rows of a CSV file as its bytes come, by RFC 4180 and what is also seen: LF or CR
 * alone, `;` or tab between the cells (whichever the first line has most of outside quotes), a byte
 * order mark, empty lines (passed over), blanks around cells that are not quoted (dropped). libcsv
 * parses; what it does not tell is added: a row knows the line that it begins in, though quoted
 * cells hold line ends. What is not UTF-8 text is junk, as is a row over 256 KiB, and ends the
 * reading. Cells live during the call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSV_CELLS_MAX 200 /* of a row; one with more is junk */

struct csv_row {
    int64_t line; /* from 1 */
    char **cells;
    size_t n;
};

/* False: no more for now; the next call of csv_reader_feed() goes on. */
typedef bool csv_take(void *context, const struct csv_row *row);

struct csv_reader;
struct csv_reader *csv_reader_new(const void *arena, csv_take *take, void *context);
/* How many of the bytes it took: all, unless `take` wants no more, or junk was found. */
size_t csv_reader_feed(struct csv_reader *reader, const char *bytes, size_t size);
/* The last row needs no line end. */
void csv_reader_end(struct csv_reader *reader);
/* The line of what is not text; 0: none so far. */
int64_t csv_reader_junk(const struct csv_reader *reader);
