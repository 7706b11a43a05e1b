/* picture_answer: the picture of an event as the answer to a request, with an entity tag that
 * changes with its bytes. */
#pragma once

#include "libshared/picture/picture.h"
#include "libshared/service/facade.h"

struct picture_file_read {
    const char *sha256;
    bool draft; /* the event is one: for those alone who may see it */
    struct picture picture;
};
/* Answers with the file; the bytes are copied. */
void picture_answer(struct facade_call *call, const struct picture_file_read *file);
/* Reads what picture.get is answered with; false: it cannot be read. In the arena. */
bool picture_answer_read(void *arena, const void *body, size_t size,
                         struct picture_file_read *ret_file) __attribute__((warn_unused_result));
/* Of rows with picture.get. */
facade_show picture_answer_show;
extern const struct route_document picture_document;
