/* try_limit: how often somebody may fail at one thing, such as opening an order with a wrong token:
 * TRIES_A_MINUTE at once, and as many again as a minute passes. What was right is not counted, and
 * what was right before is allowed however often others fail under the same name.
 *
 * Its memory is of a fixed size: of many names, some take the place of others, which then begin
 * anew. A name's place is drawn, so that nobody can choose whose place to take. One
 * thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TRIES_A_MINUTE 30

struct try_limit_try {
    const char *who;  /* and at what: the name that failures count for */
    const char *what; /* the secret that may be right */
};

struct try_limit;
struct try_limit *try_limit_new(const void *arena);
/* False: too often. `now` in milliseconds, of a clock that does not go back. */
bool try_limit_allows(struct try_limit *limit, const struct try_limit_try *one, int64_t now);
void try_limit_failed(struct try_limit *limit, const struct try_limit_try *one, int64_t now);
void try_limit_passed(struct try_limit *limit, const struct try_limit_try *one);
