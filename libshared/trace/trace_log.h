/* trace_log: the lines of the log that a piece of work writes carry its trace.
 *
 *   TRACE_LOG(envelope.traceparent); // up to the end of the block, on this thread
 *
 * See log.h. Any thread. */
#pragma once

#include "libshared/base/log.h"

/* As log_trace_set(), of the trace that `traceparent` names: NULL, or what cannot be read, is of
 * none. */
struct log_trace trace_log_set(const char *traceparent);
#define TRACE_LOG(traceparent)                                                                     \
    const struct log_trace trace_log_before_ __attribute__((unused, cleanup(log_trace_restore))) = \
        trace_log_set(traceparent)
