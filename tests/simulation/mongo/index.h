/* index: an ordered list of keys, each of which leads to a slot.
 *
 * A skip list; its levels follow from a counter, so that the same calls make the same list. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INDEX_LEVELS 16

struct slot;
struct entry {
    struct slot *slot;
    uint32_t users; /* versions of the slot that have the key */
    uint32_t n;
    const uint8_t *bytes;
    struct entry *next[];
};
struct index {
    struct entry *first[INDEX_LEVELS];
    uint64_t made;
};

void index_add(struct index *index, const uint8_t *bytes, size_t n, struct slot *slot);
void index_remove(struct index *index, const uint8_t *bytes, size_t n);
/* The first entry that is not less; NULL: there is none. */
struct entry *index_from(const struct index *index, const uint8_t *bytes, size_t n);
void index_clear(struct index *index);
