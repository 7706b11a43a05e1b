/* event_picture: the picture of an event. The event has what is known of it; its bytes are kept in
 * a record of their own, so that no sale reads them. They are as picture.h prepares them. */
#pragma once

#include "libshared/contract/common.h"

struct event_picture {
    const char *sha256; /* of its bytes, in hexadecimal: another picture has another one */
    const char *content_type;
    int64_t width, height; /* pixels */
    int64_t size;          /* bytes */
    const char *alt;       /* for those who do not see it; NULL: not said */
};

/* event.set_picture: what becomes the picture. */
struct picture_upload {
    const char *data, *alt; /* `data`: in base64 */
};

/* The bytes of an event's picture; the id is the event's. */
struct picture_file {
    COMMON_MEMBERS;
    const char *event_id, *sha256, *content_type;
    int64_t width, height;
    const char *data;      /* in base64 */
    struct opt_bool draft; /* where it is shown: so is the event */
};

RECORD_OF(struct event_picture, event_picture_record);
RECORD_OF(struct picture_upload, picture_upload_record);
RECORD_OF(struct picture_file, picture_file_record);
RECORD_OF(struct picture_file, shown_picture_file_record);
