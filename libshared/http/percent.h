/* percent: percent-encoding (RFC 3986 section 2.1). Pure; results live in the given arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Decodes `size` bytes; `plus` also turns + into a space, as forms do. NULL if an escape is broken,
 * or the result has a NUL or is not UTF-8. */
char *percent_decode(const void *arena, const char *text, size_t size, bool plus);
