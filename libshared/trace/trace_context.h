/* trace_context: which trace a request or a message belongs to (W3C Trace Context, level 2,
 * section 3): what the header `traceparent` says. Pure; any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TRACE_ID_BYTES 16
#define SPAN_ID_BYTES 8
#define TRACE_ID_SIZE (2 * TRACE_ID_BYTES + 1) /* as hexadecimal digits, and the NUL */
#define TRACEPARENT_SIZE 56

enum { TRACE_SAMPLED = 1, TRACE_RANDOM = 2 };

struct trace_context {
    uint8_t trace_id[TRACE_ID_BYTES], span_id[SPAN_ID_BYTES];
    uint8_t flags;
};

/* False, nothing touched: `text` is none, or NULL. A later version is read as far as it is known.
 */
bool trace_context_read(const char *text, struct trace_context *ret_context);
/* As version 00. */
void trace_context_write(char out[TRACEPARENT_SIZE], const struct trace_context *context);
/* The trace's id alone, for the log; "" where `traceparent` says none. */
void trace_context_id(char out[TRACE_ID_SIZE], const struct trace_context *context);
void trace_context_id_of(char out[TRACE_ID_SIZE], const char *traceparent);
