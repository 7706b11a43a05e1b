/* mail_lines: the lines of a mail end with CRLF (RFC 5322), whatever ends them in a text. Pure; the
 * result is in the arena. */
#pragma once

char *mail_lines(const void *arena, const char *text);
