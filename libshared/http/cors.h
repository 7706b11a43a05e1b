/* cors: lets browsers on the origins of CORS_ORIGINS call (Fetch standard, "CORS protocol").
 *
 * Keys go in Authorization, never in cookies, so credentials are not allowed. Borrowed strings
 * only; freed with the arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "libshared/http/server.h"

struct cors;

/* Whether each of a comma list is `*` or an origin: scheme and host, perhaps with a port. */
bool cors_valid(const char *origins);
/* `origins`: a comma list, `*`, or NULL for none. */
struct cors *cors_new(const void *arena, const char *origins);

#define CORS_HEADERS 5
/* The headers an answer to `origin` (the Origin header, may be NULL) takes, a NULL name after them.
 * `allow` is non-NULL for a preflight: the path's methods. Returns how many. */
size_t cors_headers(const struct cors *cors, const char *origin, const char *allow,
                    struct http_header ret_headers[CORS_HEADERS + 1]);
/* OPTIONS with Origin and Access-Control-Request-Method: to be answered 204 without a key. */
bool cors_is_preflight(const struct http_request *request);
