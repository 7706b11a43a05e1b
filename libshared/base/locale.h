/* locale: language tags (BCP 47, RFC 5646), such as es-MX. Pure; any thread. */
#pragma once

#include <stdbool.h>

#define LOCALE_MAX 35 /* characters; RFC 5646 section 4.4.1 */

/* Well-formed: subtags of at most 8 letters and digits, the first of letters alone. Whether there
 * is such a language is not asked. */
bool locale_valid(const char *tag);
/* Which of `tags` (ended by NULL) serves a reader who wants `wanted` (NULL: none does): the same,
 * or else the longest that it begins with (lookup, RFC 4647 section 3.4). -1: none. */
int locale_lookup(const char *wanted, const char *const *tags);
