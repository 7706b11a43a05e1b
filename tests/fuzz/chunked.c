/* A body in chunks is the same body however it comes. */
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/http/chunked.h"
#include "tests/fuzz/fuzz.h"

struct body {
    char *bytes;
    size_t size;
    enum chunked_state state;
};

static size_t take_data(struct chunked *chunked, struct body *body, const char *bytes, size_t size)
{
    const size_t n = chunked->left < size ? (size_t)chunked->left : size;
    memcpy(body->bytes + body->size, bytes, n);
    body->size += n;
    chunked_took(chunked, n);
    return n;
}

static void feed(struct chunked *chunked, struct body *body, const char *bytes, size_t size)
{
    while (size > 0 && chunked->state != CHUNKED_END && chunked->state < CHUNKED_INVALID) {
        size_t n = chunked_take(chunked, bytes, size);
        HOLDS(n <= size);
        if (chunked->state == CHUNKED_DATA && n < size)
            n += take_data(chunked, body, bytes + n, size - n);
        bytes += n;
        size -= n;
    }
    body->state = chunked->state;
}

static struct body read_in_pieces(const void *arena, const char *bytes, size_t size, size_t piece)
{
    struct chunked chunked = {0};
    struct body body = {.bytes = mem_zeroed(arena, size + 1)};
    for (size_t at = 0; at < size; at += piece)
        feed(&chunked, &body, bytes + at, size - at < piece ? size - at : piece);
    return body;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    void *arena = mem_arena(NULL, 0);
    const struct body whole = read_in_pieces(arena, (const char *)input, size, size + 1),
                      slow = read_in_pieces(arena, (const char *)input, size, 1);
    HOLDS(whole.state == slow.state);
    HOLDS(whole.size == slow.size && memcmp(whole.bytes, slow.bytes, whole.size) == 0);
    mem_free(arena);
    return 0;
}
