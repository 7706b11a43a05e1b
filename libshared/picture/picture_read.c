#include "libshared/picture/picture_read.h"

#include <string.h>
#include <turbojpeg.h>

#include "libshared/base/mem.h"
#include "libshared/picture/jpeg_markers.h"

/* A file that was cut off is told, and so is one whose scans are many for their size. */
#define STRICTLY (TJFLAG_LIMITSCANS | TJFLAG_STOPONWARNING)

void picture_surface_free(cairo_surface_t **surface)
{
    cairo_surface_destroy(*surface); /* takes NULL */
}

static void handle_free(tjhandle *handle)
{
    (void)tjDestroy(*handle);
}

/* --- The head --- */

static uint32_t number(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static enum picture_fault bound(uint32_t width, uint32_t height, struct picture_head *head)
{
    if (width == 0 || height == 0)
        return PICTURE_UNREADABLE;
    if (width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX ||
        width * height > PICTURE_PIXELS_MAX)
        return PICTURE_TOO_MANY_PIXELS;
    head->width = (int)width;
    head->height = (int)height;
    return PICTURE_GOOD;
}

/* The first chunk is IHDR (PNG, section 11.2.1). */
static enum picture_fault png_head(const uint8_t *bytes, size_t size, struct picture_head *head)
{
    if (size < 33 || memcmp(bytes + 12, "IHDR", 4) != 0)
        return PICTURE_UNREADABLE;
    *head = (struct picture_head){.type = PICTURE_PNG, .orientation = 1};
    return bound(number(bytes + 16), number(bytes + 20), head);
}

static enum picture_fault jpeg_head(const uint8_t *bytes, size_t size, struct picture_head *head)
{
    _cleanup_(handle_free) tjhandle handle = tjInitDecompress();
    int width = 0, height = 0, sampling, colors = 0; /* none: tables alone are no fault */
    if (handle == NULL ||
        tjDecompressHeader3(handle, bytes, size, &width, &height, &sampling, &colors) < 0)
        return PICTURE_UNREADABLE;
    *head = (struct picture_head){.type = PICTURE_JPEG,
                                  .orientation = jpeg_markers(bytes, size).orientation,
                                  .inks = colors == TJCS_CMYK || colors == TJCS_YCCK};
    bool lies = head->orientation > 4; /* rows become columns */
    return bound((uint32_t)(lies ? height : width), (uint32_t)(lies ? width : height), head);
}

enum picture_fault picture_read_head(const uint8_t *bytes, size_t size,
                                     struct picture_head *ret_head)
{
    if (size >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0)
        return png_head(bytes, size, ret_head);
    if (size >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0)
        return jpeg_head(bytes, size, ret_head);
    return PICTURE_UNREADABLE;
}

/* --- PNG --- */

struct source {
    const uint8_t *at;
    size_t left;
};

static cairo_status_t take(void *from, unsigned char *out, unsigned int size)
{
    struct source *source = from;
    if (size > source->left)
        return CAIRO_STATUS_READ_ERROR;
    memcpy(out, source->at, size);
    source->at += size;
    source->left -= size;
    return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *png_pixels(const uint8_t *bytes, size_t size)
{
    struct source source = {.at = bytes, .left = size};
    return cairo_image_surface_create_from_png_stream(take, &source);
}

/* --- JPEG --- */

struct jpeg {
    tjhandle handle;
    const uint8_t *bytes;
    size_t size;
    int width, height; /* as it is read */
    bool inks, inverted;
};

/* What is read at half, a quarter or an eighth of its size is read in that part of the time. */
static void scale_down(struct jpeg *jpeg, int width, int height)
{
    for (int denominator = 8; denominator > 1; denominator /= 2) {
        const tjscalingfactor factor = {1, denominator};
        int scaled_width = TJSCALED(jpeg->width, factor);
        int scaled_height = TJSCALED(jpeg->height, factor);
        if (scaled_width < width || scaled_height < height)
            continue;
        jpeg->width = scaled_width;
        jpeg->height = scaled_height;
        return;
    }
}

static bool read_into(const struct jpeg *jpeg, uint8_t *out, int stride, int format)
{
    return tjDecompress2(jpeg->handle, jpeg->bytes, jpeg->size, out, jpeg->width, stride,
                         jpeg->height, format, STRICTLY) == 0;
}

static uint32_t shade(uint8_t ink, uint8_t black, bool inverted)
{
    uint32_t light = inverted ? ink : 255 - ink, whole = inverted ? black : 255 - black;
    return light * whole / 255;
}

/* Cyan, magenta, yellow and black as they look on white paper, without a profile. */
static bool read_inks(const struct jpeg *jpeg, uint8_t *out, int stride)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    size_t row_size = 4 * (size_t)jpeg->width;
    uint8_t *inks = mem_array(arena, uint8_t, row_size * (size_t)jpeg->height);
    if (!read_into(jpeg, inks, (int)row_size, TJPF_CMYK))
        return false;
    for (int y = 0; y < jpeg->height; y++) {
        const uint8_t *ink = inks + (size_t)y * row_size;
        uint32_t *pixel = (void *)(out + (size_t)y * (size_t)stride);
        for (int x = 0; x < jpeg->width; x++, ink += 4)
            pixel[x] = shade(ink[0], ink[3], jpeg->inverted) << 16 |
                       shade(ink[1], ink[3], jpeg->inverted) << 8 |
                       shade(ink[2], ink[3], jpeg->inverted);
    }
    return true;
}

static cairo_surface_t *jpeg_pixels(const struct jpeg *jpeg)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, jpeg->width, jpeg->height);
    uint8_t *out = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);
    bool good = out != NULL && (jpeg->inks ? read_inks(jpeg, out, stride)
                                           : read_into(jpeg, out, stride, PICTURE_PIXELS));
    if (good)
        cairo_surface_mark_dirty(surface);
    else
        picture_surface_free(&surface);
    return good ? surface : NULL;
}

static cairo_surface_t *read_jpeg(const uint8_t *bytes, size_t size, bool inks, int width,
                                  int height)
{
    _cleanup_(handle_free) tjhandle handle = tjInitDecompress();
    struct jpeg jpeg = {.handle = handle, .bytes = bytes, .size = size, .inks = inks};
    int sampling, colors;
    if (handle == NULL ||
        tjDecompressHeader3(handle, bytes, size, &jpeg.width, &jpeg.height, &sampling, &colors) < 0)
        return NULL;
    jpeg.inverted = jpeg_markers(bytes, size).adobe;
    scale_down(&jpeg, width, height);
    return jpeg_pixels(&jpeg);
}

cairo_surface_t *picture_read_pixels(const uint8_t *bytes, size_t size,
                                     const struct picture_head *head, int width, int height)
{
    bool lies = head->orientation > 4;
    cairo_surface_t *surface =
        head->type == PICTURE_PNG
            ? png_pixels(bytes, size)
            : read_jpeg(bytes, size, head->inks, lies ? height : width, lies ? width : height);
    if (surface != NULL && cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS)
        return surface;
    picture_surface_free(&surface);
    return NULL;
}
