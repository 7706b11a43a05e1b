/* offsets: which messages of a partition have ended, so that only those are committed behind which
 * nothing is open. Messages begin in the order of their offsets and end in any. Pure; one thread;
 * lives in its arena. Offsets may have gaps. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct offsets;

struct offsets *offsets_new(const void *arena);
void offsets_begin(struct offsets *offsets, int64_t offset);
void offsets_end(struct offsets *offsets, int64_t offset);
/* True if more than last time can be committed: *ret_next is the first offset still open, or the
 * one behind the last that has begun. */
bool offsets_advanced(struct offsets *offsets, int64_t *ret_next);
