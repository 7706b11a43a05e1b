/* log: one JSON object a line on standard error.
 *
 *   log_info("kafka.assigned", LOG_STR("topic", topic), LOG_INT("partitions", n));
 *
 * Members are time, level, service, event, the given fields, and `trace_id` while the thread works
 * for a trace. No personal data and no ticket codes go into a field. Library code returns errors;
 * loops and main() log them, once. Any thread.
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
/* A negated errno, as its text. */
#define LOG_ERRNO(r) ((struct log_field){.name = "error", .text = log_errno_text(r)})

/* Once, before any thread starts. `service` is borrowed for good. */
void log_open(const char *service, enum log_level least);
/* False if `text` is none of error, warning, info, debug. */
int log_level_parse(const char *text, enum log_level *ret_level);
const char *log_errno_text(int negative_errno);

/* The trace of the work that a thread has in hand; "": none. */
#define LOG_TRACE_SIZE 33
struct log_trace {
    char id[LOG_TRACE_SIZE];
};
/* From now on each line of this thread is of this trace (NULL: of none). Returns that of before,
 * for log_trace_restore(). */
struct log_trace log_trace_set(const char *trace_id);
/* That of this thread now, to hand on to another. */
struct log_trace log_trace_get(void);
void log_trace_restore(const struct log_trace *before);
/* The lines of this thread are of this trace, up to the end of the block. Whatever hands work to
 * others says so: a loop, and what calls back. */
#define LOG_TRACE(trace_id)                                                                        \
    const struct log_trace log_trace_before_ __attribute__((unused, cleanup(log_trace_restore))) = \
        log_trace_set(trace_id)

#define log_error(...) log_write_(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_write_(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_write_(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write_(LOG_DEBUG, __VA_ARGS__)
#define log_write_(level, event, ...)                                                              \
    log_write((level), (event), (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){0}})
/* `fields` ends with one whose name is NULL. */
void log_write(enum log_level level, const char *event, const struct log_field *fields);
