/* otlp_json: spans as OTLP's JSON (opentelemetry-proto, ExportTraceServiceRequest). Pure. */
#pragma once

#include "libshared/trace/span.h"

/* A span that waits to be sent, with texts of its own; longer ones are cut. */
#define QUEUED_TEXT 80
struct queued_span {
    struct span span; /* its strings are not used, but for keys */
    char name[QUEUED_TEXT];
    char texts[SPAN_ATTRIBUTES][QUEUED_TEXT];
};

/* malloc'ed text. */
char *otlp_json(const char *service, const char *version, const struct queued_span *spans,
                size_t n);
