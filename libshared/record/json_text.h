/* json_text: JSON as text (RFC 8259): as it arrives, with numbers of any size, and as it leaves.
 *
 * A number that jansson cannot hold becomes the nearest that it can, so that whoever decodes it
 * says where it stands and that it is out of bounds, with all other faults. Pure; any thread. */
#pragma once

#include <jansson.h>
#include <stddef.h>

/* NULL: it is no JSON in UTF-8, or an object names a member twice. The caller owns the value. */
json_t *json_text_load(const char *text, size_t size);
/* Without blanks, in the arena. */
char *json_text_dump(const void *arena, const json_t *json);
/* Likewise, of a value that goes with it. */
char *json_text_take(const void *arena, json_t *json_take);
