#include <string.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/service/facade_parts.h"

/* Without a tracer of our own a caller's trace is passed on as it came. */
void facade_trace_begin(struct facade_call *call)
{
    const struct tracer *tracer = call->facade->config.tracer;
    const char *given = http_header(call->request, "traceparent");
    if (tracer != NULL)
        tracer_begin(tracer, given, &call->facade->now, &call->span);
    else if (!trace_context_read(given, &call->span.context))
        return;
    trace_context_write(call->traceparent, &call->span.context);
    trace_context_id(call->trace_id, &call->span.context);
    call->request->trace_id = call->trace_id;
    (void)log_trace_set(call->trace_id); /* the server sets it back */
}

const char *facade_traceparent(const struct facade_call *call)
{
    return call->traceparent[0] != '\0' ? call->traceparent : NULL;
}

void facade_trace_end(const struct facade_call *call, int status, int64_t duration_us)
{
    struct tracer *tracer = call->facade->config.tracer;
    if (tracer == NULL || !span_sampled(&call->span))
        return;
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const char *route = call->target != NULL ? call->target->route->pattern : NULL;
    const char *method = call->target != NULL ? call->target->route->method : "HTTP";
    struct span span = call->span;
    span.kind = SPAN_SERVER;
    span.name = route != NULL ? mem_printf(arena, "%s %s", method, route) : method;
    span.duration_us = duration_us;
    span.failed = status >= 500;
    span.attributes[0] = (struct span_attribute){.key = "http.request.method", .text = method};
    span.attributes[1] =
        (struct span_attribute){.key = "http.response.status_code", .number = status};
    span.attributes[2] =
        (struct span_attribute){.key = route != NULL ? "http.route" : NULL, .text = route};
    tracer_end(tracer, &span);
}
