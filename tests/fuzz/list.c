/* A list of people, in the charset and with the mapping that its first line says, has the same
 * pages in whatever pieces it comes. */
#include <stdlib.h>
#include <string.h>

#include "attendees-svc/charset_reader.h"
#include "attendees-svc/csv_reader.h"
#include "attendees-svc/import_rows.h"
#include "libshared/base/mem.h"
#include "tests/fuzz/fuzz.h"

struct upload {
    struct import_rows *rows;
    json_t *pages;
};

static bool take(void *context, const struct csv_row *row)
{
    struct upload *upload = context;
    import_rows_take(upload->rows, row);
    if (import_rows_full(upload->rows))
        (void)json_array_append_new(upload->pages, import_rows_page(upload->rows));
    return import_rows_faults(upload->rows) == NULL;
}

static void read_text(struct charset_reader *text, struct csv_reader *reader)
{
    size_t n, taken = 1;
    for (const char *at; (at = charset_reader_text(text, &n), n > 0 && taken > 0);) {
        taken = csv_reader_feed(reader, at, n);
        charset_reader_take(text, taken > 0 ? taken : n);
    }
}

/* The caller owns the result. */
static json_t *read_in_pieces(const void *arena, const struct column_mapping *mapping,
                              const char *charset, const char *bytes, size_t size, size_t piece)
{
    const char *phone = "phone";
    const struct texts lenient = {&phone, 1};
    struct upload upload = {import_rows_new(arena, mapping, &lenient), json_array()};
    struct charset_reader *text = charset_reader_new(arena, charset);
    struct csv_reader *reader = csv_reader_new(arena, take, &upload);
    for (size_t at = 0; at < size;
         at += charset_reader_feed(text, bytes + at, size - at < piece ? size - at : piece))
        read_text(text, reader);
    read_text(text, reader);
    charset_reader_end(text);
    read_text(text, reader);
    csv_reader_end(reader);
    (void)json_array_append_new(upload.pages, import_rows_page(upload.rows));
    if (import_rows_faults(upload.rows) != NULL)
        (void)json_array_append(upload.pages, import_rows_faults(upload.rows));
    HOLDS(import_rows_begun(upload.rows) == (import_rows_faults(upload.rows) == NULL) ||
          json_array_size(json_object_get(json_array_get(upload.pages, 0), "rows")) == 0);
    return upload.pages;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const charsets[] = {NULL, "utf-16", "utf-16be", "latin1", "iso-8859-15"};
    void *arena = mem_arena(NULL, 0);
    const uint8_t *end = size > 0 ? memchr(bytes, '\n', size) : NULL;
    size_t first = end != NULL ? (size_t)(end - bytes) : 0, after = end != NULL ? first + 1 : 0;
    struct column_mapping mapping = {0};
    const char *charset = NULL;
    if (first > 0) {
        charset = charsets[bytes[0] % (sizeof charsets / sizeof *charsets)];
        (void)!column_mapping_read(arena, mem_strndup(arena, (const char *)bytes + 1, first - 1),
                                   &mapping);
    }
    const char *text = (const char *)bytes + after;
    json_t *whole = read_in_pieces(arena, &mapping, charset, text, size - after, size + 1);
    json_t *slow = read_in_pieces(arena, &mapping, charset, text, size - after, 1);
    HOLDS(json_equal(whole, slow));
    json_decref(whole);
    json_decref(slow);
    mem_free(arena);
    return 0;
}
