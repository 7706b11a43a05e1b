/* Pictures that are uploaded: what comes of good ones, and that bad ones are told. */
#include "libshared/picture/picture.h"

#include <cairo.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

#define RED 0xff0000
#define GREEN 0x00ff00
#define BLUE 0x0000ff
#define WHITE 0xffffff

static void *arena;

struct bytes {
    uint8_t *at;
    size_t size;
};

/* --- Pictures to upload --- */

/* Red, green and blue in the left upper, right upper and left lower quarter; nothing in the last.
 */
static cairo_surface_t *quarters(int width, int height)
{
    static const struct {
        int x, y;
        double red, green, blue;
    } of[] = {{0, 0, 1, 0, 0}, {1, 0, 0, 1, 0}, {0, 1, 0, 0, 1}};
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
    cairo_t *cairo = cairo_create(surface);
    for (size_t i = 0; i < 3; i++) {
        cairo_set_source_rgb(cairo, of[i].red, of[i].green, of[i].blue);
        cairo_rectangle(cairo, of[i].x * width / 2, of[i].y * height / 2, (width + 1) / 2,
                        (height + 1) / 2);
        cairo_fill(cairo);
    }
    cairo_destroy(cairo);
    return surface;
}

static cairo_status_t append(void *to, const unsigned char *bytes, unsigned int size)
{
    struct bytes *all = to;
    all->at = talloc_realloc(arena, all->at, uint8_t, all->size + size);
    memcpy(all->at + all->size, bytes, size);
    all->size += size;
    return CAIRO_STATUS_SUCCESS;
}

static struct bytes png(int width, int height)
{
    struct bytes all = {.at = NULL};
    cairo_surface_t *surface = quarters(width, height);
    ck_assert_int_eq(cairo_surface_write_to_png_stream(surface, append, &all), 0);
    cairo_surface_destroy(surface);
    return all;
}

static struct bytes jpeg_of(const uint8_t *pixels, int width, int height, int format)
{
    struct bytes all = {.at = NULL};
    unsigned char *made = NULL;
    unsigned long size = 0;
    tjhandle handle = tjInitCompress();
    int sampling = format == TJPF_CMYK ? TJSAMP_444 : TJSAMP_420;
    ck_assert_int_eq(
        tjCompress2(handle, pixels, width, 0, height, format, &made, &size, sampling, 90, 0), 0);
    append(&all, made, (unsigned)size);
    tjFree(made);
    tjDestroy(handle);
    return all;
}

static struct bytes jpeg(int width, int height)
{
    cairo_surface_t *surface = quarters(width, height);
    cairo_surface_flush(surface);
    struct bytes all = jpeg_of(cairo_image_surface_get_data(surface), width, height, TJPF_BGRX);
    cairo_surface_destroy(surface);
    return all;
}

/* Puts a segment of that kind behind the mark that begins a JPEG. */
static struct bytes with_segment(struct bytes all, uint8_t marker, const void *content, size_t n)
{
    const uint8_t head[] = {0xff, marker, (uint8_t)((n + 2) >> 8), (uint8_t)(n + 2)};
    struct bytes whole = {.at = NULL};
    append(&whole, all.at, 2);
    append(&whole, head, sizeof head);
    append(&whole, content, (unsigned)n);
    append(&whole, all.at + 2, (unsigned)all.size - 2);
    return whole;
}

static struct bytes turned(struct bytes all, uint8_t orientation, bool big_endian)
{
    const char big[] =
        {'E', 'x', 'i', 'f',  0,    0, 'M', 'M', 0,   42,  0,   0,  0,
         8,   0,   1,   0x01, 0x12, 0, 3,   0,   0,   0,   1,   0,  (char)orientation,
         0,   0,   0,   0,    0,    0, 'S', 'E', 'C', 'R', 'E', 'T'},
               little[] = {'E', 'x',  'i',  'f', 0,
                           0,   'I',  'I',  42,  0,
                           8,   0,    0,    0,   1,
                           0,   0x12, 0x01, 3,   0,
                           1,   0,    0,    0,   (char)orientation,
                           0,   0,    0,    0,   0,
                           0,   0,    'S',  'E', 'C',
                           'R', 'E',  'T'};
    return with_segment(all, 0xe1, big_endian ? big : little, sizeof big);
}

