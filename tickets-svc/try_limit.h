/* try_limit: how often one thing, such as an order, may be tried: TRIES_A_MINUTE at once, and as
 * many again as a minute passes.
 *
 * Its memory is of a fixed size: of many names, some take the place of others, which then begin
 * anew. A name's place is drawn, so that nobody can choose whose place to take. One
 * thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TRIES_A_MINUTE 30

struct try_limit;
struct try_limit *try_limit_new(const void *arena);
/* False: too often. `now` in milliseconds, of a clock that does not go back. */
bool try_limit_take(struct try_limit *limit, const char *name, int64_t now);
