/* tolerant: reads records that another of our programs has sent.
 *
 * Members that a later release may add are passed over, in nested records too, and texts are taken
 * as they are, whatever their length: the sender has checked them. Kinds, ids, numbers, names of
 * enums and what must be there are checked. Any thread. */
#pragma once

#include "libshared/record/record.h"

/* The record's text is in `arena`. -EBADMSG: it is no such record; then *ret is not to be used. */
int record_decode_tolerant(void *arena, const struct record *record, const json_t *json, void *ret)
    __attribute__((warn_unused_result));