/* A PNG whose head says so, and whose data is that of another. */
static struct bytes with_size(struct bytes all, uint32_t width, uint32_t height)
{
    static const uint8_t crc_of_nothing[4] = {0};
    for (int i = 0; i < 4; i++) {
        all.at[16 + i] = (uint8_t)(width >> (24 - 8 * i));
        all.at[20 + i] = (uint8_t)(height >> (24 - 8 * i));
    }
    memcpy(all.at + 29, crc_of_nothing, 4);
    return all;
}

static struct bytes noise(int width, int height)
{
    uint32_t state = 1;
    size_t size = 4 * (size_t)width * (size_t)height;
    uint8_t *pixels = mem_array(arena, uint8_t, size);
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525 + 1013904223;
        pixels[i] = (uint8_t)(state >> 24);
    }
    return jpeg_of(pixels, width, height, TJPF_BGRX);
}

/* --- What comes of them --- */

static struct picture prepared(struct bytes all)
{
    struct picture picture, checked;
    ck_assert_int_eq(picture_prepare(arena, all.at, all.size, &picture), PICTURE_GOOD);
    ck_assert_uint_le(picture.size, PICTURE_BYTES_MAX);
    ck_assert_int_eq(picture_check(picture.bytes, picture.size, &checked), PICTURE_GOOD);
    ck_assert_int_eq(checked.width, picture.width);
    ck_assert_int_eq(checked.height, picture.height);
    return picture;
}

static cairo_surface_t *seen(const struct picture *picture)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, picture->width, picture->height);
    tjhandle handle = tjInitDecompress();
    ck_assert_int_eq(tjDecompress2(handle, picture->bytes, picture->size,
                                   cairo_image_surface_get_data(surface), picture->width,
                                   cairo_image_surface_get_stride(surface), picture->height,
                                   TJPF_BGRX, 0),
                     0);
    tjDestroy(handle);
    return surface;
}

static bool is_near(uint32_t color, uint32_t wanted)
{
    for (int shift = 0; shift < 24; shift += 8)
        if (abs((int)(color >> shift & 0xff) - (int)(wanted >> shift & 0xff)) > 12)
            return false;
    return true;
}

/* The middle of each quarter, row by row. */
static void assert_quarters(const struct picture *picture, const uint32_t wanted[4])
{
    cairo_surface_t *surface = seen(picture);
    const uint8_t *data = cairo_image_surface_get_data(surface);
    for (int i = 0; i < 4; i++) {
        int x = picture->width * (1 + 2 * (i % 2)) / 4, y = picture->height * (1 + 2 * (i / 2)) / 4;
        const uint32_t *row =
            (const void *)(data + (ptrdiff_t)y * cairo_image_surface_get_stride(surface));
        ck_assert_msg(is_near(row[x], wanted[i]), "quarter %d is %06x, not %06x", i,
                      row[x] & 0xffffff, wanted[i]);
    }
    cairo_surface_destroy(surface);
}

static const uint32_t upright[4] = {RED, GREEN, BLUE, WHITE}, on_black[4] = {RED, GREEN, BLUE, 0};

START_TEST(a_small_picture_looks_as_it_did_but_for_what_is_transparent)
{
    arena = mem_arena(NULL, 0);
    struct picture picture = prepared(png(300, 200));
    ck_assert_int_eq(picture.width, 300);
    ck_assert_int_eq(picture.height, 200);
    assert_quarters(&picture, upright);
    picture = prepared(jpeg(300, 200));
    assert_quarters(&picture, on_black);
    mem_free(arena);
}
END_TEST

