#include "libshared/picture/ticket_pdf.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <time.h>

#include "libshared/base/color.h"
#include "libshared/base/mem.h"
#include "libshared/picture/qr.h"

/* Points. */
#define PAGE_WIDTH 595.28
#define PAGE_HEIGHT 841.89
#define MARGIN 56.0
#define WIDTH (PAGE_WIDTH - 2 * MARGIN)
#define GAP 24.0 /* four of a QR code's modules and more */
#define QR_WIDTH 190.0
#define PICTURE_HEIGHT 162.0
#define PICTURE_POINTS 0.75 /* the most that a pixel takes */
#define SMALLEST 0.5        /* of the size that is wanted */

#define FAMILIES "Noto Sans, DejaVu Sans, sans-serif"
#define CODE_FAMILIES "Noto Sans Mono, DejaVu Sans Mono, monospace"

struct ticket_pdf {
    pthread_mutex_t lock;
    PangoFontMap *fonts; /* NULL until the first ticket: they take memory */
    PangoContext *context;
};

static int close_drawer(struct ticket_pdf *drawer)
{
    g_clear_object(&drawer->context);
    g_clear_object(&drawer->fonts);
    (void)pthread_mutex_destroy(&drawer->lock);
    return 0;
}

struct ticket_pdf *ticket_pdf_open(const void *arena)
{
    struct ticket_pdf *drawer = mem_new(arena, struct ticket_pdf);
    (void)pthread_mutex_init(&drawer->lock, NULL);
    talloc_set_destructor(drawer, close_drawer);
    return drawer;
}

static void find_fonts(struct ticket_pdf *drawer)
{
    if (drawer->fonts != NULL)
        return;
    drawer->fonts = pango_cairo_font_map_new();
    drawer->context = pango_font_map_create_context(drawer->fonts);
}

/* --- Text --- */

struct place {
    double x, y, width, height; /* the most that it may take */
    double size;
    const char *families;
    bool bold;
};

struct drawing {
    cairo_t *cairo;
    PangoContext *context;
    const struct picture *picture; /* that of `pixels` */
    cairo_surface_t *pixels;       /* one for all pages, so that it stands in the file once */
};

/* One paragraph of what is no UTF-8 as well. The caller frees it. */
static char *one_line(const char *text)
{
    char *line = g_utf8_make_valid(text != NULL ? text : "", -1);
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    return line;
}

static void set_size(PangoLayout *layout, const struct place *place, double size)
{
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family(font, place->families);
    pango_font_description_set_weight(font, place->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
}

static double height_of(PangoLayout *layout)
{
    int width, height;
    pango_layout_get_size(layout, &width, &height);
    return (double)height / PANGO_SCALE;
}

static void fit(PangoLayout *layout, const struct place *place)
{
    double size = place->size;
    set_size(layout, place, size);
    while (height_of(layout) > place->height && size > place->size * SMALLEST) {
        size *= 0.9;
        set_size(layout, place, size);
    }
    if (height_of(layout) <= place->height)
        return;
    pango_layout_set_height(layout, (int)(place->height * PANGO_SCALE));
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
}

/* A name has those that it has. */
static void without_hyphens(PangoLayout *layout)
{
    PangoAttrList *attributes = pango_attr_list_new();
    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
    pango_layout_set_attributes(layout, attributes);
    pango_attr_list_unref(attributes);
}

/* The height that it took. */
static double put_text(const struct drawing *drawing, const char *text, const struct place *place)
{
    if (text == NULL || *text == '\0')
        return 0;
    char *line = one_line(text);
    PangoLayout *layout = pango_layout_new(drawing->context);
    pango_layout_set_text(layout, line, -1);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    pango_layout_set_width(layout, (int)(place->width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    without_hyphens(layout);
    fit(layout, place);
    cairo_move_to(drawing->cairo, place->x, place->y);
    pango_cairo_show_layout(drawing->cairo, layout);
    double height = height_of(layout);
    g_object_unref(layout);
    g_free(line);
    return height;
}

/* --- A page --- */

/* A row's dark modules, each run of them as one rectangle. */
static void add_row(cairo_t *cairo, const bool *dark, size_t width, double x, double y)
{
    double side = QR_WIDTH / (double)width;
    for (size_t at = 0; at < width; at++) {
        size_t from = at;
        while (at < width && dark[at])
            at++;
        if (at > from)
            cairo_rectangle(cairo, x + (double)from * side, y, (double)(at - from) * side, side);
    }
}

static void put_qr(const struct drawing *drawing, const char *text, double x, double y)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const struct qr_modules modules = qr_modules(arena, text);
    for (size_t row = 0; row < modules.width; row++)
        add_row(drawing->cairo, modules.dark + row * modules.width, modules.width, x,
                y + (double)row * QR_WIDTH / (double)modules.width);
    cairo_fill(drawing->cairo);
}

static void put_line(const struct drawing *drawing, double y)
{
    cairo_set_line_width(drawing->cairo, 1);
    cairo_move_to(drawing->cairo, MARGIN, y);
    cairo_line_to(drawing->cairo, MARGIN + WIDTH, y);
    cairo_stroke(drawing->cairo);
}

/* Says nothing: it may be printed in black and white. */
static void put_bar(const struct drawing *drawing, const char *color)
{
    if (color == NULL || !color_valid(color))
        return;
    const struct color_rgb rgb = color_rgb(color);
    cairo_set_source_rgb(drawing->cairo, rgb.red, rgb.green, rgb.blue);
    cairo_rectangle(drawing->cairo, MARGIN, MARGIN - GAP, WIDTH, GAP / 2);
    cairo_fill(drawing->cairo);
}

static double smaller(double one, double other)
{
    return one < other ? one : other;
}

/* The file takes the JPEG as it is, and no pixels. */
static cairo_surface_t *pixels_of(const struct picture *picture)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, picture->width, picture->height);
    (void)cairo_surface_set_mime_data(surface, CAIRO_MIME_TYPE_JPEG, picture->bytes, picture->size,
                                      NULL, NULL);
    return surface;
}

