/* json_text: JSON as it arrives (RFC 8259), with numbers of any size.
 *
 * A number that jansson cannot hold becomes the nearest that it can, so that whoever decodes it
 * says where it stands and that it is out of bounds, with all other faults. Pure; any thread. */
#pragma once

#include <jansson.h>
#include <stddef.h>

/* NULL: it is no JSON in UTF-8, or an object names a member twice. The caller owns the value. */
json_t *json_text_load(const char *text, size_t size);
