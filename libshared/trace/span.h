/* span: one piece of work in a trace, as OpenTelemetry means it. Strings are borrowed until the
 * span is ended; none may name a person or hold a ticket's code. */
#pragma once

#include <stddef.h>

#include "libshared/trace/trace_context.h"

/* As OTLP numbers them. */
enum span_kind { SPAN_INTERNAL = 1, SPAN_SERVER, SPAN_CLIENT, SPAN_PRODUCER, SPAN_CONSUMER };

struct span_attribute {
    const char *key;  /* constant; NULL ends a list */
    const char *text; /* NULL: the number counts */
    int64_t number;
};

#define SPAN_ATTRIBUTES 5
struct span {
    struct trace_context context;
    uint8_t parent[SPAN_ID_BYTES]; /* zero: it is the first of its trace */
    enum span_kind kind;
    int64_t start_ms;    /* wall clock */
    int64_t began_us;    /* the same, monotonic; for whom it serves */
    int64_t duration_us; /* when it is ended */
    bool failed;
    const char *name;
    struct span_attribute attributes[SPAN_ATTRIBUTES + 1];
};

static inline bool span_sampled(const struct span *span)
{
    return (span->context.flags & TRACE_SAMPLED) != 0;
}
