#include "libshared/picture/qr.h"

#include <png.h>
#include <qrencode.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"

#define MARGIN 4
#define SCALE 8 /* pixels a module */

/* Memory is what runs out; so does the process. */
static QRcode *encode(const char *text)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (code == NULL)
        abort();
    return code;
}

static bool dark(const QRcode *code, int x, int y)
{
    return x < code->width && (code->data[y * code->width + x] & 1) != 0;
}

/* A row's dark modules as one stroke for each run. */
static char *append_row(char *path, const QRcode *code, int y)
{
    for (int x = 0; x < code->width; x++) {
        int from = x;
        while (dark(code, x, y))
            x++;
        if (x > from)
            path = talloc_asprintf_append_buffer(path, "M%d %dh%dv1h-%dz", from + MARGIN,
                                                 y + MARGIN, x - from, x - from);
    }
    return path;
}

struct qr_picture qr_svg(const void *arena, const char *text)
{
    QRcode *code = encode(text);
    int width = code->width + 2 * MARGIN;
    char *svg = mem_printf(arena,
                           "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                           "shape-rendering=\"crispEdges\"><rect width=\"%d\" height=\"%d\" "
                           "fill=\"#fff\"/><path d=\"",
                           width, width, width, width);
    for (int y = 0; y < code->width; y++)
        svg = append_row(svg, code, y);
    svg = talloc_strdup_append_buffer(svg, "\"/></svg>\n");
    QRcode_free(code);
    return (struct qr_picture){.bytes = svg, .size = strlen(svg)};
}

static void draw(uint8_t *pixels, size_t width, const QRcode *code)
{
    memset(pixels, 255, width * width);
    for (int y = 0; y < code->width * SCALE; y++)
        for (int x = 0; x < code->width; x++)
            if (dark(code, x, y / SCALE))
                memset(pixels + (size_t)(y + MARGIN * SCALE) * width + (size_t)(x + MARGIN) * SCALE,
                       0, SCALE);
}

struct qr_picture qr_png(const void *arena, const char *text)
{
    QRcode *code = encode(text);
    size_t width = (size_t)(code->width + 2 * MARGIN) * SCALE;
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)width,
                       .format = PNG_FORMAT_GRAY};
    /* Some hundred times what the picture takes. */
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
    uint8_t *pixels = mem_zeroed(scratch, width * width);
    draw(pixels, width, code);
    QRcode_free(code);
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    char *bytes = mem_zeroed(scratch, size);
    if (!png_image_write_to_memory(&image, bytes, &size, 0, pixels, 0, NULL))
        abort();
    return (struct qr_picture){.bytes = mem_dup(arena, bytes, size), .size = size};
}

struct qr_modules qr_modules(const void *arena, const char *text)
{
    QRcode *code = encode(text);
    size_t width = (size_t)code->width;
    bool *modules = mem_array(arena, bool, width *width);
    for (size_t i = 0; i < width * width; i++)
        modules[i] = (code->data[i] & 1) != 0;
    QRcode_free(code);
    return (struct qr_modules){.width = width, .dark = modules};
}
