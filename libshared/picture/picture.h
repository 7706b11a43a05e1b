/* picture: a picture that somebody uploads, made fit to be shown in mails, on tickets and on pages.
 *
 * PNG and JPEG are taken, as their bytes say. What comes of one is a JPEG that holds nothing but
 * what is seen: it is turned as its Exif says and has no metadata; it is scaled down, never up, to
 * fit PICTURE_WIDTH_MAX x PICTURE_HEIGHT_MAX; what is transparent is white, since a page may be
 * dark; its colours are sRGB; its quality is what keeps it within PICTURE_BYTES_MAX. So it fits a
 * message of Kafka and any mail, and stands in a PDF as it is.
 *
 * Preparing takes half a second and 140 MB at most, and some seconds if somebody means ill: no work
 * for a service's loop. Pure; any thread; results live in the arena given. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Of what is uploaded. */
#define PICTURE_UPLOAD_MAX (1024 * 1024) /* bytes */
#define PICTURE_SIDE_MAX 8192            /* pixels */
#define PICTURE_PIXELS_MAX (16 * 1024 * 1024)
/* Of what is shown. */
#define PICTURE_BYTES_MAX (128 * 1024)
#define PICTURE_WIDTH_MAX 1200
#define PICTURE_HEIGHT_MAX 800

#define PICTURE_MEDIA_TYPE "image/jpeg"

enum picture_fault { PICTURE_GOOD, PICTURE_UNREADABLE, PICTURE_TOO_MANY_PIXELS };
extern const char *const picture_fault_names[];

struct picture {
    int width, height;
    const void *bytes;
    size_t size;
};

enum picture_fault picture_prepare(const void *arena, const void *bytes, size_t size,
                                   struct picture *ret_picture) __attribute__((warn_unused_result));
/* Reads all of one that is said to be prepared, in some 10 ms: whether it can be shown, and keeps
 * the bounds. *ret_picture borrows the bytes. */
enum picture_fault picture_check(const void *bytes, size_t size, struct picture *ret_picture)
    __attribute__((warn_unused_result));
