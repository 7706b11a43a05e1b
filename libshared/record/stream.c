#include "libshared/record/stream.h"

#include "libshared/base/clock.h"

static void put(struct sink *sink, const char *name, json_t *value)
{
    struct json_sink *json = (struct json_sink *)sink;
    json_t *top = json->open[json->depth - 1];
    if (name == NULL)
        (void)json_array_append_new(top, value);
    else
        (void)json_object_set_new_nocheck(top, name, value);
}

static void put_string(struct sink *sink, const char *name, const char *value)
{
    put(sink, name, json_string(value));
}

static void put_int64(struct sink *sink, const char *name, int64_t value)
{
    put(sink, name, json_integer(value));
}

static void put_boolean(struct sink *sink, const char *name, bool value)
{
    put(sink, name, json_boolean(value));
}

static void put_time(struct sink *sink, const char *name, int64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(text, wall_ms);
    put(sink, name, json_string_nocheck(text));
}

static void begin(struct sink *sink, const char *name, bool list)
{
    struct json_sink *json = (struct json_sink *)sink;
    json_t *value = list ? json_array() : json_object();
    put(sink, name, value);
    json->open[json->depth++] = value;
}

static void end(struct sink *sink)
{
    ((struct json_sink *)sink)->depth--;
}

static const struct sink_ops json_ops = {put_string, put_int64, put_boolean, put_time, begin, end};

void json_sink_open(struct json_sink *sink)
{
    *sink = (struct json_sink){.sink.ops = &json_ops, .open = {json_object()}, .depth = 1};
}

json_t *json_sink_close(struct json_sink *sink)
{
    return sink->open[0];
}
