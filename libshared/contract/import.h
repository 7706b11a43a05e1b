/* import: a list of people that came as a file, taken in by pages of rows. */
#pragma once

#include "libshared/contract/common.h"

#define IMPORT_PREFIX "import"
#define IMPORT_PAGE 200          /* rows of a page */
#define IMPORT_ERRORS 1000       /* are kept; more are counted */
#define IMPORT_CELL 1000         /* bytes of a cell */
#define IMPORT_LENIENT 2         /* members that a row may come in without */
#define IMPORT_PATIENCE_MS 60000 /* for the next page; then it counts as interrupted */

enum import_status { IMPORT_UNSET, IMPORT_RUNNING, IMPORT_DONE, IMPORT_FAILED };
enum import_failure {
    IMPORT_NO_FAILURE,
    IMPORT_INTERRUPTED,
    IMPORT_INVALID_TEXT,
    IMPORT_NOT_UTF8,
    IMPORT_OPEN_QUOTE,
};
extern const char *const import_status_names[], *const import_failure_names[];
extern const char *const import_lenient_names[IMPORT_LENIENT + 1];
/* Of an error: a row that was passed over, since somebody does not come. */
#define IMPORT_SKIPPED "skipped"

struct import_error {
    int64_t line;
    const char *column, *code, *detail;
};
typedef LIST_OF(struct import_error) import_errors;

struct import {
    COMMON_MEMBERS;
    const char *event_id;
    enum import_status status;
    enum import_failure failure; /* while failed */
    struct opt_bool dry_run;
    int64_t imported, rejected, skipped; /* rows */
    int64_t line;                        /* how far it has come */
    struct texts ignored_columns;
    import_errors errors;
    const char *reached;    /* of the last page */
    struct opt_time due_at; /* when the writer must look at it again */
    int64_t partition;      /* of its event */
};

/* attendee.import: what a page brings. Its cells are not yet checked. */
struct import_row {
    int64_t line;
    const char *name, *email, *phone, *external_id, *locale, *marketing_consent;
};
struct import_page {
    LIST_OF(struct import_row) rows;
    import_errors errors; /* of lines that are no rows, or that come without a member */
    struct texts ignored_columns, lenient;
    struct opt_bool dry_run;
    enum import_status end; /* done or failed: no more pages follow */
    enum import_failure failure;
    /* Names for what was brought so far, before and with this page, so that none is taken in but
     * behind the one it follows. NULL: nothing, or whatever came before. */
    const char *follows, *reached;
};

RECORD_OF(struct import, import_record);
RECORD_OF(struct import_page, import_page_record);
RECORD_OF(struct import_row, import_row_record);
