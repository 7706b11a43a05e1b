/* conditional: entity tags and preconditions (RFC 9110 sections 8.8.3 and 13). Pure.
 *
 * A record's tag is its version in quotes; `etag` NULL means there is no record. */
#pragma once

#include <stdbool.h>

/* Whether a header is "*" or a list of entity tags. Refuse others with 400. */
bool conditional_valid(const char *header);
/* If-Match: strong comparison. True for an absent (NULL) header. */
bool conditional_if_match(const char *header, const char *etag);
/* If-None-Match: weak comparison; false if one matches. True for an absent (NULL) header. */
bool conditional_if_none_match(const char *header, const char *etag);
