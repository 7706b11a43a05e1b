/* log: one JSON object a line on standard error.
 *
 *   log_info("kafka.assigned", LOG_STR("topic", topic), LOG_INT("partitions", n));
 *
 * Members are time, level, service, event and the given fields. No personal data and no ticket
 * codes go into a field. Library code returns errors; loops and main() log them, once. Any thread.
 */
#pragma once

#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct log_field {
    const char *name;
    const char *text; /* NULL: the number counts */
    int64_t number;
};
#define LOG_STR(n, v) ((struct log_field){.name = (n), .text = (v) != NULL ? (v) : ""})
#define LOG_INT(n, v) ((struct log_field){.name = (n), .number = (int64_t)(v)})
/* The trace that a line belongs to, as the last of its fields; "" or NULL: none. */
#define LOG_TRACE(v)                                                                               \
    ((struct log_field){.name = (v) != NULL && *(v) != '\0' ? "trace_id" : NULL, .text = (v)})
/* A negated errno, as its text. */
#define LOG_ERRNO(r) ((struct log_field){.name = "error", .text = log_errno_text(r)})

/* Once, before any thread starts. `service` is borrowed for good. */
void log_open(const char *service, enum log_level least);
/* False if `text` is none of error, warning, info, debug. */
int log_level_parse(const char *text, enum log_level *ret_level);
const char *log_errno_text(int negative_errno);

#define log_error(...) log_write_(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_write_(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_write_(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write_(LOG_DEBUG, __VA_ARGS__)
#define log_write_(level, event, ...)                                                              \
    log_write((level), (event), (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){0}})
/* `fields` ends with one whose name is NULL. */
void log_write(enum log_level level, const char *event, const struct log_field *fields);
