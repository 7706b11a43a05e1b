/* stream: how a record's members leave it and come back, whatever the format.
 *
 * A kind of field writes itself once, to a `sink`; JSON and BSON are sinks. It reads what was
 * stored from a `source`, a cursor over an object's or a list's elements. A stored value of another
 * type than expected reads as false: the member stays unset. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sink;
struct sink_ops { /* `name` is NULL inside a list */
    void (*string)(struct sink *sink, const char *name, const char *value);
    void (*int64)(struct sink *sink, const char *name, int64_t value);
    void (*boolean)(struct sink *sink, const char *name, bool value);
    void (*time)(struct sink *sink, const char *name, int64_t wall_ms);
    void (*begin)(struct sink *sink, const char *name, bool list);
    void (*end)(struct sink *sink);
};
struct sink { /* first member of each implementation */
    const struct sink_ops *ops;
    unsigned left_out; /* flags of the fields that the record at hand, and those in it, leave out */
};

struct source;
struct source_ops {
    bool (*next)(struct source *source, const char **ret_name); /* steps on; false at the end */
    bool (*string)(const struct source *source, const void *arena, const char **ret_value);
    bool (*int64)(const struct source *source, int64_t *ret_value);
    bool (*boolean)(const struct source *source, bool *ret_value);
    bool (*time)(const struct source *source, int64_t *ret_wall_ms);
    /* A cursor over the object or list that the present element is; it lives in `arena`. */
    struct source *(*open)(const struct source *source, const void *arena);
};
struct source { /* first member of each implementation */
    const struct source_ops *ops;
};

/* A sink that builds a JSON value: times as RFC 3339 in UTC. */
#define STREAM_DEPTH 16
struct json_sink {
    struct sink sink;
    json_t *open[STREAM_DEPTH];
    size_t depth;
};
void json_sink_open(struct json_sink *sink);     /* begins with an empty object */
json_t *json_sink_close(struct json_sink *sink); /* the caller owns the object */

/* A sink that writes the same as text, compact, in an arena. Faster: for what is only sent on. */
struct text_sink {
    struct sink sink;
    const void *arena;
    char *text;
    size_t n, room;
    char closing[STREAM_DEPTH];
    size_t depth;
};
void text_sink_open(struct text_sink *sink, const void *arena); /* begins an object */
const char *text_sink_close(struct text_sink *sink);            /* in the arena */
