#include "tests/simulation/mongo/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In MongoDB's order of types. */
enum tag { TAG_NULL = 1, TAG_NUMBER, TAG_TEXT, TAG_BINARY, TAG_BOOL, TAG_TIME, TAG_OTHER };

static void append(struct key *key, const void *bytes, size_t n)
{
    if (key->n + n > KEY_BYTES) {
        fprintf(stderr, "simulated database: a key is too long\n");
        abort();
    }
    memcpy(key->bytes + key->n, bytes, n);
    key->n += n;
}

static void append_tag(struct key *key, enum tag tag)
{
    append(key, &(uint8_t){(uint8_t)tag}, 1);
}

static void append_number(struct key *key, enum tag tag, int64_t number)
{
    uint8_t bytes[8];
    uint64_t ordered = (uint64_t)number ^ (UINT64_C(1) << 63);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(ordered >> (56 - 8 * i));
    append_tag(key, tag);
    append(key, bytes, sizeof bytes);
}

static void append_binary(struct key *key, const bson_iter_t *at)
{
    uint32_t n;
    const uint8_t *bytes;
    bson_iter_binary(at, NULL, &n, &bytes);
    append_tag(key, TAG_BINARY);
    append(key, &(uint8_t){(uint8_t)n}, 1);
    append(key, bytes, n);
}

static void append_text(struct key *key, const bson_iter_t *at)
{
    uint32_t n;
    const char *text = bson_iter_utf8(at, &n);
    append_tag(key, TAG_TEXT);
    append(key, text, n + 1);
}

void value_append_null(struct key *key)
{
    append_tag(key, TAG_NULL);
}

bool value_is_null(const uint8_t *bytes, size_t n)
{
    return n == 1 && bytes[0] == TAG_NULL;
}

void value_append(struct key *key, const bson_iter_t *at)
{
    switch (bson_iter_type(at)) {
    case BSON_TYPE_NULL:
        value_append_null(key);
        break;
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
    case BSON_TYPE_DOUBLE:
        append_number(key, TAG_NUMBER, bson_iter_as_int64(at));
        break;
    case BSON_TYPE_UTF8:
        append_text(key, at);
        break;
    case BSON_TYPE_BINARY:
        append_binary(key, at);
        break;
    case BSON_TYPE_BOOL:
        append_number(key, TAG_BOOL, bson_iter_bool(at));
        break;
    case BSON_TYPE_DATE_TIME:
        append_number(key, TAG_TIME, bson_iter_date_time(at));
        break;
    default: /* documents and arrays: equal to nothing that is asked for */
        append_tag(key, TAG_OTHER);
        break;
    }
}

int value_compare(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b)
{
    int order = memcmp(a, b, n_a < n_b ? n_a : n_b);
    return order != 0 ? order : (n_a > n_b) - (n_a < n_b);
}

/* --- Paths --- */

static size_t walk_elements(const bson_iter_t *array, const char *rest, value_each *each,
                            void *context);

static size_t walk_document(const bson_iter_t *at, const char *rest, value_each *each,
                            void *context)
{
    uint32_t length;
    const uint8_t *bytes;
    bson_t document;
    bson_iter_document(at, &length, &bytes);
    return bson_init_static(&document, bytes, length) ? value_walk(&document, rest, each, context)
                                                      : 0;
}

static size_t walk_value(const bson_iter_t *at, const char *rest, value_each *each, void *context)
{
    if (BSON_ITER_HOLDS_ARRAY(at))
        return walk_elements(at, rest, each, context);
    if (rest != NULL)
        return BSON_ITER_HOLDS_DOCUMENT(at) ? walk_document(at, rest, each, context) : 0;
    each(context, at);
    return 1;
}

static size_t walk_elements(const bson_iter_t *array, const char *rest, value_each *each,
                            void *context)
{
    bson_iter_t element;
    size_t n = 0;
    if (!bson_iter_recurse(array, &element))
        return 0;
    while (bson_iter_next(&element))
        n += walk_value(&element, rest, each, context);
    return n;
}

size_t value_walk(const bson_t *document, const char *path, value_each *each, void *context)
{
    const char *dot = strchr(path, '.');
    size_t length = dot != NULL ? (size_t)(dot - path) : strlen(path);
    bson_iter_t at;
    if (!bson_iter_init_find_w_len(&at, document, path, (int)length))
        return 0;
    return walk_value(&at, dot != NULL ? dot + 1 : NULL, each, context);
}

void value_members_read(const bson_t *document, struct value_members *ret_members)
{
    bson_iter_t at;
    ret_members->document = document;
    ret_members->n = 0;
    if (!bson_iter_init(&at, document))
        return;
    while (ret_members->n < VALUE_MEMBERS && bson_iter_next(&at)) {
        ret_members->of[ret_members->n].length = bson_iter_key_len(&at);
        ret_members->of[ret_members->n++].at = at;
    }
}

size_t value_walk_members(const struct value_members *members, const char *path, value_each *each,
                          void *context)
{
    const char *dot = strchr(path, '.');
    size_t length = dot != NULL ? (size_t)(dot - path) : strlen(path);
    for (size_t i = 0; i < members->n; i++)
        if (members->of[i].length == length &&
            memcmp(bson_iter_key(&members->of[i].at), path, length) == 0)
            return walk_value(&members->of[i].at, dot != NULL ? dot + 1 : NULL, each, context);
    return members->n < VALUE_MEMBERS ? 0 : value_walk(members->document, path, each, context);
}
