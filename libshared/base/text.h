/* text: UTF-8 helpers over utf8proc. Functions are pure; results live in the given arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Code points in valid UTF-8, as JSON Schema counts length. */
size_t text_length(const char *text);
/* Case-folded and normalised (NFKC_Casefold of Unicode), so that equal addresses compare equal.
 * `accents` false also strips marks. */
char *text_fold(const void *arena, const char *text, bool accents);
/* Lower-case hexadecimal of n bytes; out takes 2n + 1. */
void text_hex(char *out, const uint8_t *bytes, size_t n);
/* Whether every byte is printable ASCII (0x20 to 0x7e) and there is at least one. */
bool text_printable_ascii(const char *text);
