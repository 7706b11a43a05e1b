/* tracer: begins spans, decides which are sampled, and sends those to a collector (OTLP over HTTP
 * as JSON) from a thread of its own.
 *
 * Ending a span copies it into a queue of TRACER_QUEUE and never waits: what does not fit, or the
 * collector does not take, is dropped and counted. A NULL tracer is one that is off. Any thread may
 * begin and end spans. Errors: 0 or -errno. */
#pragma once

#include "libshared/base/clock.h"
#include "libshared/trace/span.h"

#define TRACER_QUEUE 2048

struct tracer;

/* As OTEL_TRACES_SAMPLER names them. */
enum trace_sampler {
    SAMPLER_ALWAYS_ON,
    SAMPLER_ALWAYS_OFF,
    SAMPLER_RATIO,
    SAMPLER_PARENT_ALWAYS_ON,
    SAMPLER_PARENT_ALWAYS_OFF,
    SAMPLER_PARENT_RATIO,
};
/* False: there is none of that name. */
bool tracer_sampler(const char *name, enum trace_sampler *ret_sampler);
/* False: `text` is no number from 0 to 1. */
bool tracer_ratio(const char *text, double *ret_ratio);

struct tracer_config {
    const char *endpoint; /* /v1/traces follows; borrowed for good, as are the others */
    const char *service, *version;
    enum trace_sampler sampler;
    double ratio;
};

int tracer_open(const struct tracer_config *config, struct tracer **ret_tracer)
    __attribute__((warn_unused_result));
/* Sends what waits, for a second at most. NULL is allowed. */
void tracer_close(struct tracer *tracer);

/* Begins a span, as a child of what `traceparent` says (NULL, or nothing that can be read: as the
 * first of its trace). Its name, kind and attributes are the caller's to set. */
void tracer_begin(const struct tracer *tracer, const char *traceparent,
                  const struct clock_time *now, struct span *ret_span);
/* A part of a span. */
void tracer_begin_part(const struct span *whole, const struct clock_time *now,
                       struct span *ret_span);
/* One that is not sampled is left out. */
void tracer_end(struct tracer *tracer, const struct span *span);

struct tracer_counts {
    uint64_t sent, dropped;
};
struct tracer_counts tracer_counts(const struct tracer *tracer);
