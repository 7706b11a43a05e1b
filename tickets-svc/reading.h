/* reading: records out of what db-svc sends, without the members that a later one may add. */
#pragma once

#include "libshared/record/record.h"

/* The record's text is in `arena`. -EBADMSG: it is no such record. */
int reading_decode(void *arena, const struct record *record, const json_t *json, void *ret)
    __attribute__((warn_unused_result));
