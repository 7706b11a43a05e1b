/* head: the head of a request (RFC 9112 sections 2 to 6), read strictly.
 *
 * Refuses bytes that two readers could take for two different requests, and every byte that no head
 * has: NUL, a bare CR or LF, folded lines, blanks before a colon, fields that may stand once and
 * stand twice, a Host that is missing or no host, a length that is none or contradicts chunks.
 *
 * Private to http/. Pure; any thread. Results live in the arena given. Sizes are bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libshared/http/server.h"

#define HEAD_LIMIT (16 * 1024)       /* all of it */
#define HEAD_TARGET_LIMIT (8 * 1024) /* path and query; more is 414 */
#define HEAD_FIELD_LIMIT (8 * 1024)  /* a name and its value; more is 431 */
#define HEAD_FIELDS_MAX 100          /* more is 431 */

/* How far a head that comes in pieces was looked at; begins as zero. */
struct head_scan {
    size_t seen;
    bool line_right; /* the request line */
};

enum head_outcome {
    HEAD_MORE,    /* its end has not come */
    HEAD_WHOLE,   /* *ret_size bytes of it, with the blank line; read it with head_read() */
    HEAD_REFUSED, /* with *ret_fault, whatever follows */
};
/* `bytes` are all that came since the last request. */
enum head_outcome head_look(struct head_scan *scan, const char *bytes, size_t size,
                            size_t *ret_size, struct http_fault *ret_fault);

struct head_field {
    const char *name, *value;
};

struct head {
    const char *method, *path, *query; /* as sent; "" if refused before they could be told */
    const char *authority; /* of an absolute target, else the Host's value; NULL: none */
    const struct head_field *fields;
    size_t n_fields;
    bool old;        /* HTTP/1.0 */
    bool persistent; /* the connection outlives the answer */
    bool expects;    /* 100-continue */
    bool chunked;
    uint64_t length;         /* Content-Length; 0: none */
    struct http_fault fault; /* a status of 0: none */
};
void head_read(const void *arena, const char *bytes, size_t size, struct head *ret_head);

/* The value of the fields of that name (any case), joined by ", " (RFC 9110 section 5.3), or NULL.
 */
const char *head_value(const void *arena, const struct head *head, const char *name);
