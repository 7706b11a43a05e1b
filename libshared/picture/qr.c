#include "libshared/picture/qr.h"

#include <png.h>
#include <qrencode.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"

#define MARGIN 4
#define SCALE 8       /* pixels a module */
#define WIDTH_MAX 177 /* modules: version 40 */

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

/* A PNG as it is written. */
struct png_bytes {
    const void *arena;
    char *at;
    size_t size;
};

static void put(png_structp png, png_bytep bytes, png_size_t size)
{
    struct png_bytes *written = png_get_io_ptr(png);
    written->at = mem_grow(written->arena, written->at, char, written->size + size);
    memcpy(written->at + written->size, bytes, size);
    written->size += size;
}

static void fail(png_structp png, png_const_charp why)
{
    (void)png;
    (void)why;
    abort();
}

/* A module is a byte of a row: eight pixels, of one bit each. */
static void put_rows(png_structp png, const QRcode *code, size_t width)
{
    _Static_assert(SCALE == 8, "a byte a module");
    uint8_t row[WIDTH_MAX + 2 * MARGIN];
    for (int y = -MARGIN; y < code->width + MARGIN; y++) {
        memset(row, 255, width);
        for (int x = 0; y >= 0 && y < code->width && x < code->width; x++)
            row[x + MARGIN] = dark(code, x, y) ? 0 : 255;
        for (int i = 0; i < SCALE; i++)
            png_write_row(png, row);
    }
}

struct qr_picture qr_png(const void *arena, const char *text)
{
    QRcode *code = encode(text);
    size_t width = (size_t)code->width + 2 * MARGIN;
    struct png_bytes written = {.arena = arena};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, fail, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, &written, put, NULL);
    png_set_IHDR(png, info, (png_uint_32)width * SCALE, (png_uint_32)width * SCALE, 1,
                 PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
    png_write_info(png, info);
    put_rows(png, code, width);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    QRcode_free(code);
    return (struct qr_picture){.bytes = written.at, .size = written.size};
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