/* The height that it took. */
static double put_picture(struct drawing *drawing, const struct picture *picture, double y)
{
    if (picture == NULL)
        return 0;
    if (drawing->picture != picture) {
        cairo_surface_destroy(drawing->pixels);
        drawing->picture = picture;
        drawing->pixels = pixels_of(picture);
    }
    double fits = smaller(WIDTH / picture->width, PICTURE_HEIGHT / picture->height);
    double scale = smaller(PICTURE_POINTS, fits);
    cairo_save(drawing->cairo);
    cairo_translate(drawing->cairo, MARGIN, y);
    cairo_scale(drawing->cairo, scale, scale);
    cairo_set_source_surface(drawing->cairo, drawing->pixels, 0, 0);
    cairo_paint(drawing->cairo);
    cairo_restore(drawing->cairo);
    return picture->height * scale + GAP / 2;
}

static double put_event(const struct drawing *drawing, const struct ticket_pdf_page *page, double y)
{
    struct place place = {MARGIN, y, WIDTH, 130, 30, FAMILIES, true};
    place.y += put_text(drawing, page->event, &place) + GAP / 2;
    place.size = 15;
    place.bold = false;
    place.height = 50;
    place.y += put_text(drawing, page->when, &place);
    return place.y + put_text(drawing, page->where, &place) + GAP;
}

static void put_ticket(const struct drawing *drawing, const struct ticket_pdf_page *page, double y)
{
    double x = MARGIN + QR_WIDTH + 2 * GAP;
    struct place place = {x, y, MARGIN + WIDTH - x, 80, 20, FAMILIES, true};
    put_qr(drawing, page->read, MARGIN, y);
    place.y += put_text(drawing, page->type, &place) + GAP / 2;
    place.size = 15;
    place.bold = false;
    place.height = 70;
    place.y += put_text(drawing, page->holder, &place) + GAP / 2;
    place.size = 12;
    place.height = 30;
    place.families = CODE_FAMILIES;
    (void)put_text(drawing, page->code, &place);
}

static void put_page(struct drawing *drawing, const struct ticket_pdf_page *page)
{
    put_bar(drawing, page->color);
    cairo_set_source_rgb(drawing->cairo, 0, 0, 0);
    double y = put_event(drawing, page, MARGIN + put_picture(drawing, page->picture, MARGIN));
    put_line(drawing, y);
    put_ticket(drawing, page, y + GAP);
    put_line(drawing, y + QR_WIDTH + 2 * GAP);
    cairo_show_page(drawing->cairo);
}

/* --- The file --- */

static cairo_status_t keep(void *out, const unsigned char *bytes, unsigned int size)
{
    return fwrite(bytes, 1, size, out) == size ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static void date_it(cairo_surface_t *surface, int64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;
    char text[40];
    (void)gmtime_r(&seconds, &parts);
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, text);
}

static void draw(struct ticket_pdf *drawer, FILE *out, const struct ticket_pdf_page *pages,
                 size_t n, int64_t wall_ms)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(keep, out, PAGE_WIDTH, PAGE_HEIGHT);
    cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_4);
    date_it(surface, wall_ms);
    struct drawing drawing = {.cairo = cairo_create(surface), .context = drawer->context};
    pango_cairo_update_context(drawing.cairo, drawer->context);
    for (size_t i = 0; i < n; i++)
        put_page(&drawing, &pages[i]);
    cairo_destroy(drawing.cairo);
    cairo_surface_finish(surface);
    cairo_surface_destroy(drawing.pixels);
    cairo_surface_destroy(surface);
}

struct ticket_pdf_file ticket_pdf_draw(struct ticket_pdf *drawer, const void *arena,
                                       const struct ticket_pdf_page *pages, size_t n,
                                       int64_t wall_ms)
{
    char *buffer = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&buffer, &size);
    if (out == NULL)
        abort();
    (void)pthread_mutex_lock(&drawer->lock);
    find_fonts(drawer);
    draw(drawer, out, pages, n, wall_ms);
    (void)pthread_mutex_unlock(&drawer->lock);
    (void)fclose(out);
    const struct ticket_pdf_file file = {.bytes = mem_dup(arena, buffer, size), .size = size};
    free(buffer);
    return file;
}
