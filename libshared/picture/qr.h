/* qr: text as a picture of a QR code, error correction M, with the four light modules around it
 * that readers need. Pure; pictures live in the given arena. */
#pragma once

#include <stddef.h>

struct qr_picture {
    const char *bytes;
    size_t size;
};
struct qr_picture qr_svg(const void *arena, const char *text);
struct qr_picture qr_png(const void *arena, const char *text);
