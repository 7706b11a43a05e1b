/* csv: rows of text by RFC 4180, none of which a spreadsheet would run as a formula: a cell that
 * begins with = + - @ tab or CR gets an apostrophe before it. Pure; text lives in its arena. */
#pragma once

#include <stddef.h>

struct csv_text {
    const void *arena;
    char *at; /* ends with a NUL; NULL: nothing yet */
    size_t length;
    size_t cells; /* of the row at hand */
};

/* NULL is an empty cell. */
void csv_cell(struct csv_text *text, const char *cell);
void csv_end_row(struct csv_text *text);
void csv_append(struct csv_text *text, const char *bytes, size_t size); /* as they are */
