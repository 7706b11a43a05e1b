#include "libshared/trace/tracer.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/base/stop_flag.h"
#include "libshared/trace/otlp_json.h"

#define EVERY_MS 500
#define CONNECT_MS 2000L
#define SEND_MS 5000L
#define LAST_SEND_MS 1000L /* at the end of the process */

struct batch {
    struct queued_span *spans; /* room for TRACER_QUEUE */
    size_t n;
};

struct tracer {
    struct tracer_config config;
    char *url;
    pthread_t thread;
    struct stop_flag stop;
    atomic_bool stopping;
    _Atomic uint64_t sent, dropped;
    bool said;             /* in the log, that the collector does not take them */
    pthread_mutex_t mutex; /* guards `filling` */
    struct batch filling, sending;
};

/* --- Samplers --- */

static const char *const sampler_names[] = {
    [SAMPLER_ALWAYS_ON] = "always_on",
    [SAMPLER_ALWAYS_OFF] = "always_off",
    [SAMPLER_RATIO] = "traceidratio",
    [SAMPLER_PARENT_ALWAYS_ON] = "parentbased_always_on",
    [SAMPLER_PARENT_ALWAYS_OFF] = "parentbased_always_off",
    [SAMPLER_PARENT_RATIO] = "parentbased_traceidratio",
};

bool tracer_sampler(const char *name, enum trace_sampler *ret_sampler)
{
    for (size_t i = 0; i < sizeof sampler_names / sizeof *sampler_names; i++)
        if (strcmp(sampler_names[i], name) == 0) {
            *ret_sampler = (enum trace_sampler)i;
            return true;
        }
    return false;
}

bool tracer_ratio(const char *text, double *ret_ratio)
{
    char *end;
    const double ratio = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || !(ratio >= 0 && ratio <= 1))
        return false;
    *ret_ratio = ratio;
    return true;
}

/* By the trace's id, so that every service decides alike. */
static bool is_within(double ratio, const struct trace_context *context)
{
    uint64_t random = 0;
    for (int i = TRACE_ID_BYTES - 7; i < TRACE_ID_BYTES; i++)
        random = random << 8 | context->trace_id[i];
    return (double)random < ratio * 72057594037927936.0; /* 2^56 */
}

static bool is_sampled(const struct tracer_config *config, const struct trace_context *context,
                       bool has_parent)
{
    const bool by_parent = config->sampler >= SAMPLER_PARENT_ALWAYS_ON;
    if (by_parent && has_parent)
        return (context->flags & TRACE_SAMPLED) != 0;
    switch (config->sampler) {
    case SAMPLER_ALWAYS_ON:
    case SAMPLER_PARENT_ALWAYS_ON:
        return true;
    case SAMPLER_RATIO:
    case SAMPLER_PARENT_RATIO:
        return is_within(config->ratio, context);
    default:
        return false;
    }
}

/* --- Spans --- */

void tracer_begin(const struct tracer *tracer, const char *traceparent,
                  const struct clock_time *now, struct span *ret_span)
{
    struct span span = {
        .kind = SPAN_INTERNAL, .start_ms = now->wall_ms, .began_us = now->monotonic_us};
    const bool has_parent = trace_context_read(traceparent, &span.context);
    if (has_parent)
        memcpy(span.parent, span.context.span_id, SPAN_ID_BYTES);
    else
        randombytes_buf(span.context.trace_id, TRACE_ID_BYTES);
    randombytes_buf(span.context.span_id, SPAN_ID_BYTES);
    const bool sampled = is_sampled(&tracer->config, &span.context, has_parent);
    const uint8_t random = has_parent ? span.context.flags & TRACE_RANDOM : TRACE_RANDOM;
    span.context.flags = (uint8_t)(random | (sampled ? TRACE_SAMPLED : 0));
    *ret_span = span;
}

void tracer_begin_part(const struct span *whole, const struct clock_time *now,
                       struct span *ret_span)
{
    *ret_span = (struct span){.context = whole->context,
                              .kind = SPAN_INTERNAL,
                              .start_ms = now->wall_ms,
                              .began_us = now->monotonic_us};
    memcpy(ret_span->parent, whole->context.span_id, SPAN_ID_BYTES);
    randombytes_buf(ret_span->context.span_id, SPAN_ID_BYTES);
}

static void copy(struct queued_span *queued, const struct span *span)
{
    queued->span = *span;
    (void)snprintf(queued->name, QUEUED_TEXT, "%s", span->name);
    for (size_t i = 0; span->attributes[i].key != NULL; i++)
        if (span->attributes[i].text != NULL)
            (void)snprintf(queued->texts[i], QUEUED_TEXT, "%s", span->attributes[i].text);
}

