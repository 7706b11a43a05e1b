/* ticket_code: tickets' codes as people and scanners write them. Pure; any thread. */
#pragma once

#include <stdbool.h>

/* The code in what was scanned or typed, in the arena: without blanks, line ends and hyphens,
 * letters that look like digits as those. Anything else stays as it is: it is no ticket's code. */
const char *ticket_code_read(const void *arena, const char *text);
/* Whether the text, so read, has the form of a code. */
bool ticket_code_is(const char *text);
