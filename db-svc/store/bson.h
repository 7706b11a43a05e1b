/* bson: records to BSON and back, by way of libshared/record's streams. Internal to the store.
 *
 * The member `id` is stored as `_id`, times as dates. */
#pragma once

#include <bson/bson.h>

#include "libshared/record/record.h"

/* Appends to `document`, which stays the caller's. */
struct bson_sink {
    struct sink sink;
    bson_t *document;
    struct bson_level {
        bson_t document;
        bool list;
        uint32_t n;
    } levels[STREAM_DEPTH];
    size_t depth;
};
void bson_sink_open(struct bson_sink *sink, bson_t *document);

/* The record that `document` holds. It and its text live in `arena`. */
void *bson_record(const void *arena, const struct record *record, const bson_t *document);

/* name: text, or name: [texts] if there are several: an index of lists costs the server more. */
void bson_one_or_texts(bson_t *document, const char *name, const char *const *texts, size_t n);
/* name: [texts], name: {$in: texts}, sort: {first: direction, second: direction} */
void bson_texts(bson_t *document, const char *name, const char *const *texts, size_t n);
void bson_any_of(bson_t *filter, const char *name, const char *const *texts, size_t n);
void bson_sort(bson_t *options, const char *first, const char *second, int32_t direction);

/* How the documents of an answer are handled: each is read as a record and given to `each`. */
struct bson_to_each {
    const void *arena;
    const struct record *record;
    void (*each)(void *context, void *record);
    void *context;
};
/* A mongo_each; `to` is the struct above. */
bool bson_to_each(void *to, const bson_t *document);
