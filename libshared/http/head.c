#include "libshared/http/head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libshared/base/mem.h"

#define TARGET_LIMIT (8 * 1024)
#define HEAD_LIMIT (12 * 1024)

void head_read_target(struct http_request *request, const char *target)
{
    const char *path = target;
    if (strncasecmp(target, "http://", 7) == 0 || strncasecmp(target, "https://", 8) == 0) {
        path = strstr(target, "://") + 3;
        path += strcspn(path, "/?");
    }
    size_t size = strcspn(path, "?");
    request->path = size > 0 || path == target ? mem_strndup(request->arena, path, size) : "/";
    request->query =
        path[size] == '?' ? mem_strdup(request->arena, path + size + 1) : path + strlen(path);
}

struct fields {
    const char *length;
    bool expects;
    unsigned hosts, codings;
    bool broken;
};

static bool is_name(const char *name, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (name[i] <= ' ' || name[i] == 0x7f) /* `<=` also for bytes over 0x7f */
            return false;
    return size > 0;
}

static enum MHD_Result look_at_header(void *user, enum MHD_ValueKind kind, const char *name,
                                      size_t name_size, const char *value, size_t value_size)
{
    (void)kind, (void)value_size;
    struct fields *fields = user;
    fields->broken |= !is_name(name, name_size);
    if (name_size == 4 && strcasecmp(name, "Host") == 0) {
        fields->hosts++;
    } else if (name_size == 6 && strcasecmp(name, "Expect") == 0) {
        fields->expects = strcasecmp(value, "100-continue") == 0;
    } else if (name_size == 14 && strcasecmp(name, "Content-Length") == 0) {
        fields->broken |= fields->length != NULL && strcmp(fields->length, value) != 0;
        fields->length = value;
    } else if (name_size == 17 && strcasecmp(name, "Transfer-Encoding") == 0) {
        fields->codings++;
        fields->broken |= strcasecmp(value, "chunked") != 0;
    }
    return MHD_YES;
}

static bool is_target(const struct http_request *request)
{
    for (const char *at = request->path; *at != '\0'; at++)
        if (*at <= ' ' || *at == 0x7f)
            return false;
    for (const char *at = request->query; *at != '\0'; at++)
        if (*at <= ' ' || *at == 0x7f)
            return false;
    return request->path[0] == '/' ||
           (strcmp(request->path, "*") == 0 && strcmp(request->method, "OPTIONS") == 0);
}

static bool is_ambiguous(const struct fields *fields, bool old)
{
    return fields->broken || fields->hosts > 1 || (fields->hosts == 0 && !old) ||
           fields->codings > 1 || (fields->codings > 0 && (fields->length != NULL || old));
}

struct head head_vet(struct MHD_Connection *connection, const struct http_request *request,
                     const char *version)
{
    struct fields fields = {0};
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, look_at_header, &fields);
    const size_t size =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
    struct head head = {
        .declared = fields.length != NULL ? strtoull(fields.length, NULL, 10) : 0,
        .expects = fields.expects,
    };
    if (strlen(request->path) + strlen(request->query) > TARGET_LIMIT) {
        head.status = 414;
        head.code = "uri_too_long";
    } else if (size > HEAD_LIMIT) {
        head.status = 431;
        head.code = "headers_too_large";
    } else if (is_ambiguous(&fields, strcmp(version, "HTTP/1.1") != 0) || !is_target(request)) {
        head.status = 400;
        head.code = "invalid_request";
    }
    return head;
}
