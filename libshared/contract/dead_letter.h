/* dead_letter: a message that nobody could act on, as administrators see it. */
#pragma once

#include "libshared/record/record.h"

#define DEAD_LETTER_LIMIT_DEFAULT 50
#define DEAD_LETTER_LIMIT_MAX 500

enum dead_letter_status {
    DEAD_LETTER_UNSET,
    DEAD_LETTER_OPEN,
    DEAD_LETTER_RESENT,
    DEAD_LETTER_DISCARDED,
};
extern const char *const dead_letter_status_names[];

/* What a list is asked for. */
struct dead_letter_query {
    const char *topic, *reason; /* NULL: any */
    struct opt_time since, before;
    enum dead_letter_status status;
    struct opt_int64 limit;
    const char *cursor;
};
RECORD_OF(struct dead_letter_query, dead_letter_query_record);

/* Exactly one of both, but for a header without a value. */
struct dead_letter_header {
    const char *name, *value, *value_base64;
};
RECORD_OF(struct dead_letter_header, dead_letter_header_record);

struct dead_letter {
    const char *topic;
    int64_t partition, offset;
    int64_t at;
    enum dead_letter_status status;
    struct opt_time status_at;
    const char *reason;
    const char *type, *id, *source, *key;
    const char *original_topic;
    struct opt_int64 original_partition, original_offset;
    struct opt_time original_at;
    int64_t size;
    bool truncated;
    /* Of one that is looked at by itself. */
    LIST_OF(struct dead_letter_header) headers;
    const char *value, *value_base64;
};
RECORD_OF(struct dead_letter, dead_letter_record);
/* The same without headers and value. */
extern const struct record dead_letter_item_record;
