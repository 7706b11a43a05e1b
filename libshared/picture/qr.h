/* qr: text as a picture of a QR code, error correction M, with the four light modules around it
 * that readers need. Pure; pictures live in the given arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct qr_picture {
    const char *bytes;
    size_t size;
};
struct qr_picture qr_svg(const void *arena, const char *text);
struct qr_picture qr_png(const void *arena, const char *text);

/* The code itself, row by row, without the light modules around it. */
struct qr_modules {
    size_t width;
    const bool *dark;
};
struct qr_modules qr_modules(const void *arena, const char *text);
