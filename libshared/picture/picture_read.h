/* picture_read: PNG and JPEG as pixels. Internal to this room. */
#pragma once

#include <cairo.h>
#include <stdbool.h>

#include "libshared/picture/picture.h"

enum picture_type { PICTURE_PNG, PICTURE_JPEG };

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PICTURE_PIXELS TJPF_BGRX /* as cairo has them */
#else
#define PICTURE_PIXELS TJPF_XRGB
#endif

/* What the bytes say they are; the size that it has once it is turned. */
struct picture_head {
    enum picture_type type;
    int width, height;
    int orientation; /* Exif's */
    bool inks;       /* for print: CMYK */
};
enum picture_fault picture_read_head(const uint8_t *bytes, size_t size,
                                     struct picture_head *ret_head)
    __attribute__((warn_unused_result));

/* The pixels as they are stored, perhaps scaled down, but not below `width` x `height` once they
 * are turned. NULL: unreadable. The caller destroys it. */
cairo_surface_t *picture_read_pixels(const uint8_t *bytes, size_t size,
                                     const struct picture_head *head, int width, int height)
    __attribute__((warn_unused_result));
void picture_surface_free(cairo_surface_t **surface); /* for _cleanup_ */
