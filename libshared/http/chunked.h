/* chunked: the framing of a body that comes in chunks (RFC 9112 section 7.1), taken off as it
 * comes. Extensions and trailers are checked and passed over.
 *
 *   size_t n = chunked_take(&chunked, bytes, size);       framing; skip it
 *   if (chunked.state == CHUNKED_DATA)                     then up to chunked.left bytes of the
 * body chunked_took(&chunked, taken);
 *
 * Pure; any thread. Begins as zero. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum chunked_state {
    CHUNKED_SIZE, /* the first of them is how it begins */
    CHUNKED_DIGITS,
    CHUNKED_EXTENSION,
    CHUNKED_SIZE_LF,
    CHUNKED_DATA,
    CHUNKED_DATA_CR,
    CHUNKED_DATA_LF,
    CHUNKED_TRAILER,
    CHUNKED_TRAILER_NAME,
    CHUNKED_TRAILER_VALUE,
    CHUNKED_TRAILER_LF,
    CHUNKED_END_LF,
    CHUNKED_END,     /* what follows is no part of the body */
    CHUNKED_INVALID, /* for good, as the next */
    CHUNKED_TOO_LARGE,
};

#define CHUNKED_EXTENSION_LIMIT 1024     /* bytes a chunk; more is invalid */
#define CHUNKED_TRAILER_LIMIT (8 * 1024) /* bytes in all; more is too large */

struct chunked {
    enum chunked_state state;
    uint64_t left; /* of the chunk */
    size_t digits, extension, trailer;
};

/* How many of the bytes are framing: up to data, the end, or what is wrong. */
size_t chunked_take(struct chunked *chunked, const char *bytes, size_t size);
void chunked_took(struct chunked *chunked, uint64_t n);
