#include "libshared/picture/jpeg_markers.h"

#include <string.h>

#define START_OF_SCAN 0xda
#define END_OF_IMAGE 0xd9
#define APP1 0xe1
#define APP14 0xee

#define ORIENTATION 0x0112
#define SHORT 3
#define ENTRY_SIZE 12

/* What is left to read. */
struct span {
    const uint8_t *at;
    size_t size;
    bool big_endian;
};

/* 0 behind the end. */
static uint32_t number(const struct span *span, size_t at, size_t n)
{
    uint32_t value = 0;
    for (size_t i = 0; at <= span->size && n <= span->size - at && i < n; i++)
        value = value << 8 | span->at[at + (span->big_endian ? i : n - 1 - i)];
    return value;
}

/* That of the first directory of a TIFF file; 0: none. */
static int orientation_of(struct span tiff)
{
    if (tiff.size < 8)
        return 0;
    tiff.big_endian = tiff.at[0] == 'M';
    size_t at = number(&tiff, 4, 4);
    for (size_t n = number(&tiff, at, 2), i = 0; i < n; i++) {
        size_t entry = at + 2 + i * ENTRY_SIZE;
        if (entry > tiff.size)
            return 0;
        if (number(&tiff, entry, 2) == ORIENTATION && number(&tiff, entry + 2, 2) == SHORT)
            return (int)number(&tiff, entry + 8, 2);
    }
    return 0;
}

static bool begins(const struct span *segment, const char *text, size_t n)
{
    return segment->size >= n && memcmp(segment->at, text, n) == 0;
}

static void take(struct jpeg_markers *markers, uint8_t marker, const struct span *segment)
{
    static const char exif[] = "Exif\0";
    if (marker == APP14 && begins(segment, "Adobe", 5))
        markers->adobe = true;
    if (marker != APP1 || !begins(segment, exif, sizeof exif))
        return;
    int orientation = orientation_of(
        (struct span){.at = segment->at + sizeof exif, .size = segment->size - sizeof exif});
    if (orientation >= 1 && orientation <= 8)
        markers->orientation = orientation;
}

struct jpeg_markers jpeg_markers(const uint8_t *bytes, size_t size)
{
    struct jpeg_markers markers = {.orientation = 1};
    const struct span all = {.at = bytes, .size = size, .big_endian = true};
    for (size_t at = 2; at + 4 <= size && bytes[at] == 0xff;) {
        uint8_t marker = bytes[at + 1];
        size_t length = number(&all, at + 2, 2);
        if (marker == 0xff) { /* fills */
            at++;
            continue;
        }
        if (marker == START_OF_SCAN || marker == END_OF_IMAGE || length < 2 ||
            length > size - at - 2)
            break;
        take(&markers, marker, &(struct span){.at = bytes + at + 4, .size = length - 2});
        at += 2 + length;
    }
    return markers;
}
