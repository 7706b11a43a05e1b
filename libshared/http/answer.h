/* answer: the bytes of a response, as far as they have gone (RFC 9112 sections 4 to 7).
 *
 * Private to http/. One thread. Results live in the request's arena. */
#pragma once

#include "libshared/http/server.h"

struct answer {
    char *head; /* without what depends on the connection, for which it has room */
    size_t head_size;
    const void *body;
    size_t body_size;
    http_pull *pull; /* NULL: `body` is all */
    void *pull_user;
    bool endless;
    bool bodiless; /* HEAD, 204, 304 */
    bool framed;   /* chunked; else a streamed body ends with the connection */
    char *out;     /* what is going out: the head, or a piece of a stream */
    char *buffer;  /* for such pieces */
    size_t out_size, out_sent, body_sent;
    bool ended; /* a stream's last piece is in `out` */
};

/* As a Date has it (RFC 9110 section 5.6.7), whatever the locale is. */
#define ANSWER_DATE_SIZE 80
void answer_date(char out[ANSWER_DATE_SIZE], int64_t wall_ms);

/* `old`: to HTTP/1.0. */
void answer_make(struct answer *answer, const void *arena, const struct http_response *response,
                 const char *method, bool old, const char *date);
/* Before the first byte goes. */
void answer_begin(struct answer *answer, bool persistent, bool old);

enum answer_outcome {
    ANSWER_SENT,    /* all of it */
    ANSWER_BLOCKED, /* the socket takes no more now */
    ANSWER_LATER,   /* the stream has nothing yet */
    ANSWER_BUSY,    /* there is more, but others have waited long enough */
    ANSWER_FAILED,  /* the client has gone, or the stream failed */
};
/* Sends what the socket takes. */
enum answer_outcome answer_send(struct answer *answer, const void *arena, int fd);
