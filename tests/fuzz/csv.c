/* A CSV file has the same rows and faults in whatever pieces it comes. */
#include <string.h>

#include "attendees-svc/csv_reader.h"
#include "libshared/base/mem.h"
#include "tests/fuzz/fuzz.h"

struct seen {
    int64_t line;
    size_t rows;
    uint64_t digest;
};

/* FNV-1a. */
static void add(struct seen *seen, const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        seen->digest = (seen->digest ^ (uint8_t)*at) * 0x100000001b3;
    seen->digest = (seen->digest ^ 0xff) * 0x100000001b3;
}

static bool see(void *context, const struct csv_row *row)
{
    struct seen *seen = context;
    HOLDS(row->line > seen->line && row->n <= CSV_CELLS_MAX);
    HOLDS(row->fault == NULL || row->n == 0);
    seen->line = row->line;
    seen->rows++;
    for (size_t i = 0; i < row->n; i++)
        add(seen, row->cells[i]);
    add(seen, row->fault != NULL ? row->fault : "");
    return true;
}

static struct seen read_in_pieces(const void *arena, const char *bytes, size_t size, size_t piece)
{
    struct seen seen = {0};
    struct csv_reader *reader = csv_reader_new(arena, see, &seen);
    for (size_t at = 0; at < size; at += piece)
        (void)csv_reader_feed(reader, bytes + at, size - at < piece ? size - at : piece);
    csv_reader_end(reader);
    const struct csv_fault fault = csv_reader_fault(reader);
    if (fault.line > 0)
        add(&seen, fault.code);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    void *arena = mem_arena(NULL, 0);
    const struct seen whole = read_in_pieces(arena, (const char *)bytes, size, size + 1),
                      slow = read_in_pieces(arena, (const char *)bytes, size, 1);
    HOLDS(whole.rows == slow.rows && whole.digest == slow.digest);
    mem_free(arena);
    return 0;
}
