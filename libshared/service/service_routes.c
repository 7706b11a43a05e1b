#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/record/json_text.h"
#include "libshared/service/asyncapi.h"
#include "libshared/service/docs.h"
#include "libshared/service/health.h"
#include "libshared/service/openapi.h"
#include "libshared/service/operations.h"
#include "libshared/service/service.h"

#define JSON_TYPE "application/json"

static void send_text(struct facade_call *call, int status, const char *type, const char *text)
{
    facade_header(call, "Cache-Control", "no-store");
    facade_respond(
        call, &(struct http_response){
                  .status = status, .content_type = type, .body = text, .body_size = strlen(text)});
}

static void serve_live(struct facade_call *call)
{
    send_text(call, 200, JSON_TYPE, health_live());
}

static void serve_ready(struct facade_call *call)
{
    const struct service_context *context = facade_user(call);
    bool ready;
    char *body = health_ready(context->health, facade_request(call)->arena, &ready);
    send_text(call, ready ? 200 : 503, JSON_TYPE, body);
}

static void serve_metrics(struct facade_call *call)
{
    const struct service_context *context = facade_user(call);
    send_text(call, 200, METRICS_CONTENT_TYPE,
              metrics_text(context->metrics, facade_request(call)->arena));
}

static void serve_openapi(struct facade_call *call)
{
    const struct service_context *context = facade_user(call);
    const char **text = &context->documents->openapi;
    if (*text == NULL)
        *text = json_text_take(
            context->arena, openapi_document(context->service->name, SERVICE_VERSION,
                                             context->tables, openapi_keys_of(context->settings)));
    send_text(call, 200, JSON_TYPE, *text);
}

void service_serve_asyncapi(struct facade_call *call)
{
    const struct service_context *context = facade_user(call);
    const char **text = &context->documents->asyncapi;
    if (*text == NULL)
        *text = json_text_take(context->arena,
                               asyncapi_document(SERVICE_VERSION, context->settings, false));
    send_text(call, 200, JSON_TYPE, *text);
}

#define LOCAL(name_, ...)                                                                          \
    (&(const struct route_document){.name = (name_), .tag = "service", ##__VA_ARGS__})

const struct route service_routes[] = {
    {"GET", "/v1/operations/{operation_id}", .scopes = API_ALL, .serve = operations_serve,
     .asks = "operation.get", .content_type = JSON_TYPE, .summary = "What became of a command.",
     .document = &operations_document},
    {"GET", "/livez", .serve = serve_live, .content_type = JSON_TYPE,
     .summary = "Whether the process answers.",
     .document = LOCAL("livez", .schema = health_schema)},
    {"GET", "/healthz", .serve = serve_live, .content_type = JSON_TYPE,
     .summary = "The same as /livez.", .document = LOCAL("healthz", .schema = health_schema)},
    {"GET", "/readyz", .serve = serve_ready, .content_type = JSON_TYPE,
     .summary = "Whether the service can serve, and if not, why; 503 then.",
     .document = LOCAL("readyz", .schema = health_schema)},
    {"GET", "/metrics", .guarded = true, .serve = serve_metrics,
     .content_type = METRICS_CONTENT_TYPE, .summary = "Metrics for Prometheus.",
     .document = LOCAL("metrics")},
    {"GET", "/openapi.json", .guarded = true, .serve = serve_openapi, .content_type = JSON_TYPE,
     .summary = "This document.", .document = LOCAL("openapi", .json = true)},
    {"GET", "/docs", .guarded = true, .serve = docs_serve_rest, .content_type = "text/html",
     .summary = "This document, for people.", .document = LOCAL("docs")},
    {"GET", "/docs/redoc.standalone.js", .guarded = true, .serve = docs_serve_viewer,
     .content_type = "text/javascript", .summary = "The script of that page.",
     .document = LOCAL("docs_viewer")},
    {0},
};
