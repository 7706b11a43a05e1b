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
