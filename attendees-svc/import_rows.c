#include "attendees-svc/import_rows.h"

#include <ctype.h>
#include <string.h>
#include <talloc.h>

#include "libshared/base/mem.h"
#include "libshared/contract/import.h"

#define PAGE_BYTES (200 * 1024)
#define COLUMNS 6

static const char *const columns[COLUMNS] = {"name",        "email",  "phone",
                                             "external_id", "locale", "marketing_consent"};
static const struct {
    const char *said, *column;
} other_names[] = {
    {"full_name", "name"},
    {"e_mail", "email"},
    {"mail", "email"},
    {"telephone", "phone"},
    {"mobile", "phone"},
    {"email_address", "email"},
    {"consent", "marketing_consent"},
    {"language", "locale"},
    {"lang", "locale"},
};

#define NEEDED 2 /* name and email */

struct import_rows {
    bool has_header;
    const char *mapped[CSV_CELLS_MAX]; /* by the file's columns; NULL: passed over */
    size_t n_mapped;
    json_t *missing;
    json_t *rows, *errors;
    size_t bytes;
};

static int free_lists(struct import_rows *rows)
{
    json_decref(rows->rows);
    json_decref(rows->errors);
    json_decref(rows->missing);
    return 0;
}

struct import_rows *import_rows_new(const void *arena)
{
    struct import_rows *rows = mem_new(arena, struct import_rows);
    rows->rows = json_array();
    rows->errors = json_array();
    talloc_set_destructor(rows, free_lists);
    return rows;
}

void import_rows_report(struct import_rows *rows, int64_t line, const char *column,
                        const char *code)
{
    if (json_array_size(rows->errors) < IMPORT_ERRORS)
        (void)json_array_append_new(rows->errors, json_pack("{sIss*ss}", "line", (json_int_t)line,
                                                            "column", column, "code", code));
}

/* --- The header --- */

static const char *column_of(const char *said)
{
    char name[40] = "";
    size_t n = 0;
    for (; *said == ' '; said++)
        ;
    for (; *said != '\0' && n < sizeof name - 1; said++)
        name[n++] = isalnum((unsigned char)*said) ? (char)tolower((unsigned char)*said) : '_';
    while (n > 0 && name[n - 1] == '_')
        name[--n] = '\0';
    for (size_t i = 0; i < COLUMNS; i++)
        if (strcmp(columns[i], name) == 0)
            return columns[i];
    for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++)
        if (strcmp(other_names[i].said, name) == 0)
            return other_names[i].column;
    return NULL;
}

static bool is_mapped(const struct import_rows *rows, const char *column)
{
    for (size_t i = 0; i < rows->n_mapped; i++)
        if (rows->mapped[i] != NULL && strcmp(rows->mapped[i], column) == 0)
            return true;
    return false;
}

static void take_header(struct import_rows *rows, const struct csv_row *row)
{
    rows->has_header = true;
    for (size_t i = 0; i < row->n; i++) {
        const char *column = column_of(row->cells[i]);
        if (column != NULL && is_mapped(rows, column))
            column = NULL;
        if (column == NULL && *row->cells[i] != '\0' && strlen(row->cells[i]) <= IMPORT_CELL)
            import_rows_report(rows, row->line, row->cells[i], "unknown_column");
        rows->mapped[rows->n_mapped++] = column;
    }
    for (size_t i = 0; i < NEEDED; i++)
        if (!is_mapped(rows, columns[i])) {
            rows->missing = rows->missing != NULL ? rows->missing : json_array();
            (void)json_array_append_new(rows->missing, json_string(columns[i]));
        }
}

bool import_rows_begun(const struct import_rows *rows)
{
    return rows->has_header && rows->missing == NULL;
}

json_t *import_rows_missing(const struct import_rows *rows)
{
    return rows->missing;
}

/* --- The others --- */

/* An export puts an apostrophe before what a spreadsheet would run. */
static const char *plain(const char *cell)
{
    return cell[0] == '\'' && cell[1] != '\0' && strchr("=+-@\t\r", cell[1]) != NULL ? cell + 1
                                                                                     : cell;
}

/* False: it is too long to be handed on. */
static bool take_cell(struct import_rows *rows, int64_t line, const char *column, const char *cell,
                      json_t *cells)
{
    size_t size = strlen(cell);
    if (size > IMPORT_CELL) {
        import_rows_report(rows, line, column, "too_long");
        return false;
    }
    (void)json_object_set_new(cells, column, json_stringn(cell, size));
    rows->bytes += size;
    return true;
}

/* Beyond the header's, but for what spreadsheets leave empty: a cell before it was torn apart. */
static bool has_extra_cell(const struct import_rows *rows, const struct csv_row *row)
{
    for (size_t i = rows->n_mapped; i < row->n; i++)
        if (*row->cells[i] != '\0')
            return true;
    return false;
}

static void take_cells(struct import_rows *rows, const struct csv_row *row)
{
    if (has_extra_cell(rows, row)) {
        import_rows_report(rows, row->line, NULL, "extra_cell");
        return;
    }
    json_t *cells = json_pack("{sI}", "line", (json_int_t)row->line);
    bool good = true, empty = true;
    for (size_t i = 0; i < row->n; i++) {
        const char *cell = plain(row->cells[i]);
        empty = empty && *cell == '\0';
        if (i < rows->n_mapped && rows->mapped[i] != NULL && *cell != '\0')
            good = take_cell(rows, row->line, rows->mapped[i], cell, cells) && good;
    }
    if (good && !empty)
        (void)json_array_append(rows->rows, cells);
    json_decref(cells);
}

void import_rows_take(struct import_rows *rows, const struct csv_row *row)
{
    if (row->fault != NULL)
        import_rows_report(rows, row->line, NULL, row->fault);
    else if (rows->has_header)
        take_cells(rows, row);
    else
        take_header(rows, row);
}

bool import_rows_full(const struct import_rows *rows)
{
    return json_array_size(rows->rows) == IMPORT_PAGE || rows->bytes > PAGE_BYTES ||
           json_array_size(rows->errors) == IMPORT_ERRORS;
}

json_t *import_rows_page(struct import_rows *rows)
{
    json_t *page = json_pack("{soso}", "rows", rows->rows, "errors", rows->errors);
    rows->rows = json_array();
    rows->errors = json_array();
    rows->bytes = 0;
    return page;
}
