#include "libshared/record/tolerant.h"

#include <errno.h>

int record_decode_tolerant(void *arena, const struct record *record, const json_t *json, void *ret)
{
    struct violations violations = {.arena = arena};
    struct decoder decoder = {.arena = arena, .violations = &violations, .tolerant = true};
    return record_decode(&decoder, record, json, ret) ? 0 : -EBADMSG;
}
