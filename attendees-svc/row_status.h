/* row_status: whether a status in a list says that somebody does not come: cancelled, refunded and
 * the like, in several languages. Pure. */
#pragma once

#include <stdbool.h>

bool row_status_is_gone(const void *arena, const char *status);
