/* text: UTF-8 helpers over utf8proc and libidn2. Functions are pure; results live in the given
 * arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Code points in valid UTF-8, as JSON Schema counts length. */
size_t text_length(const char *text);
/* Case-folded and normalised (NFKC_Casefold of Unicode), so that equal addresses compare equal.
 * `accents` false also strips marks. */
char *text_fold(const void *arena, const char *text, bool accents);
/* An e-mail address: its domain as IDNA 2008 writes it for the wire, so that a domain in Unicode
 * and the same one as xn-- compare equal; what is before it folded as above, with accents. What is
 * no address is folded as a text. */
char *text_fold_email(const void *arena, const char *email);
/* Lower-case hexadecimal of n bytes; out takes 2n + 1. */
void text_hex(char *out, const uint8_t *bytes, size_t n);
/* Whether every byte is printable ASCII (0x20 to 0x7e) and there is at least one. */
bool text_printable_ascii(const char *text);
