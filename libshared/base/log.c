#include "libshared/base/log.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libshared/base/clock.h"

static struct {
    const char *service;
    enum log_level least;
} log_to = {.service = "", .least = LOG_WARNING};

static _Thread_local struct log_trace trace;

static const char *const level_names[] = {"error", "warning", "info", "debug"};

void log_open(const char *service, enum log_level least)
{
    log_to.service = service;
    log_to.least = least;
}

int log_level_parse(const char *text, enum log_level *ret_level)
{
    for (unsigned i = 0; i < sizeof level_names / sizeof *level_names; i++)
        if (strcmp(text, level_names[i]) == 0) {
            *ret_level = (enum log_level)i;
            return 0;
        }
    return -EINVAL;
}

const char *log_errno_text(int negative_errno)
{
    const char *text = strerrordesc_np(-negative_errno);
    return text != NULL ? text : "unknown error";
}

struct log_trace log_trace_set(const char *trace_id)
{
    const struct log_trace before = trace;
    const size_t size = trace_id != NULL ? strnlen(trace_id, sizeof trace.id - 1) : 0;
    if (size > 0)
        memcpy(trace.id, trace_id, size);
    trace.id[size] = '\0';
    return before;
}

struct log_trace log_trace_get(void)
{
    return trace;
}

void log_trace_restore(const struct log_trace *before)
{
    trace = *before;
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    if (level > log_to.least)
        return;
    char now[CLOCK_TEXT_SIZE];
    clock_format(now, clock_wall_ms());
    json_t *line = json_pack("{ssssssss}", "time", now, "level", level_names[level], "service",
                             log_to.service, "event", event);
    for (; fields->name != NULL; fields++) {
        json_t *value =
            fields->text != NULL ? json_string(fields->text) : json_integer(fields->number);
        if (value == NULL) /* not UTF-8: what a foreign library said may be anything */
            value = json_string("(unprintable)");
        (void)json_object_set_new(line, fields->name, value);
    }
    if (trace.id[0] != '\0')
        (void)json_object_set_new(line, "trace_id", json_string(trace.id));
    char *text = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    size_t length = strlen(text);
    text[length] = '\n'; /* in the place of the NUL: one write is one line */
    (void)!write(STDERR_FILENO, text, length + 1);
    free(text);
}
