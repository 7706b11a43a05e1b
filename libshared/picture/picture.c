#include "libshared/picture/picture.h"

#include <stdbool.h>
#include <turbojpeg.h>

#include "libshared/base/mem.h"
#include "libshared/picture/picture_read.h"

const char *const picture_fault_names[] = {"", "unreadable", "too_many_pixels", NULL};

/* --- As it is seen --- */

/* The size at which a picture fits, as close to its shape as whole pixels are. */
static void fit(const struct picture_head *head, struct picture *picture)
{
    double scale = 1;
    if (head->width > PICTURE_WIDTH_MAX)
        scale = (double)PICTURE_WIDTH_MAX / head->width;
    if (head->height * scale > PICTURE_HEIGHT_MAX)
        scale = (double)PICTURE_HEIGHT_MAX / head->height;
    int width = (int)(head->width * scale + 0.5), height = (int)(head->height * scale + 0.5);
    picture->width = width > 0 ? width : 1;
    picture->height = height > 0 ? height : 1;
}

/* Takes a pixel where it is stored to where it is seen, in a picture of one by one. */
static cairo_matrix_t turn(int orientation)
{
    static const cairo_matrix_t turns[] = {
        {1, 0, 0, 1, 0, 0}, {-1, 0, 0, 1, 1, 0}, {-1, 0, 0, -1, 1, 1}, {1, 0, 0, -1, 0, 1},
        {0, 1, 1, 0, 0, 0}, {0, 1, -1, 0, 1, 0}, {0, -1, -1, 0, 1, 1}, {0, -1, 1, 0, 0, 1}};
    return turns[orientation - 1];
}

/* On white, turned and scaled. The caller destroys it. */
static cairo_surface_t *paint(cairo_surface_t *pixels, int orientation, int width, int height)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    cairo_t *cairo = cairo_create(surface);
    const cairo_matrix_t turned = turn(orientation);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_scale(cairo, width, height);
    cairo_transform(cairo, &turned);
    cairo_scale(cairo, 1.0 / cairo_image_surface_get_width(pixels),
                1.0 / cairo_image_surface_get_height(pixels));
    cairo_set_source_surface(cairo, pixels, 0, 0);
    cairo_pattern_set_extend(cairo_get_source(cairo), CAIRO_EXTEND_PAD);
    cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_GOOD);
    cairo_paint(cairo);
    cairo_destroy(cairo);
    cairo_surface_flush(surface);
    return surface;
}

/* --- As bytes --- */

/* The best quality that keeps the bound. What was drawn has sharp colours, a photo has not. */
static bool write_jpeg(const void *arena, cairo_surface_t *surface, int sampling,
                       struct picture *picture)
{
    static const int qualities[] = {90, 82, 72, 60, 45};
    tjhandle handle = tjInitCompress();
    bool fits = false;
    for (size_t i = 0; !fits && i < sizeof qualities / sizeof *qualities; i++) {
        unsigned char *bytes = NULL;
        unsigned long size = 0;
        fits = tjCompress2(handle, cairo_image_surface_get_data(surface), picture->width,
                           cairo_image_surface_get_stride(surface), picture->height, PICTURE_PIXELS,
                           &bytes, &size, sampling, qualities[i], 0) == 0 &&
               size <= PICTURE_BYTES_MAX;
        if (fits) {
            picture->bytes = mem_dup(arena, bytes, size);
            picture->size = size;
        }
        tjFree(bytes);
    }
    (void)tjDestroy(handle);
    return fits;
}

static int half(int length)
{
    return length > 1 ? length / 2 : 1;
}

enum picture_fault picture_prepare(const void *arena, const void *bytes, size_t size,
                                   struct picture *ret_picture)
{
    struct picture_head head;
    struct picture picture = {.size = 0};
    enum picture_fault fault = picture_read_head(bytes, size, &head);
    if (fault != PICTURE_GOOD)
        return fault;
    fit(&head, &picture);
    _cleanup_(picture_surface_free) cairo_surface_t *pixels =
        picture_read_pixels(bytes, size, &head, picture.width, picture.height);
    if (pixels == NULL)
        return PICTURE_UNREADABLE;
    int sampling = head.type == PICTURE_PNG ? TJSAMP_444 : TJSAMP_420;
    for (bool written = false; !written;) {
        _cleanup_(picture_surface_free) cairo_surface_t *surface =
            paint(pixels, head.orientation, picture.width, picture.height);
        written = write_jpeg(arena, surface, sampling, &picture);
        if (!written && picture.width == 1 && picture.height == 1)
            return PICTURE_UNREADABLE; /* the library has no memory */
        if (!written) {
            picture.width = half(picture.width);
            picture.height = half(picture.height);
        }
    }
    *ret_picture = picture;
    return PICTURE_GOOD;
}

enum picture_fault picture_check(const void *bytes, size_t size, struct picture *ret_picture)
{
    struct picture_head head;
    enum picture_fault fault = picture_read_head(bytes, size, &head);
    if (fault != PICTURE_GOOD)
        return fault;
    if (head.type != PICTURE_JPEG || head.inks)
        return PICTURE_UNREADABLE;
    if (head.width > PICTURE_WIDTH_MAX || head.height > PICTURE_HEIGHT_MAX)
        return PICTURE_TOO_MANY_PIXELS;
    _cleanup_(picture_surface_free) cairo_surface_t *pixels =
        picture_read_pixels(bytes, size, &head, head.width, head.height);
    if (pixels == NULL)
        return PICTURE_UNREADABLE;
    *ret_picture =
        (struct picture){.width = head.width, .height = head.height, .bytes = bytes, .size = size};
    return PICTURE_GOOD;
}
