#include "libshared/contract/import.h"

#include "libshared/contract/event.h"

const char *const import_status_names[] = {"", "running", "done", "failed", NULL};
const char *const import_failure_names[] = {"",         "interrupted", "invalid_text",
                                            "not_utf8", "open_quote",  NULL};
const char *const import_lenient_names[IMPORT_LENIENT + 1] = {"phone", "locale", NULL};

#define T struct import_error
static const struct field error_fields[] = {
    FIELD(T, line, .flags = REQUIRED, .max = INT64_MAX),
    FIELD(T, column, .personal = NOT_ERASED, .flags = MULTILINE, .max = IMPORT_CELL),
    FIELD(T, code, .personal = NOT_PERSONAL, .flags = REQUIRED, .max = 50),
    FIELD(T, detail, .personal = NOT_PERSONAL, .flags = READ_ONLY),
};
static const struct record error_record = RECORD("import_error", T, error_fields);
#undef T

#define T struct import
static const struct field fields[] = {
    COMMON_FIELDS(T, IMPORT_PREFIX),
    FIELD_ID(T, event_id, EVENT_PREFIX, .flags = READ_ONLY),
    FIELD_ENUM(T, status, import_status_names, .flags = READ_ONLY),
    FIELD_ENUM(T, failure, import_failure_names, .flags = READ_ONLY,
               .summary = "interrupted: the rest of the file did not arrive; send it again to "
                          "continue. Otherwise the rest could not be read; errors say why."),
    FIELD(T, dry_run, .flags = READ_ONLY),
    FIELD(T, imported, .flags = READ_ONLY,
          .summary = "Imported rows; in a dry run, rows that would be imported."),
    FIELD(T, rejected, .flags = READ_ONLY,
          .summary = "Rejected rows, including those that could not be read."),
    FIELD(T, skipped, .flags = READ_ONLY,
          .summary = "Rows that were passed over, since their status says that the person does not "
                     "come, e.g. cancelled or refunded."),
    FIELD(T, line, .flags = READ_ONLY, .summary = "The line of the file that has been reached."),
    FIELD_LIST(T, errors, error_record, .flags = READ_ONLY,
               .summary = "The first thousand errors."),
    FIELD(T, ignored_columns, .personal = NOT_ERASED, .flags = READ_ONLY,
          .summary = "The columns of the file that nothing was taken from."),
    FIELD(T, reached, .personal = NOT_PERSONAL, .flags = STORED_ONLY),
    FIELD(T, due_at, .flags = STORED_ONLY),
    FIELD(T, partition, .flags = STORED_ONLY),
};
const struct record import_record = RECORD("import", T, fields);
#undef T

#define T struct import_row
static const struct field row_fields[] = {
    FIELD(T, line, .flags = REQUIRED, .max = INT64_MAX),
    FIELD(T, name, .flags = MULTILINE, .max = IMPORT_CELL),
    FIELD(T, email, .flags = MULTILINE, .max = IMPORT_CELL),
    FIELD(T, phone, .flags = MULTILINE, .max = IMPORT_CELL),
    FIELD(T, external_id, .flags = MULTILINE, .max = IMPORT_CELL),
    FIELD(T, locale, .flags = MULTILINE, .max = IMPORT_CELL),
    FIELD(T, marketing_consent, .flags = MULTILINE, .max = IMPORT_CELL, .summary = "yes or no."),
};
const struct record import_row_record = RECORD("import_row", T, row_fields);
#undef T

#define T struct import_page
static const struct field page_fields[] = {
    FIELD_LIST(T, rows, import_row_record, .flags = REQUIRED, .max = IMPORT_PAGE),
    FIELD_LIST(T, errors, error_record, .max = IMPORT_ERRORS),
    FIELD(T, ignored_columns, .max = 200,
          .summary = "The columns that nothing is taken from, with the first page."),
    FIELD(T, lenient, .names = import_lenient_names, .max = IMPORT_LENIENT,
          .summary = "What a row comes in without where it cannot be read."),
    FIELD(T, dry_run),
    FIELD_ENUM(T, end, import_status_names),
    FIELD_ENUM(T, failure, import_failure_names),
    FIELD(T, follows, .max = 100, .summary = "The value of `reached` in the page before."),
    FIELD(T, reached, .max = 100,
          .summary = "A name for everything that has been uploaded so far."),
};
const struct record import_page_record = RECORD("import_page", T, page_fields);
