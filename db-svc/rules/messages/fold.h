/* fold: content lines of iCalendar, cut where they are longer than 75 octets (RFC 5545
 * section 3.1). Pure; any thread. */
#pragma once

/* Folds anew what a library may have folded, in the arena: lines end with CR and LF, and are cut
 * neither within a character of UTF-8 nor within their end. */
char *fold_lines(const void *arena, const char *text);
