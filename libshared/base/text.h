/* text: UTF-8 helpers over utf8proc and libidn2. Functions are pure; results live in the given
 * arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Whether a text is a name that it is compared with one by one: most differ from it in their first
 * byte, and need no call. */
static inline bool text_is(const char *text, const char *name)
{
    return *text == *name && strcmp(text, name) == 0;
}

/* Code points in valid UTF-8, as JSON Schema counts length. */
size_t text_length(const char *text);
/* How many bytes JSON takes for it, without the quotes; of text without control characters. */
size_t text_json_bytes(const char *text);
/* Case-folded and normalised (NFKC_Casefold of Unicode), so that equal addresses compare equal.
 * `accents` false also strips marks and strokes, for searching: "ł" is "l", "æ" is "ae". */
char *text_fold(const void *arena, const char *text, bool accents);
/* An e-mail address: its domain as IDNA 2008 writes it for the wire, so that a domain in Unicode
 * and the same one as xn-- compare equal; what is before it folded as above, with accents. Other
 * text is folded as by text_fold(). */
char *text_fold_email(const void *arena, const char *email);
/* Whether it is a line that shows as it reads: no control characters (C0, DEL, C1), no separators
 * of lines, and no characters that override or embed a direction of writing or end that. */
bool text_is_line(const char *text);
/* Whether nothing of it shows: blanks of any kind, marks of no width, fillers. "" is blank. */
bool text_is_blank(const char *text);
/* Lower-case hexadecimal of n bytes; out takes 2n + 1. */
void text_hex(char *out, const uint8_t *bytes, size_t n);
/* The decimal digits of a number, behind a minus below 0, and a NUL; how long that is without it.
 * For what is written often: snprintf() reads its format each time. */
#define TEXT_NUMBER 21
size_t text_number(char out[TEXT_NUMBER], int64_t number);
/* Whether both are the same text, or both are NULL. */
bool text_equal(const char *one, const char *other);
/* The value of a hexadecimal digit; -1: it is none. */
int text_hex_value(char c);
/* Whether every byte is printable ASCII (0x20 to 0x7e) and there is at least one. */
bool text_printable_ascii(const char *text);
