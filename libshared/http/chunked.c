#include "libshared/http/chunked.h"

#include <stdbool.h>

#include "libshared/base/text.h"
#include "libshared/http/token.h"

#define DIGITS_MAX 15 /* so that a size fits */

static bool is_text(char c)
{
    return (unsigned char)c >= ' ' ? c != 0x7f : c == '\t';
}

static enum chunked_state take_digit(struct chunked *chunked, char c)
{
    int digit = text_hex_value(c);
    if (digit < 0 || chunked->digits == DIGITS_MAX)
        return CHUNKED_INVALID;
    chunked->digits++;
    chunked->left = chunked->left << 4 | (uint64_t)digit;
    return CHUNKED_DIGITS;
}

static enum chunked_state after_digits(struct chunked *chunked, char c)
{
    if (c == '\r')
        return CHUNKED_SIZE_LF;
    return c == ';' ? CHUNKED_EXTENSION : take_digit(chunked, c);
}

static enum chunked_state in_extension(struct chunked *chunked, char c)
{
    if (c == '\r')
        return CHUNKED_SIZE_LF;
    return is_text(c) && ++chunked->extension <= CHUNKED_EXTENSION_LIMIT ? CHUNKED_EXTENSION
                                                                         : CHUNKED_INVALID;
}

static enum chunked_state in_trailer(struct chunked *chunked, char c)
{
    if (++chunked->trailer > CHUNKED_TRAILER_LIMIT)
        return CHUNKED_TOO_LARGE;
    if (chunked->state == CHUNKED_TRAILER && c == '\r')
        return CHUNKED_END_LF;
    if (chunked->state == CHUNKED_TRAILER_VALUE)
        return c == '\r'    ? CHUNKED_TRAILER_LF
               : is_text(c) ? CHUNKED_TRAILER_VALUE
                            : CHUNKED_INVALID;
    if (chunked->state == CHUNKED_TRAILER_NAME && c == ':')
        return CHUNKED_TRAILER_VALUE;
    return token_valid(&c, 1) ? CHUNKED_TRAILER_NAME : CHUNKED_INVALID;
}

static enum chunked_state expect(char c, char expected, enum chunked_state next)
{
    return c == expected ? next : CHUNKED_INVALID;
}

static enum chunked_state next(struct chunked *chunked, char c)
{
    switch (chunked->state) {
    case CHUNKED_SIZE:
        chunked->left = chunked->digits = chunked->extension = 0;
        return take_digit(chunked, c);
    case CHUNKED_DIGITS:
        return after_digits(chunked, c);
    case CHUNKED_EXTENSION:
        return in_extension(chunked, c);
    case CHUNKED_SIZE_LF:
        return expect(c, '\n', chunked->left > 0 ? CHUNKED_DATA : CHUNKED_TRAILER);
    case CHUNKED_DATA_CR:
        return expect(c, '\r', CHUNKED_DATA_LF);
    case CHUNKED_DATA_LF:
        return expect(c, '\n', CHUNKED_SIZE);
    case CHUNKED_TRAILER_LF:
        return expect(c, '\n', CHUNKED_TRAILER);
    case CHUNKED_END_LF:
        return expect(c, '\n', CHUNKED_END);
    default:
        return in_trailer(chunked, c);
    }
}

static bool rests(const struct chunked *chunked)
{
    return chunked->state == CHUNKED_DATA || chunked->state >= CHUNKED_END;
}

size_t chunked_take(struct chunked *chunked, const char *bytes, size_t size)
{
    size_t n = 0;
    while (n < size && !rests(chunked))
        chunked->state = next(chunked, bytes[n++]);
    return n;
}

void chunked_took(struct chunked *chunked, uint64_t n)
{
    chunked->left -= n;
    if (chunked->left == 0)
        chunked->state = CHUNKED_DATA_CR;
}
