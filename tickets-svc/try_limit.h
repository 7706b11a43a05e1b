/* try_limit: how often somebody may fail at one thing, such as opening an order with a wrong token,
 * or do what costs much: so many times a minute at once, and as many again as a minute passes. What
 * was right is not counted, and what was right before is allowed however often others fail under
 * the same name; what costs much is counted as it begins.
 *
 * Its memory is of a fixed size: of many names, some take the place of others, which then begin
 * anew. A name's place is drawn, so that nobody can choose whose place to take. One
 * thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct try_limit_try {
    const char *who;  /* and at what: the name that failures count for */
    const char *what; /* the secret that may be right */
};

struct try_limit;
struct try_limit *try_limit_new(const void *arena, int64_t a_minute);
/* False: too often. `now` in milliseconds, of a clock that does not go back. */
bool try_limit_allows(struct try_limit *limit, const struct try_limit_try *one, int64_t now);
void try_limit_failed(struct try_limit *limit, const struct try_limit_try *one, int64_t now);
void try_limit_passed(struct try_limit *limit, const struct try_limit_try *one);
/* Counts what costs much, whatever comes of it. False: too often. */
bool try_limit_take(struct try_limit *limit, const char *who, int64_t now);
