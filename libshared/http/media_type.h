/* media_type: Content-Type and Accept (RFC 9110 sections 8.3 and 12.5.1). Pure. */
#pragma once

#include <stdbool.h>

/* Whether a Content-Type names `type` (lower case, e.g. "text/csv"), whatever its parameters; a
 * charset other than UTF-8 (or its subset US-ASCII) is no match. NULL header: no. */
bool media_type_is(const char *header, const char *type);
/* Whether an Accept header lets `type` through. Lenient: none, or one not understood, lets all. */
bool media_type_accepted(const char *header, const char *type);
