/* common: what every stored record has. */
#pragma once

#include "libshared/record/record.h"

/* First in the struct of every stored record, so that it can be read as a `struct common`.
 * `version` moves with what people edit and makes the ETag; `rev` moves with every change. */
#define COMMON_MEMBERS                                                                             \
    const char *id;                                                                                \
    int64_t version;                                                                               \
    int64_t rev;                                                                                   \
    int64_t created_at, updated_at

struct common {
    COMMON_MEMBERS;
};

#define COMMON_FIELDS(T, prefix)                                                                   \
    FIELD_ID(T, id, prefix, .flags = READ_ONLY | SHOWN),                                           \
        FIELD(T, version, .flags = READ_ONLY, .summary = "Counts the edits; the ETag's value."),   \
        FIELD(T, rev, .flags = STORED_ONLY), FIELD_TIME(T, created_at, .flags = READ_ONLY),        \
        FIELD_TIME(T, updated_at, .flags = READ_ONLY)
