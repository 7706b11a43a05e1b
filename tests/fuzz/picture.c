/* A picture: what is prepared keeps the bounds, and passes the check of it. */
#include "libshared/base/mem.h"
#include "libshared/picture/jpeg_markers.h"
#include "libshared/picture/picture.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    void *arena = mem_arena(NULL, 0);
    struct picture picture, checked;
    const struct jpeg_markers markers = jpeg_markers(bytes, size);
    HOLDS(markers.orientation >= 1 && markers.orientation <= 8);
    if (picture_prepare(arena, bytes, size, &picture) == PICTURE_GOOD) {
        HOLDS(picture.size <= PICTURE_BYTES_MAX);
        HOLDS(picture_check(picture.bytes, picture.size, &checked) == PICTURE_GOOD);
        HOLDS(checked.width == picture.width && checked.height == picture.height);
    }
    mem_free(arena);
    return 0;
}
