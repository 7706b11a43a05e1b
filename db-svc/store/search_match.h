/* search_match: whether a record is one that a search is for; the terms by which it was found only
 * come near that. Internal to the store. Pure; any thread. */
#pragma once

#include "db-svc/store/collection.h"

/* Whether each word of `q` (folded) is the beginning of some word of one and the same person of the
 * record, an address (with an @) of any, or `q` its phone number. Scratch memory is the arena's. */
bool search_match(const struct collection *collection, const void *record, const void *arena,
                  const char *q);
