/* The head of a request: where it ends, or that it is refused, does not depend on how it comes. */
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/http/head.h"
#include "tests/fuzz/fuzz.h"

struct seen {
    enum head_outcome outcome;
    size_t size;
    struct http_fault fault;
};

static struct seen look(const char *bytes, size_t size, size_t piece)
{
    struct head_scan scan = {0};
    struct seen seen = {.outcome = HEAD_MORE};
    for (size_t n = piece < size ? piece : size; seen.outcome == HEAD_MORE; n += piece) {
        if (n > size)
            n = size;
        seen.outcome = head_look(&scan, bytes, n, &seen.size, &seen.fault);
        if (n == size)
            break;
    }
    return seen;
}

static void read_whole(const char *bytes, size_t size)
{
    void *arena = mem_arena(NULL, 0);
    struct head head;
    head_read(arena, bytes, size, &head);
    HOLDS(head.method != NULL && head.path != NULL && head.query != NULL);
    if (head.fault.status == 0) {
        HOLDS(*head.path == '/' || *head.path == '*');
        HOLDS(!head.chunked || head.length == 0);
        for (size_t i = 0; i < head.n_fields; i++)
            HOLDS(head_value(arena, &head, head.fields[i].name) != NULL);
    }
    mem_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    const char *bytes = (const char *)input;
    const struct seen whole = look(bytes, size, size + 1), slow = look(bytes, size, 1);
    HOLDS(whole.outcome == slow.outcome);
    if (whole.outcome == HEAD_WHOLE) {
        HOLDS(whole.size == slow.size && whole.size <= size);
        read_whole(bytes, whole.size);
    } else if (whole.outcome == HEAD_REFUSED) {
        HOLDS(whole.fault.status >= 400 && whole.fault.status == slow.fault.status);
    }
    return 0;
}
