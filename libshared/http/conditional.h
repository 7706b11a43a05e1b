/* conditional: entity tags and preconditions (RFC 9110 sections 8.8.3 and 13). Pure.
 *
 * A record's tag is its version in quotes; `etag` NULL means there is no record. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CONDITIONAL_ETAG_SIZE 24
void conditional_etag(char out[CONDITIONAL_ETAG_SIZE], int64_t version);

/* Whether a header is "*" or a list of entity tags. What is not should be refused with 400. */
bool conditional_valid(const char *header);
/* If-Match: strong comparison. True for an absent (NULL) header. */
bool conditional_if_match(const char *header, const char *etag);
/* If-None-Match: weak comparison; false if one matches. True for an absent (NULL) header. */
bool conditional_if_none_match(const char *header, const char *etag);

enum conditional_outcome {
    CONDITIONAL_PROCEED,
    CONDITIONAL_NOT_MODIFIED, /* 304, on GET and HEAD */
    CONDITIONAL_FAILED,       /* 412 */
};
/* Both headers in their order of precedence. `reading`: GET or HEAD. */
enum conditional_outcome conditional_check(bool reading, const char *if_match,
                                           const char *if_none_match, const char *etag);
