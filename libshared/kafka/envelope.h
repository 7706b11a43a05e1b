/* envelope: CloudEvents 1.0 over Kafka (Kafka protocol binding 1.0.2), and request-reply headers.
 *
 * Read: binary mode (`ce_` headers) and structured mode, whose `data` is the body: content-type
 * application/cloudevents+json, or no ce_type and an object with a text `specversion`. A header
 * that is given twice must say the same twice. Written: binary mode. The reply address is the one
 * that Spring's ReplyingKafkaTemplate and NestJS's ClientKafka send. Pure; nothing a message holds
 * can crash it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libshared/kafka/bus.h"

/* Where a reply goes. `topic` NULL: none is asked for, or the address is unusable. */
struct envelope_reply_to {
    const char *topic;
    int32_t partition;       /* -1: any */
    const void *correlation; /* echoed byte for byte; NULL: none */
    size_t correlation_size;
};

/* A fault of a header. */
struct envelope_fault {
    const char *header; /* `data` for the structured body */
    const char *code;   /* one of the codes of libshared/record/violations.def */
    const char *detail; /* a fixed phrase */
};

/* Strings are valid UTF-8, without control characters, and end with a NUL. */
struct envelope {
    const char *id;          /* without ce_id: topic/partition/offset/timestamp */
    const char *source;      /* without ce_source: the topic */
    int64_t written_ms;      /* the message's timestamp; of a copy the first one's */
    const char *type;        /* NULL only with a fault */
    const char *subject;     /* NULL: none */
    int64_t time_ms;         /* without ce_time: the message's timestamp */
    const char *traceparent; /* NULL: none */
    const char *if_match;    /* NULL: none */
    int64_t timeout_ms;      /* -1: none */
    int64_t sequence;        /* -1: none */
    int64_t status;          /* a reply's; -1: none */
    struct envelope_reply_to reply_to;
    const void *body; /* not NULL, maybe not JSON */
    size_t body_size;
    const struct envelope_fault *faults; /* one a header, in the order of the wire */
    size_t n_faults;                     /* 0: readable */
};

/* Strings and body borrow from the message where they can and else live in the arena. Returns 0 or
 * -EBADMSG with `faults`; what could be read is filled in either case, always id, source and
 * reply_to, so that an unreadable message can be answered. */
int envelope_read(const void *arena, const struct bus_message *message,
                  struct envelope *ret_envelope) __attribute__((warn_unused_result));
/* All faults in one line, for a log; in `arena`. */
const char *envelope_faults_text(const void *arena, const struct envelope *envelope);

/* Headers to be written, with room for those that are made from numbers. Borrows the strings it is
 * filled from; do not copy it. */
#define ENVELOPE_HEADERS 20
struct envelope_headers {
    struct bus_header list[ENVELOPE_HEADERS];
    size_t n;
    size_t used;
    char scratch[160];
};

/* Strings that are NULL are not written. */
struct envelope_command {
    const char *type, *id, *source; /* required */
    const char *subject;
    int64_t time_ms;
    const char *traceparent;
    const char *if_match;
    const char *content_type; /* NULL: application/json */
    int64_t timeout_ms;       /* -1: none */
    struct envelope_reply_to reply_to;
};
void envelope_write_command(struct envelope_headers *out, const struct envelope_command *command);

struct envelope_reply {
    const char *type, *id, *source; /* required; `type` is the command's, `.reply` is added */
    int64_t time_ms;
    int status;          /* HTTP's */
    const char *problem; /* the problem's JSON, from 400 on; else not written */
    const char *traceparent;
    const char *stock, *etag, *location;
    bool any_buyer; /* a refusal that does not depend on who buys */
    const void *correlation;
    size_t correlation_size;
};
/* The body's content-type is application/json, from 400 on application/problem+json. */
void envelope_write_reply(struct envelope_headers *out, const struct envelope_reply *reply);

struct envelope_fact {
    const char *type, *id, *source; /* required */
    const char *subject;
    int64_t time_ms;
    int64_t sequence; /* -1: none */
    const char *traceparent;
};
void envelope_write_fact(struct envelope_headers *out, const struct envelope_fact *fact);

/* One more header of the caller's. */
void envelope_add(struct envelope_headers *out, const char *name, const char *value);

/* The headers of a copy of the message: its own, and those that keep its identity and its age
 * where another offset would change them. An array in the arena that borrows from both. */
struct bus_header *envelope_copy(const void *arena, const struct bus_message *message,
                                 const struct envelope *envelope, size_t *ret_n);
