/* A query string: no more pairs than are promised, and each name is found again. */
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/http/query.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    void *arena = mem_arena(NULL, 0);
    struct query query;
    if (query_parse(arena, mem_strndup(arena, (const char *)bytes, size), &query) == 0) {
        HOLDS(query.count <= QUERY_MAX && query.pairs[query.count].name == NULL);
        for (size_t i = 0; i < query.count; i++)
            HOLDS(query_get(&query, query.pairs[i].name) != NULL);
    }
    mem_free(arena);
    return 0;
}
