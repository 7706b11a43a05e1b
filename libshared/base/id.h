/* id: record ids are TypeIDs (typeid specification 0.3.0) over UUIDv7 (RFC 9562 section 5.7).
 *
 * e.g. order_01jz3w4v9he8qb2m5x7k6d0c1n: a prefix, an underscore, 26 characters of lower-case
 * Crockford base32. Ids sort by the millisecond they were made in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_SIZE 48        /* room for the longest id and its NUL */
#define ID_RANDOM 10      /* bytes of randomness an id takes */
#define ID_BASE32_SIZE 27 /* 128 bits in 26 digits, and the NUL */
#define UUID_SIZE 37      /* 8-4-4-4-12 and its NUL */

/* Any 16 bytes as 26 characters of that base32, e.g. a ticket's code. */
void id_base32(char out[ID_BASE32_SIZE], const uint8_t bytes[16]);
void id_make(char out[ID_SIZE], const char *prefix, int64_t wall_ms,
             const uint8_t random[ID_RANDOM]);
/* Whether `text` is a well-formed id of that prefix. */
bool id_valid(const char *prefix, const char *text);
/* Any 16 bytes as a UUIDv8 (RFC 9562 section 5.8) in text, for `urn:uuid:`. */
void id_uuid(char out[UUID_SIZE], const uint8_t bytes[16]);
