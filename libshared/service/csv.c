#include "libshared/service/csv.h"

#include <csv.h>
#include <string.h>

#include "libshared/base/mem.h"

void csv_append(struct csv_text *text, const char *bytes, size_t size)
{
    text->at = mem_grow(text->arena, text->at, char, text->length + size + 1);
    memcpy(text->at + text->length, bytes, size);
    text->length += size;
    text->at[text->length] = '\0';
}

static void append_quoted(struct csv_text *text, const char *cell)
{
    size_t size = csv_write(NULL, 0, cell, strlen(cell));
    text->at = mem_grow(text->arena, text->at, char, text->length + size + 1);
    (void)csv_write(text->at + text->length, size, cell, strlen(cell));
    text->length += size;
    text->at[text->length] = '\0';
}

static int needs_quotes(const char *cell)
{
    size_t length = strlen(cell);
    return cell[strcspn(cell, ",;\"\r\n")] != '\0' ||
           (length > 0 && (*cell == ' ' || cell[length - 1] == ' '));
}

void csv_cell(struct csv_text *text, const char *cell)
{
    if (text->cells++ > 0)
        csv_append(text, ",", 1);
    if (cell == NULL || *cell == '\0')
        return;
    if (strchr("=+-@\t\r", *cell) != NULL)
        cell = mem_printf(text->arena, "'%s", cell);
    if (needs_quotes(cell))
        append_quoted(text, cell);
    else
        csv_append(text, cell, strlen(cell));
}

void csv_end_row(struct csv_text *text)
{
    csv_append(text, "\r\n", 2);
    text->cells = 0;
}
