/* What a caller hands back as a cursor: none, or a place that makes the same cursor again. */
#include <string.h>

#include "db-svc/read/cursor.h"
#include "libshared/base/mem.h"
#include "tests/fuzz/fuzz.h"

static void try_list(const void *arena, const char *text)
{
    for (int order = 0; order < 4; order++) {
        struct store_list list = {.by_update = order & 1, .descending = order & 2};
        if (!cursor_read(arena, text, "order", &list))
            continue;
        struct common last = {
            .id = list.after_id, .created_at = list.after_update, .updated_at = list.after_update};
        struct store_list again = {.by_update = order & 1, .descending = order & 2};
        HOLDS(cursor_read(arena, cursor_write(arena, &list, &last), "order", &again));
        HOLDS(strcmp(again.after_id, list.after_id) == 0);
        HOLDS(!list.by_update || again.after_update == list.after_update);
    }
}

static void try_part(const void *arena, const char *text)
{
    const char *id, *same;
    size_t n, again;
    if (!cursor_read_part(arena, text, "order", &id, &n))
        return;
    HOLDS(cursor_read_part(arena, cursor_write_part(arena, id, n), "order", &same, &again));
    HOLDS(strcmp(id, same) == 0 && n == again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    void *arena = mem_arena(NULL, 0);
    const char *text = mem_strndup(arena, (const char *)bytes, size);
    try_list(arena, text);
    try_part(arena, text);
    mem_free(arena);
    return 0;
}
