/* token: tokens of HTTP and lists of them (RFC 9110 section 5.6). Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether these bytes are a token: at least one, none that separates. */
bool token_valid(const char *text, size_t size);
/* Whether a comma-separated list has it, in any case. A NULL list has nothing. */
bool token_in_list(const char *list, const char *token);
