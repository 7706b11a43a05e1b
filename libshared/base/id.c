#include "libshared/base/id.h"

#include <stdio.h>
#include <string.h>

#include "libshared/base/text.h"

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
#define SUFFIX (ID_BASE32_SIZE - 1)

/* 128 bits in 26 digits of 5: the first digit holds the top 3. */
void id_base32(char out[ID_BASE32_SIZE], const uint8_t bytes[16])
{
    unsigned __int128 value = 0;
    for (int i = 0; i < 16; i++)
        value = value << 8 | bytes[i];
    for (int i = SUFFIX - 1; i >= 0; i--, value >>= 5)
        out[i] = alphabet[value & 31];
    out[SUFFIX] = '\0';
}

void id_make(char out[ID_SIZE], const char *prefix, int64_t wall_ms,
             const uint8_t random[ID_RANDOM])
{
    uint8_t bytes[16];
    for (int i = 0; i < 6; i++)
        bytes[i] = (uint8_t)((uint64_t)wall_ms >> (40 - 8 * i));
    memcpy(bytes + 6, random, ID_RANDOM);
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x70);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    char suffix[ID_BASE32_SIZE];
    id_base32(suffix, bytes);
    (void)snprintf(out, ID_SIZE, "%s_%s", prefix, suffix);
}

bool id_valid(const char *prefix, const char *text)
{
    size_t length = strlen(prefix);
    if (strncmp(text, prefix, length) != 0 || text[length] != '_')
        return false;
    const char *suffix = text + length + 1;
    return strlen(suffix) == SUFFIX && strspn(suffix, alphabet) == SUFFIX && suffix[0] <= '7';
}

void id_uuid(char out[UUID_SIZE], const uint8_t bytes[16])
{
    uint8_t b[16];
    memcpy(b, bytes, sizeof b);
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x80);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    static const size_t groups[] = {4, 2, 2, 2, 6};
    for (size_t i = 0, at = 0; i < sizeof groups / sizeof *groups; at += groups[i++]) {
        text_hex(out, b + at, groups[i]);
        out += 2 * groups[i];
        *out++ = i + 1 < sizeof groups / sizeof *groups ? '-' : '\0';
    }
}
