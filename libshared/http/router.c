#include "libshared/http/router.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/http/percent.h"

#define SEGMENTS 12

struct segment {
    const char *text;
    size_t size;
    bool name; /* in a pattern: a {parameter} */
};

struct route {
    const struct router_row *row;
    struct segment segments[SEGMENTS];
    unsigned count, names, method;
};

struct router {
    struct route *routes; /* the most literal first */
    size_t count;
};

/* In the order that Allow names them. */
static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
enum { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, METHODS };

static unsigned method_number(const char *method)
{
    unsigned i = 0;
    while (i < METHODS && strcmp(methods[i], method) != 0)
        i++;
    return i;
}

/* How many segments; 0 if it is no path or has too many. */
static unsigned split(const char *path, struct segment segments[SEGMENTS])
{
    unsigned count = 0;
    for (; *path == '/'; path += segments[count++].size) {
        if (count == SEGMENTS)
            return 0;
        path++;
        segments[count] = (struct segment){.text = path, .size = strcspn(path, "/")};
    }
    return *path == '\0' ? count : 0;
}

static void refuse_row(const struct router_row *row, const char *why)
{
    log_error("router.row", LOG_STR("method", row->method), LOG_STR("pattern", row->pattern),
              LOG_STR("why", why));
    abort();
}

static struct route route_of(const void *arena, const struct router_row *row)
{
    struct route route = {.row = row, .method = method_number(row->method)};
    route.count = split(row->pattern, route.segments);
    for (unsigned i = 0; i < route.count; i++) {
        struct segment *segment = &route.segments[i];
        if (segment->text[0] != '{')
            continue;
        if (segment->size < 3 || segment->text[segment->size - 1] != '}')
            refuse_row(row, "a {name} is a whole segment");
        segment->name = true;
        segment->text = mem_strndup(arena, segment->text + 1, segment->size - 2);
        route.names++;
    }
    if (route.method == METHODS)
        refuse_row(row, "unknown method");
    if (route.count == 0 || route.names > ROUTER_PARAMETERS)
        refuse_row(row, "pattern too long, or none");
    return route;
}

/* A segment that is a name sorts after one that is literal, from the left. */
static int compare_routes(const void *left, const void *right)
{
    const struct route *a = left, *b = right;
    for (unsigned i = 0; i < a->count && i < b->count; i++)
        if (a->segments[i].name != b->segments[i].name)
            return a->segments[i].name ? 1 : -1;
    return (a->row > b->row) - (a->row < b->row);
}

static bool same_pattern(const struct route *a, const struct route *b)
{
    if (a->count != b->count)
        return false;
    for (unsigned i = 0; i < a->count; i++) {
        const struct segment *x = &a->segments[i], *y = &b->segments[i];
        if (x->name != y->name ||
            (!x->name && (x->size != y->size || memcmp(x->text, y->text, x->size) != 0)))
            return false;
    }
    return true;
}

struct router *router_new(const void *arena, const struct router_row *rows)
{
    struct router *router = mem_new(arena, struct router);
    while (rows[router->count].method != NULL)
        router->count++;
    router->routes = mem_array(router, struct route, router->count);
    for (size_t i = 0; i < router->count; i++) {
        router->routes[i] = route_of(router, &rows[i]);
        for (size_t j = 0; j < i; j++)
            if (router->routes[j].method == router->routes[i].method &&
                same_pattern(&router->routes[j], &router->routes[i]))
                refuse_row(&rows[i], "given twice");
    }
    qsort(router->routes, router->count, sizeof *router->routes, compare_routes);
    return router;
}

static bool decode_segments(const void *arena, struct segment *segments, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char *text = percent_decode(arena, segments[i].text, segments[i].size, false);
        if (text == NULL)
            return false;
        segments[i] = (struct segment){.text = text, .size = strlen(text)};
    }
    return true;
}

static bool route_matches(const struct route *route, const struct segment *segments, unsigned count)
{
    if (route->count != count)
        return false;
    for (unsigned i = 0; i < count; i++) {
        const struct segment *pattern = &route->segments[i];
        if (pattern->name ? segments[i].size == 0 || segments[i].size > ROUTER_PARAMETER_BYTES
                          : pattern->size != segments[i].size ||
                                memcmp(pattern->text, segments[i].text, pattern->size) != 0)
            return false;
    }
    return true;
}

static void set_parameters(struct router_match *match, const struct route *route,
                           const struct segment *segments)
{
    unsigned n = 0;
    for (unsigned i = 0; i < route->count; i++)
        if (route->segments[i].name)
            match->parameters[n++] = (struct router_parameter){.name = route->segments[i].text,
                                                               .value = segments[i].text};
}

static const char *allow_text(const void *arena, unsigned allowed)
{
    char *text = NULL;
    for (unsigned i = 0; i < METHODS; i++)
        if (allowed & 1U << i)
            text = text == NULL ? mem_strdup(arena, methods[i])
                                : mem_printf(arena, "%s, %s", text, methods[i]);
    return text;
}

static unsigned methods_of(const struct route *route)
{
    return 1U << route->method | 1U << OPTIONS | (route->method == GET ? 1U << HEAD : 0);
}

enum router_outcome router_match(const struct router *router, const void *arena, const char *method,
                                 const char *path, struct router_match *ret_match)
{
    *ret_match = (struct router_match){0};
    struct segment segments[SEGMENTS];
    unsigned count = split(path, segments);
    if (!decode_segments(arena, segments, count))
        return ROUTER_NO_PATH;
    unsigned number = method_number(method), allowed = 0;
    const struct route *first = NULL; /* its pattern is the address's own */
    for (size_t i = 0; i < router->count; i++) {
        const struct route *route = &router->routes[i];
        if (!route_matches(route, segments, count))
            continue;
        first = first != NULL ? first : route;
        if (route->method == number || (route->method == GET && number == HEAD)) {
            ret_match->row = route->row;
            set_parameters(ret_match, route, segments);
            return ROUTER_FOUND;
        }
        if (same_pattern(first, route))
            allowed |= methods_of(route);
    }
    ret_match->allow = allow_text(arena, allowed);
    if (allowed == 0)
        return ROUTER_NO_PATH;
    return number == OPTIONS ? ROUTER_OPTIONS : ROUTER_NO_METHOD;
}

const char *router_parameter(const struct router_match *match, const char *name)
{
    for (const struct router_parameter *p = match->parameters; p->name != NULL; p++)
        if (strcmp(p->name, name) == 0)
            return p->value;
    return NULL;
}
