#include "libshared/trace/trace_log.h"

#include "libshared/trace/trace_context.h"

struct log_trace trace_log_set(const char *traceparent)
{
    char id[TRACE_ID_SIZE];
    trace_context_id_of(id, traceparent);
    return log_trace_set(id);
}
