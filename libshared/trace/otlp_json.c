#include "libshared/trace/otlp_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/text.h"

#define STATUS_ERROR 2

static json_t *attribute(const char *key, json_t *value_take, const char *type)
{
    return json_pack("{sss{so}}", "key", key, "value", type, value_take);
}

static json_t *attributes_of(const struct queued_span *queued)
{
    json_t *all = json_array();
    const struct span_attribute *one = queued->span.attributes;
    for (size_t i = 0; one[i].key != NULL; i++)
        (void)json_array_append_new(
            all, one[i].text != NULL
                     ? attribute(one[i].key, json_string(queued->texts[i]), "stringValue")
                     : attribute(one[i].key, json_sprintf("%" PRId64, one[i].number), "intValue"));
    return all;
}

static json_t *span_of(const struct queued_span *queued)
{
    const struct span *span = &queued->span;
    static const uint8_t none[SPAN_ID_BYTES] = {0};
    char trace[TRACE_ID_SIZE], id[2 * SPAN_ID_BYTES + 1], parent[2 * SPAN_ID_BYTES + 1];
    const int64_t start_us = span->start_ms * 1000;
    text_hex(trace, span->context.trace_id, TRACE_ID_BYTES);
    text_hex(id, span->context.span_id, SPAN_ID_BYTES);
    text_hex(parent, span->parent, SPAN_ID_BYTES);
    json_t *json =
        json_pack("{sssssssisososo}", "traceId", trace, "spanId", id, "name", queued->name, "kind",
                  (int)span->kind, "startTimeUnixNano", json_sprintf("%" PRId64 "000", start_us),
                  "endTimeUnixNano", json_sprintf("%" PRId64 "000", start_us + span->duration_us),
                  "attributes", attributes_of(queued));
    if (memcmp(span->parent, none, sizeof none) != 0)
        (void)json_object_set_new(json, "parentSpanId", json_string(parent));
    if (span->failed)
        (void)json_object_set_new(json, "status", json_pack("{si}", "code", STATUS_ERROR));
    return json;
}

char *otlp_json(const char *service, const char *version, const struct queued_span *spans, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(list, span_of(&spans[i]));
    json_t *resource =
        json_pack("[oo]", attribute("service.name", json_string(service), "stringValue"),
                  attribute("service.version", json_string(version), "stringValue"));
    json_t *request =
        json_pack("{s[{s{so}s[{s{ssss}so}]}]}", "resourceSpans", "resource", "attributes", resource,
                  "scopeSpans", "scope", "name", "ticketing", "version", version, "spans", list);
    char *text = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    return text;
}
