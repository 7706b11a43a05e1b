/* head: what the head of a request says, and whether it may be believed.
 *
 * Stricter than libmicrohttpd: what two readers could take for two different requests is refused
 * (RFC 9112, clauses 3.2, 6.1 and 6.3). Private to http/. One thread. */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "libshared/http/server.h"

/* Sets path and query from the request line's target, in origin or absolute form; `target` lives as
 * long as the request. */
void head_read_target(struct http_request *request, const char *target);

struct head {
    uint64_t declared; /* Content-Length; 0: none */
    bool expects;      /* 100-continue */
    int status;        /* 0: fine; else the answer, and why */
    const char *code;
};

/* Needs path, query and method. */
struct head head_vet(struct MHD_Connection *connection, const struct http_request *request,
                     const char *version);
