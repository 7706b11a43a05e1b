#include "libshared/service/docs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/service/service.h"

#define HTML_TYPE "text/html; charset=utf-8"
#define HEAD                                                                                       \
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"                              \
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"                   \
    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>%s</title>\n"
#define VIEWER                                                                                     \
    HEAD                                                                                           \
        "<body style=\"margin: 0\">\n<redoc spec-url=\"%s\" disable-telemetry=\"true\"></redoc>\n" \
        "<script type=\"module\" src=\"%s\"></script>\n"
#define PLAIN                                                                                      \
    HEAD "<h1>%s</h1>\n<p>What it takes and answers: <a href=\"%s\">%s</a>.\n"                     \
         "<p>Set DOCS_VIEWER to read it here.\n"
/* Nothing is loaded from elsewhere, whatever the script or the document say. */
#define POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; "     \
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; "        \
    "form-action 'none'; frame-ancestors 'none'"

struct docs {
    const void *script; /* NULL: there is no viewer */
    size_t size;
};

static int map_script(const char *path, struct docs *docs)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = fstat(fd, &about) < 0 ? -errno : about.st_size == 0 ? -ENODATA : 0;
    void *bytes =
        r == 0 ? mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    if (r == 0 && bytes == MAP_FAILED)
        r = -errno;
    (void)close(fd);
    if (r == 0)
        *docs = (struct docs){.script = bytes, .size = (size_t)about.st_size};
    return r;
}

struct docs *docs_open(const void *arena, const char *viewer)
{
    struct docs *docs = mem_new(arena, struct docs);
    const int r = viewer != NULL && *viewer != '\0' ? map_script(viewer, docs) : 0;
    if (r < 0)
        log_warning("docs.no_viewer", LOG_STR("path", viewer), LOG_ERRNO(r));
    return docs;
}

static void serve(struct facade_call *call, const char *type, const void *body, size_t size)
{
    facade_header(call, "Content-Security-Policy", POLICY);
    facade_header(call, "X-Content-Type-Options", "nosniff");
    facade_respond(call, &(struct http_response){
                             .status = 200, .content_type = type, .body = body, .body_size = size});
}

static void serve_page(struct facade_call *call, const char *document, const char *script)
{
    const struct service_context *context = facade_user(call);
    const void *arena = facade_request(call)->arena;
    const char *name = context->service->name, *file = strrchr(document, '/');
    file = file != NULL ? file + 1 : document;
    const char *page = context->docs->script != NULL
                           ? mem_printf(arena, VIEWER, name, document, script)
                           : mem_printf(arena, PLAIN, name, name, document, file);
    facade_header(call, "Cache-Control", "no-store");
    serve(call, HTML_TYPE, page, strlen(page));
}

/* Relative, so that they lead to this service below any prefix of a proxy's. */
void docs_serve_rest(struct facade_call *call)
{
    serve_page(call, "openapi.json", "docs/redoc.standalone.js");
}

void docs_serve_kafka(struct facade_call *call)
{
    serve_page(call, "../asyncapi.json", "redoc.standalone.js");
}

void docs_serve_viewer(struct facade_call *call)
{
    const struct service_context *context = facade_user(call);
    const struct docs *docs = context->docs;
    if (docs->script == NULL) {
        facade_refuse(call, PROBLEM_not_found);
        return;
    }
    facade_header(call, "Cache-Control", "max-age=3600");
    serve(call, "text/javascript; charset=utf-8", docs->script, docs->size);
}