START_TEST(any_shape_fits_and_none_grows)
{
    static const struct {
        int width, height, shown_width, shown_height;
    } shapes[] = {{1, 1, 1, 1},           {1200, 800, 1200, 800}, {2400, 1600, 1200, 800},
                  {3000, 300, 1200, 120}, {300, 3000, 80, 800},   {8192, 1, 1200, 1},
                  {1, 8192, 1, 800},      {1203, 800, 1200, 798}};
    arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const struct bytes both[] = {png(shapes[i].width, shapes[i].height),
                                     jpeg(shapes[i].width, shapes[i].height)};
        for (size_t k = 0; k < 2; k++) {
            const struct picture picture = prepared(both[k]);
            ck_assert_int_eq(picture.width, shapes[i].shown_width);
            ck_assert_int_eq(picture.height, shapes[i].shown_height);
        }
    }
    const struct picture large = prepared(png(2400, 1600));
    assert_quarters(&large, upright);
    mem_free(arena);
}
END_TEST

START_TEST(a_photo_is_turned_as_its_exif_says_and_says_nothing_more)
{
    static const uint32_t quarters_of[9][4] = {{0},
                                               {RED, GREEN, BLUE, 0},
                                               {GREEN, RED, 0, BLUE},
                                               {0, BLUE, GREEN, RED},
                                               {BLUE, 0, RED, GREEN},
                                               {RED, BLUE, GREEN, 0},
                                               {BLUE, RED, 0, GREEN},
                                               {0, GREEN, BLUE, RED},
                                               {GREEN, 0, RED, BLUE}};
    arena = mem_arena(NULL, 0);
    for (uint8_t orientation = 1; orientation <= 8; orientation++)
        for (int big_endian = 0; big_endian < 2; big_endian++) {
            const struct picture picture =
                prepared(turned(jpeg(320, 160), orientation, big_endian));
            ck_assert_int_eq(picture.width, orientation < 5 ? 320 : 160);
            assert_quarters(&picture, quarters_of[orientation]);
            ck_assert_ptr_null(memmem(picture.bytes, picture.size, "SECRET", 6));
            ck_assert_ptr_null(memmem(picture.bytes, picture.size, "Exif", 4));
        }
    const struct picture strange = prepared(turned(jpeg(320, 160), 9, false));
    assert_quarters(&strange, on_black);
    mem_free(arena);
}
END_TEST

START_TEST(colours_of_print_become_those_of_screens)
{
    enum { SIDE = 64 };
    static const uint8_t adobe[] = {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0};
    static const uint32_t red[4] = {RED, RED, RED, RED};
    arena = mem_arena(NULL, 0);
    uint8_t *plain = mem_array(arena, uint8_t, 4 * SIDE * SIDE);
    uint8_t *inverted = mem_array(arena, uint8_t, 4 * SIDE * SIDE);
    for (size_t i = 0; i < 4 * SIDE * SIDE; i++) {
        plain[i] = i % 4 == 1 || i % 4 == 2 ? 255 : 0; /* magenta and yellow */
        inverted[i] = (uint8_t)(255 - plain[i]);
    }
    struct picture picture = prepared(jpeg_of(plain, SIDE, SIDE, TJPF_CMYK));
    struct bytes of_adobe = jpeg_of(inverted, SIDE, SIDE, TJPF_CMYK);
    bool says_so = memmem(of_adobe.at, of_adobe.size, "Adobe", 5) != NULL;
    if (says_so) /* the library writes the segment for all CMYK */
        picture = prepared(of_adobe);
    else
        picture = prepared(with_segment(of_adobe, 0xee, adobe, sizeof adobe));
    assert_quarters(&picture, red);
    mem_free(arena);
}
END_TEST

