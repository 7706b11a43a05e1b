/* QR codes as pictures: both show the same modules, with light around them. */
#include "tests/support/check_main.h"

#include <png.h>
#include <qrencode.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/picture/qr.h"

#define TEXT                                                                                       \
    "01jz3w4v9he8qb2m5x7k6d0c1n.c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2ln"
#define MARGIN 4

static QRcode *expected(void)
{
    QRcode *code = QRcode_encodeString8bit(TEXT, 0, QR_ECLEVEL_M);
    ck_assert_ptr_nonnull(code);
    return code;
}

static bool dark(const QRcode *code, int x, int y)
{
    return x >= 0 && y >= 0 && x < code->width && y < code->width &&
           (code->data[y * code->width + x] & 1) != 0;
}

START_TEST(a_png_shows_every_module)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    QRcode *code = expected();
    const struct qr_picture picture = qr_png(arena, TEXT);
    png_image image = {.version = PNG_IMAGE_VERSION};
    ck_assert(png_image_begin_read_from_memory(&image, picture.bytes, picture.size));
    int modules = code->width + 2 * MARGIN, scale = (int)image.width / modules;
    ck_assert_int_eq((int)image.width, scale * modules);
    ck_assert_uint_eq(image.height, image.width);
    ck_assert_int_ge(scale, 4);
    image.format = PNG_FORMAT_GRAY;
    uint8_t *pixels = mem_zeroed(arena, PNG_IMAGE_SIZE(image));
    ck_assert(png_image_finish_read(&image, NULL, pixels, 0, NULL));
    for (int y = 0; y < (int)image.height; y++)
        for (int x = 0; x < (int)image.width; x++)
            ck_assert_int_eq(pixels[y * (int)image.width + x],
                             dark(code, x / scale - MARGIN, y / scale - MARGIN) ? 0 : 255);
    QRcode_free(code);
}
END_TEST

/* An order's page and a mail have many. */
START_TEST(a_png_is_small)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const struct qr_picture picture = qr_png(arena, TEXT);
    ck_assert_uint_lt(picture.size, 1000);
}
END_TEST

/* Marks what the path "M<x> <y>h<n>v1h-<n>z…" fills. */
static void fill(char *filled, int width, const char *path)
{
    int x, y, n, back, length;
    while (sscanf(path, "M%d %dh%dv1h-%dz%n", &x, &y, &n, &back, &length) == 4) {
        ck_assert_int_eq(n, back);
        memset(filled + y * width + x, 1, (size_t)n);
        path += length;
    }
    ck_assert_int_eq(*path, '"');
}

START_TEST(an_svg_shows_every_module)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    QRcode *code = expected();
    const struct qr_picture picture = qr_svg(arena, TEXT);
    int width = code->width + 2 * MARGIN;
    char *filled = mem_zeroed(arena, (size_t)(width * width));
    ck_assert_uint_eq(strlen(picture.bytes), picture.size);
    ck_assert_ptr_nonnull(
        strstr(picture.bytes, mem_printf(arena, "viewBox=\"0 0 %d %d\"", width, width)));
    fill(filled, width, strstr(picture.bytes, " d=\"") + 4);
    for (int y = 0; y < width; y++)
        for (int x = 0; x < width; x++)
            ck_assert_int_eq(filled[y * width + x], dark(code, x - MARGIN, y - MARGIN));
    QRcode_free(code);
}
END_TEST

CHECK_MAIN("qr", a_png_shows_every_module, a_png_is_small, an_svg_shows_every_module)