void tracer_end(struct tracer *tracer, const struct span *span)
{
    if (tracer == NULL || !span_sampled(span))
        return;
    (void)pthread_mutex_lock(&tracer->mutex);
    const bool fits = tracer->filling.n < TRACER_QUEUE;
    if (fits)
        copy(&tracer->filling.spans[tracer->filling.n++], span);
    (void)pthread_mutex_unlock(&tracer->mutex);
    if (!fits)
        tracer->dropped++;
}

struct tracer_counts tracer_counts(const struct tracer *tracer)
{
    if (tracer == NULL)
        return (struct tracer_counts){0};
    return (struct tracer_counts){.sent = tracer->sent, .dropped = tracer->dropped};
}

/* --- The thread --- */

static size_t ignore(char *bytes, size_t size, size_t n, void *user)
{
    (void)bytes;
    (void)user;
    return size * n;
}

/* Cuts off a transfer when the process ends. */
static int look(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    const struct tracer *tracer = user;
    return tracer->stopping;
}

static bool post(struct tracer *tracer, CURL *curl, const char *body)
{
    const bool last = tracer->stopping;
    long status = 0;
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_reset(curl);
    (void)curl_easy_setopt(curl, CURLOPT_URL, tracer->url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, last ? LAST_SEND_MS : CONNECT_MS);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, last ? LAST_SEND_MS : SEND_MS);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    if (!last) {
        (void)curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        (void)curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look);
        (void)curl_easy_setopt(curl, CURLOPT_XFERINFODATA, tracer);
    }
    const CURLcode code = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    return code == CURLE_OK && status >= 200 && status < 300;
}

/* Once for each time that it begins to fail. */
static void tell(struct tracer *tracer, bool taken)
{
    if (!taken && !tracer->said)
        log_warning("traces.not_taken", LOG_STR("collector", tracer->url));
    tracer->said = !taken;
}

static void send_batch(struct tracer *tracer, CURL *curl)
{
    (void)pthread_mutex_lock(&tracer->mutex);
    const struct batch empty = {.spans = tracer->sending.spans};
    tracer->sending = tracer->filling;
    tracer->filling = empty;
    (void)pthread_mutex_unlock(&tracer->mutex);
    const size_t n = tracer->sending.n;
    if (n == 0)
        return;
    char *body =
        otlp_json(tracer->config.service, tracer->config.version, tracer->sending.spans, n);
    const bool taken = post(tracer, curl, body);
    free(body);
    if (taken)
        tracer->sent += n;
    else
        tracer->dropped += n;
    tell(tracer, taken);
}

static void *run(void *context)
{
    struct tracer *tracer = context;
    CURL *curl = curl_easy_init();
    while (curl != NULL && !stop_flag_wait(&tracer->stop, EVERY_MS))
        send_batch(tracer, curl);
    if (curl != NULL)
        send_batch(tracer, curl);
    curl_easy_cleanup(curl);
    return NULL;
}

static char *url_of(const void *arena, const char *endpoint)
{
    size_t size = strlen(endpoint);
    while (size > 0 && endpoint[size - 1] == '/')
        size--;
    return mem_printf(arena, "%.*s/v1/traces", (int)size, endpoint);
}

int tracer_open(const struct tracer_config *config, struct tracer **ret_tracer)
{
    struct tracer *tracer = mem_new(NULL, struct tracer);
    tracer->config = *config;
    tracer->url = url_of(tracer, config->endpoint);
    tracer->filling.spans = mem_array(tracer, struct queued_span, TRACER_QUEUE);
    tracer->sending.spans = mem_array(tracer, struct queued_span, TRACER_QUEUE);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
        mem_free(tracer);
        return -ENOMEM;
    }
    stop_flag_open(&tracer->stop);
    (void)pthread_mutex_init(&tracer->mutex, NULL);
    const int r = -pthread_create(&tracer->thread, NULL, run, tracer);
    if (r < 0)
        mem_free(tracer);
    else
        *ret_tracer = tracer;
    return r;
}

void tracer_close(struct tracer *tracer)
{
    if (tracer == NULL)
        return;
    tracer->stopping = true;
    stop_flag_set(&tracer->stop);
    (void)pthread_join(tracer->thread, NULL);
    stop_flag_close(&tracer->stop);
    (void)pthread_mutex_destroy(&tracer->mutex);
    curl_global_cleanup();
    mem_free(tracer);
}
