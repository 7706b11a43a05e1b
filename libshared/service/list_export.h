/* list_export: a whole list as one streamed body, page by page through its query: text/csv, or
 * application/x-ndjson if Accept wants that rather; text/csv with a byte order mark if it is asked
 * for, by which some spreadsheets know UTF-8. A page that fails cuts the body off, so that
 * the client sees it is not whole. However many are exported at once, few pages are asked for at a
 * time, so that other questions do not wait behind them all. Memory: one page. The loop's
 * thread. */
#pragma once

#include "libshared/contract/common.h"
#include "libshared/service/csv.h"
#include "libshared/service/facade.h"

/* A kind of list; constant. */
struct list_export {
    const char *name;           /* of the file, without its ending */
    const char *const *columns; /* ended by NULL */
    /* Writes an item's cells, one for each column. */
    void (*write_cells)(struct csv_text *row, const json_t *item);
    /* Columns besides, headed by their labels, as the first item has them: each has such a list of
     * {id, label, answer}. */
    bool has_questions;
};

/* What the row of such a list reads of the query string, as its `parameters`. */
struct list_export_parameters {
    struct opt_bool bom;
};
RECORD_OF(struct list_export_parameters, list_export_parameters_record);

/* Answers with the list, whose first page is the reply in `body`. */
void list_export(struct facade_call *call, const void *body, size_t size,
                 const struct list_export *kind);
