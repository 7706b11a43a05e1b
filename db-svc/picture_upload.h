/* picture_upload: PUT …/picture: a picture is made fit to be shown (picture.h) on a thread beside
 * the loop, and goes on as the command event.set_picture. */
#pragma once

#include "libshared/service/service.h"

/* The thread; waits for no more than one picture when it ends. */
struct background;
int picture_upload_start(const struct service_context *context, struct background **ret_background)
    __attribute__((warn_unused_result));

/* The row's. */
facade_serve picture_upload_begin, picture_upload_serve;
extern const struct route_document picture_upload_document;