START_TEST(what_does_not_compress_gets_smaller)
{
    arena = mem_arena(NULL, 0);
    const struct picture picture = prepared(noise(1200, 800));
    ck_assert_int_ge(picture.width, 300);
    mem_free(arena);
}
END_TEST

static enum picture_fault fault_of(struct bytes all)
{
    struct picture picture;
    return picture_prepare(arena, all.at, all.size, &picture);
}

START_TEST(what_is_no_picture_is_told)
{
    static const char *const others[] = {"",
                                         "x",
                                         "GIF89a\1\0\1\0\0\0\0;",
                                         "<svg/>",
                                         "\x89PNG\r\n\x1a\n",
                                         "\xff\xd8\xff",
                                         "\xff\xd8\xff\xe1\xff\xff"};
    struct picture picture;
    arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ck_assert_int_eq(picture_prepare(arena, others[i], strlen(others[i]), &picture),
                         PICTURE_UNREADABLE);
    struct bytes both[] = {png(200, 100), jpeg(200, 100)};
    for (size_t k = 0; k < 2; k++)
        for (size_t kept = 0; kept + 13 < both[k].size; kept += 7)
            ck_assert_int_eq(fault_of((struct bytes){both[k].at, kept}), PICTURE_UNREADABLE);
    mem_free(arena);
}
END_TEST

START_TEST(a_bomb_is_not_unpacked)
{
    arena = mem_arena(NULL, 0);
    ck_assert_int_eq(fault_of(with_size(png(9, 9), 30000, 30000)), PICTURE_TOO_MANY_PIXELS);
    ck_assert_int_eq(fault_of(with_size(png(9, 9), 8193, 1)), PICTURE_TOO_MANY_PIXELS);
    ck_assert_int_eq(fault_of(with_size(png(9, 9), 0x80000000, 0x80000000)),
                     PICTURE_TOO_MANY_PIXELS);
    ck_assert_int_eq(fault_of(with_size(png(9, 9), 0, 0)), PICTURE_UNREADABLE);
    ck_assert_int_eq(fault_of(png(4097, 4097)), PICTURE_TOO_MANY_PIXELS);
    ck_assert_int_eq(fault_of(jpeg(8193, 8)), PICTURE_TOO_MANY_PIXELS);
    mem_free(arena);
}
END_TEST

START_TEST(what_is_said_to_be_prepared_keeps_the_bounds)
{
    struct picture picture;
    arena = mem_arena(NULL, 0);
    struct bytes wide = jpeg(1201, 10), high = jpeg(10, 801), good = jpeg(10, 10);
    struct bytes inks = jpeg_of(mem_array(arena, uint8_t, 400), 10, 10, TJPF_CMYK);
    ck_assert_int_eq(picture_check(wide.at, wide.size, &picture), PICTURE_TOO_MANY_PIXELS);
    ck_assert_int_eq(picture_check(high.at, high.size, &picture), PICTURE_TOO_MANY_PIXELS);
    ck_assert_int_eq(picture_check(good.at, good.size - 20, &picture), PICTURE_UNREADABLE);
    ck_assert_int_eq(picture_check(good.at, good.size, &picture), PICTURE_GOOD);
    ck_assert_int_eq(picture_check(png(9, 9).at, png(9, 9).size, &picture), PICTURE_UNREADABLE);
    ck_assert_int_eq(picture_check(inks.at, inks.size, &picture), PICTURE_UNREADABLE);
    ck_assert_int_eq(picture_check("none", 4, &picture), PICTURE_UNREADABLE);
    mem_free(arena);
}
END_TEST

CHECK_MAIN("picture", a_small_picture_looks_as_it_did_but_for_what_is_transparent,
           any_shape_fits_and_none_grows, a_photo_is_turned_as_its_exif_says_and_says_nothing_more,
           colours_of_print_become_those_of_screens, what_does_not_compress_gets_smaller,
           what_is_no_picture_is_told, a_bomb_is_not_unpacked,
           what_is_said_to_be_prepared_keeps_the_bounds)
