/* jpeg_markers: what the segments before a JPEG's data say of how it is to be shown (ITU-T T.81
 * annex B, Exif 2.32 section 4.6). Pure; takes any bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jpeg_markers {
    int orientation; /* Exif's, 1 to 8; 1: as it stands, also if nothing is said */
    bool adobe;      /* by Adobe's segment: then CMYK is stored inverted */
};
struct jpeg_markers jpeg_markers(const uint8_t *bytes, size_t size);
