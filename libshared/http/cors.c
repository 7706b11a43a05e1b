#include "libshared/http/cors.h"

#include <string.h>

#include "libshared/base/mem.h"

struct cors {
    bool any;
    const char **origins; /* ends with NULL */
};

#define BETWEEN ", \t"

static bool is_origin(const char *origin)
{
    const char *host = strstr(origin, "://");
    if (host == NULL || host == origin)
        return strcmp(origin, "*") == 0;
    host += strlen("://");
    size_t size = strcspn(host, "/?#@");
    return size > 0 && (host[size] == '\0' || strcmp(host + size, "/") == 0);
}

bool cors_valid(const char *origins)
{
    _cleanup_(mem_freep) char *list = mem_strdup(NULL, origins != NULL ? origins : "");
    char *rest = NULL;
    bool valid = true;
    for (char *origin = strtok_r(list, BETWEEN, &rest); origin != NULL && valid;
         origin = strtok_r(NULL, BETWEEN, &rest))
        valid = is_origin(origin);
    return valid;
}

struct cors *cors_new(const void *arena, const char *origins)
{
    struct cors *cors = mem_new(arena, struct cors);
    char *list = mem_strdup(cors, origins != NULL ? origins : "");
    cors->origins = mem_array(cors, const char *, strlen(list) / 2 + 2);
    size_t n = 0;
    for (char *origin = strtok(list, BETWEEN); origin != NULL; origin = strtok(NULL, BETWEEN)) {
        size_t size = strlen(origin);
        if (size > 1 && origin[size - 1] == '/')
            origin[size - 1] = '\0';
        cors->any |= strcmp(origin, "*") == 0;
        cors->origins[n++] = origin;
    }
    return cors;
}

static bool is_listed(const struct cors *cors, const char *origin)
{
    if (cors->any || origin == NULL)
        return cors->any;
    for (size_t i = 0; cors->origins[i] != NULL; i++)
        if (strcmp(cors->origins[i], origin) == 0)
            return true;
    return false;
}

size_t cors_headers(const struct cors *cors, const char *origin, const char *allow,
                    struct http_header ret_headers[CORS_HEADERS + 1])
{
    size_t n = 0;
    if (cors->origins[0] != NULL && !cors->any)
        ret_headers[n++] = (struct http_header){"Vary", "Origin"};
    if (is_listed(cors, origin)) {
        ret_headers[n++] =
            (struct http_header){"Access-Control-Allow-Origin", cors->any ? "*" : origin};
        if (allow == NULL) {
            ret_headers[n++] = (struct http_header){
                "Access-Control-Expose-Headers", "ETag, Location, Idempotency-Key, Operation-Id, "
                                                 "Retry-After"};
        } else {
            ret_headers[n++] = (struct http_header){"Access-Control-Allow-Methods", allow};
            ret_headers[n++] =
                (struct http_header){"Access-Control-Allow-Headers",
                                     "Authorization, Content-Type, Idempotency-Key, If-Match, "
                                     "If-None-Match, traceparent"};
            ret_headers[n++] = (struct http_header){"Access-Control-Max-Age", "600"};
        }
    }
    ret_headers[n] = (struct http_header){NULL, NULL};
    return n;
}

bool cors_is_preflight(const struct http_request *request)
{
    return strcmp(request->method, "OPTIONS") == 0 && http_header(request, "Origin") != NULL &&
           http_header(request, "Access-Control-Request-Method") != NULL;
}
