/* import_rows: what the rows of a file are to an import: the first one names the columns, the
 * others gather to pages. Pure; lives in its arena. */
#pragma once

#include <jansson.h>

#include "attendees-svc/columns.h"
#include "attendees-svc/csv_reader.h"
#include "libshared/record/record.h"

struct import_rows;
/* Both are borrowed; `lenient`: the members that a row may come without. */
struct import_rows *import_rows_new(const void *arena, const struct column_mapping *mapping,
                                    const struct texts *lenient);

void import_rows_take(struct import_rows *rows, const struct csv_row *row);
/* Adds what is wrong with a line, or one column of it (NULL: no certain one). */
void import_rows_report(struct import_rows *rows, int64_t line, const char *column,
                        const char *code);
/* The header is there and rows can be read by it. */
bool import_rows_begun(const struct import_rows *rows);
/* What is wrong with the header, as members of a problem, borrowed; NULL: nothing, or no header
 * yet. */
json_t *import_rows_faults(const struct import_rows *rows);
/* No more fits the page. */
bool import_rows_full(const struct import_rows *rows);
/* {"rows": […], "errors": […]}, and in the first one {"ignored_columns": […]}, since the page
 * before; a new one begins. */
json_t *import_rows_page(struct import_rows *rows);
