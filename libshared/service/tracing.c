#include "libshared/service/tracing.h"

bool tracing_check(const struct settings *settings, FILE *errors)
{
    enum trace_sampler sampler;
    double ratio;
    const bool known = tracer_sampler(settings->traces_sampler, &sampler);
    const bool part = tracer_ratio(settings->traces_sampler_arg, &ratio);
    if (!known)
        (void)fprintf(errors, "OTEL_TRACES_SAMPLER: \"%s\" is no sampler\n",
                      settings->traces_sampler);
    if (!part)
        (void)fprintf(errors, "OTEL_TRACES_SAMPLER_ARG: \"%s\" is no number from 0 to 1\n",
                      settings->traces_sampler_arg);
    return known && part;
}

static double sent(void *user)
{
    return (double)tracer_counts(user).sent;
}

static double dropped(void *user)
{
    return (double)tracer_counts(user).dropped;
}

int tracing_open(struct service_context *context)
{
    const struct settings *settings = context->settings;
    struct tracer_config config = {.endpoint = settings->otlp_endpoint,
                                   .service = settings->otel_service_name != NULL
                                                  ? settings->otel_service_name
                                                  : context->service->name,
                                   .version = SERVICE_VERSION};
    /* They were checked before. */
    (void)!tracer_sampler(settings->traces_sampler, &config.sampler);
    (void)!tracer_ratio(settings->traces_sampler_arg, &config.ratio);
    const bool on = config.endpoint != NULL && *config.endpoint != '\0';
    const int r = on ? tracer_open(&config, &context->tracer) : 0;
    metrics_counted(context->metrics, "spans_sent_total", "Spans that the collector has taken.",
                    NULL, sent, context->tracer);
    metrics_counted(context->metrics, "spans_dropped_total",
                    "Spans that did not fit into the queue, or that the collector did not take.",
                    NULL, dropped, context->tracer);
    return r;
}
