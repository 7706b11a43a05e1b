/* charset_reader: bytes of a text in some charset as UTF-8, as they come, by iconv. UTF-16's byte
 * order mark wins over the charset that was said. What is no text of it becomes the control
 * character U+0001, so that whoever reads on tells the line. The loop's thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* In any case: utf-8, utf-16, utf-16le, utf-16be, iso-8859-1, iso-8859-15, windows-1252, and other
 * names of them. ISO 8859-1 is read as Windows-1252, which has characters where the other has
 * controls, as browsers do. */
bool charset_is_known(const char *name);

struct charset_reader;
/* A known one; NULL: UTF-8, which is passed on as it is. */
struct charset_reader *charset_reader_new(const void *arena, const char *charset);
/* How many of the bytes it took: none while there is text that was not taken. */
size_t charset_reader_feed(struct charset_reader *reader, const char *bytes, size_t size);
/* No more bytes come; once all text was taken. */
void charset_reader_end(struct charset_reader *reader);
/* The text to be read next; *ret_size is 0 if there is none. Valid until the next call. */
const char *charset_reader_text(const struct charset_reader *reader, size_t *ret_size);
void charset_reader_take(struct charset_reader *reader, size_t size);
