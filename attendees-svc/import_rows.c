#include "attendees-svc/import_rows.h"

#include <string.h>
#include <talloc.h>

#include "attendees-svc/row_status.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/import.h"

#define PAGE_BYTES (200 * 1024)
#define IGNORED_BYTES (64 * 1024) /* of columns' names; more are not told */

struct import_rows {
    const struct column_mapping *mapping;
    const struct texts *lenient;
    bool has_header;
    struct columns columns;
    json_t *faults;          /* of the header */
    json_t *ignored_columns; /* NULL: none, or they were handed on */
    json_t *rows, *errors;
    size_t bytes;
};

static int free_lists(struct import_rows *rows)
{
    json_decref(rows->rows);
    json_decref(rows->errors);
    json_decref(rows->faults);
    json_decref(rows->ignored_columns);
    return 0;
}

struct import_rows *import_rows_new(const void *arena, const struct column_mapping *mapping,
                                    const struct texts *lenient)
{
    struct import_rows *rows = mem_new(arena, struct import_rows);
    rows->mapping = mapping;
    rows->lenient = lenient;
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

static json_t *held_by(const struct import_rows *rows, const struct csv_row *row,
                       enum column column)
{
    json_t *names = json_array();
    for (size_t i = 0; i < row->n; i++)
        if ((rows->columns.holds[i] & 1u << column) != 0)
            (void)json_array_append_new(names, json_string(row->cells[i]));
    return names;
}

static void add(json_t *object, const char *member, json_t *value_take)
{
    json_t *list = json_object_get(object, member);
    if (list == NULL) {
        list = json_array();
        (void)json_object_set_new(object, member, list);
    }
    (void)json_array_append_new(list, value_take);
}

static json_t *faults_of(const struct import_rows *rows, const struct csv_row *row)
{
    const struct columns *columns = &rows->columns;
    json_t *faults = json_pack("{sI}", "line", (json_int_t)row->line);
    for (int i = 0; i < COLUMNS; i++) {
        if (columns->missing[i])
            add(faults, "missing", json_string(column_texts[i]));
        if (columns->unknown[i])
            add(faults, "unknown", json_string(rows->mapping->named[i]));
        if (columns->ambiguous[i])
            add(faults, "ambiguous",
                json_pack("{ssso}", "member", column_texts[i], "columns",
                          held_by(rows, row, (enum column)i)));
    }
    const char *reason = json_object_get(faults, "unknown") != NULL     ? "unknown_column"
                         : json_object_get(faults, "ambiguous") != NULL ? "ambiguous_column"
                                                                        : NULL;
    if (reason != NULL)
        (void)json_object_set_new(faults, "reason", json_string(reason));
    return faults;
}

/* Each once, as one line; a name that would not show as it reads is no name to be told. */
static json_t *ignored_of(const struct import_rows *rows, const struct csv_row *row)
{
    json_t *names = json_array();
    size_t bytes = 0;
    for (size_t i = 0; i < row->n; i++) {
        char *name = row->cells[i];
        for (char *at = name; *at != '\0'; at++)
            *at = strchr("\t\r\n", *at) != NULL ? ' ' : *at;
        bool told = rows->columns.holds[i] != 0 || !text_is_line(name) || text_is_blank(name) ||
                    strlen(name) > IMPORT_CELL || bytes > IGNORED_BYTES;
        for (size_t j = 0; j < json_array_size(names) && !told; j++)
            told = strcmp(json_string_value(json_array_get(names, j)), name) == 0;
        if (told)
            continue;
        bytes += strlen(name);
        (void)json_array_append_new(names, json_string(name));
    }
    return names;
}

static void take_header(struct import_rows *rows, const struct csv_row *row)
{
    rows->has_header = true;
    if (columns_choose(rows, row, rows->mapping, &rows->columns))
        rows->ignored_columns = ignored_of(rows, row);
    else
        rows->faults = faults_of(rows, row);
}

bool import_rows_begun(const struct import_rows *rows)
{
    return rows->has_header && rows->faults == NULL;
}

json_t *import_rows_faults(const struct import_rows *rows)
{
    return rows->faults;
}

/* --- The others --- */

/* An export puts an apostrophe before what a spreadsheet would run. */
static const char *plain(const char *cell)
{
    return cell[0] == '\'' && cell[1] != '\0' && strchr("=+-@\t\r", cell[1]) != NULL ? cell + 1
                                                                                     : cell;
}

/* Beyond the header's, but for what spreadsheets leave empty: a cell before it was torn apart. */
static bool has_extra_cell(const struct import_rows *rows, const struct csv_row *row)
{
    for (size_t i = rows->columns.n; i < row->n; i++)
        if (*row->cells[i] != '\0')
            return true;
    return false;
}

/* The cells of a row by what they hold. */
struct row {
    const char *values[COLUMNS]; /* "": nothing */
    bool empty, gone;
};

static struct row read_row(struct import_rows *rows, const struct csv_row *from)
{
    struct row row = {.empty = true};
    for (size_t i = 0; i < COLUMNS; i++)
        row.values[i] = "";
    for (size_t i = 0; i < from->n && i < rows->columns.n; i++) {
        const char *cell = plain(from->cells[i]);
        row.empty = row.empty && *cell == '\0';
        for (size_t column = 0; column < COLUMNS; column++)
            if ((rows->columns.holds[i] & 1u << column) != 0)
                row.values[column] = cell;
        if ((rows->columns.holds[i] & 1u << COLUMN_TAKES_STATUS) != 0)
            row.gone = row.gone || row_status_is_gone(rows, cell);
    }
    return row;
}

static const char *joined_name(const void *arena, const struct row *row)
{
    const char *first = row->values[COLUMN_TAKES_FIRST_NAME],
               *last = row->values[COLUMN_TAKES_LAST_NAME];
    if (*row->values[COLUMN_TAKES_NAME] != '\0')
        return row->values[COLUMN_TAKES_NAME];
    return *first != '\0' && *last != '\0' ? mem_printf(arena, "%s %s", first, last)
           : *first != '\0'                ? first
                                           : last;
}

/* False: it is too long to be handed on, and the row cannot come without it. */
static bool take_value(struct import_rows *rows, int64_t line, const char *column,
                       const char *value, json_t *values)
{
    size_t size = strlen(value);
    if (size > IMPORT_CELL) {
        import_rows_report(rows, line, column, "too_long");
        return texts_have(rows->lenient, column);
    }
    if (size > 0)
        (void)json_object_set_new(values, column, json_stringn(value, size));
    rows->bytes += size;
    return true;
}

static void take_person(struct import_rows *rows, int64_t line, const struct row *row)
{
    static const enum column columns[] = {COLUMN_TAKES_EMAIL, COLUMN_TAKES_PHONE,
                                          COLUMN_TAKES_EXTERNAL_ID, COLUMN_TAKES_LOCALE,
                                          COLUMN_TAKES_MARKETING_CONSENT};
    void *scratch = mem_arena(rows, 0);
    json_t *values = json_pack("{sI}", "line", (json_int_t)line);
    bool good = take_value(rows, line, "name", joined_name(scratch, row), values);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        good = take_value(rows, line, column_texts[columns[i]], row->values[columns[i]], values) &&
               good;
    if (good)
        (void)json_array_append(rows->rows, values);
    json_decref(values);
    mem_free(scratch);
}

static void take_cells(struct import_rows *rows, const struct csv_row *from)
{
    if (has_extra_cell(rows, from)) {
        import_rows_report(rows, from->line, NULL, "extra_cell");
        return;
    }
    struct row row = read_row(rows, from);
    if (row.empty)
        return;
    if (row.gone)
        import_rows_report(rows, from->line, column_texts[COLUMN_TAKES_STATUS], IMPORT_SKIPPED);
    else
        take_person(rows, from->line, &row);
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
    if (json_array_size(rows->ignored_columns) > 0)
        (void)json_object_set(page, "ignored_columns", rows->ignored_columns);
    json_decref(rows->ignored_columns);
    rows->ignored_columns = NULL;
    rows->rows = json_array();
    rows->errors = json_array();
    rows->bytes = 0;
    return page;
}
