/* value: BSON values as bytes that compare as MongoDB compares the values.
 *
 * Only what the store writes: text, whole numbers, times, truth values, binary, and null for what
 * is missing. */
#pragma once

#include <bson/bson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_BYTES 2048
struct key {
    size_t n;
    uint8_t bytes[KEY_BYTES];
};

/* Appends the value. Ends the process at one of a kind or size that is not known. */
void value_append(struct key *key, const bson_iter_t *at);
void value_append_null(struct key *key);
bool value_is_null(const uint8_t *bytes, size_t n);
int value_compare(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b);

/* Calls `each` with every value at the dotted path, of arrays with their elements; returns how many
 * there were. */
typedef void value_each(void *context, const bson_iter_t *at);
size_t value_walk(const bson_t *document, const char *path, value_each *each, void *context);

/* Where a document's members are: of one whose paths are walked many at a time. It goes with the
 * document. Those that have no place are looked for. */
#define VALUE_MEMBERS 48
struct value_members {
    const bson_t *document;
    size_t n;
    struct {
        size_t length; /* of its name */
        bson_iter_t at;
    } of[VALUE_MEMBERS];
};
void value_members_read(const bson_t *document, struct value_members *ret_members);
size_t value_walk_members(const struct value_members *members, const char *path, value_each *each,
                          void *context);
