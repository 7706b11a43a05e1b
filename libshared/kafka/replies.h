/* replies: a facade's side of request and reply over Kafka.
 *
 * A request goes to a topic of commands or queries with a reply address: one partition of
 * `<service>.replies`, chosen by the instance's id, read from its present end and never through a
 * group. A reply that nobody waits for is dropped and counted.
 *
 * One thread owns it: request, run, close. A small thread of its own connects, tries again for as
 * long as the broker is away, and watches it; nothing here blocks the owner. Strings in the
 * configuration are borrowed until close. Times are of the monotonic clock but for `wall_ms`. */
#pragma once

#include "libshared/kafka/bus.h"

struct replies;

enum reply_outcome {
    REPLY_ANSWERED,
    REPLY_NOT_DONE, /* certainly: queue or table full, not connected yet, or surely not sent */
    REPLY_UNKNOWN,  /* no answer by the deadline; it may have happened or happen yet */
};

/* Lives during the callback. */
struct reply {
    enum reply_outcome outcome;
    /* The rest only when answered. */
    int status;
    const void *body;
    size_t body_size;
    const char *etag, *location, *stock; /* NULL: none */
    bool any_buyer;                      /* a refusal that does not depend on who buys */
    const struct bus_message *message;   /* for its other headers */
};

struct replies_config {
    struct bus_config bus;
    const char *topic;    /* <service>.replies */
    const char *source;   /* ce_source where a request names none, e.g. /rest/anonymous */
    const char *instance; /* unique to this process, at most PENDING_INSTANCE bytes; no NUL */
    size_t max_pending;
    int64_t timeout_ms; /* of a request that says no other; also how long its message may wait to be
                           sent */
    int64_t linger_us;
    const char *const *warm; /* topics requests go to */
    size_t n_warm;
};

struct replies_request {
    const char *topic;
    const char *key; /* NULL: none */
    const char *type, *id;
    const char *source;      /* NULL: the configuration's */
    const char *if_match;    /* NULL: none */
    const char *traceparent; /* NULL: none; `done` logs under it, too */
    const void *body;
    size_t body_size;
    int64_t patience_ms; /* until its answer; 0: the configuration's timeout_ms */
    int64_t since_ms; /* when that began, if it has waited; too long, and it is not done. 0: now */
    /* Done however late it is read: for what is asked again under its id until it is answered. That
     * its time is over would be the only answer it ever gets. */
    bool no_deadline;
    /* Called exactly once: by replies_request() itself when it is not done at once, else by
     * replies_run(), replies_flush() or replies_close(). May call replies_request(). */
    void (*done)(void *context, const struct reply *reply);
    void *context;
};

struct replies_counts {
    uint64_t sent;     /* accepted for sending */
    uint64_t answered; /* told REPLY_ANSWERED */
    uint64_t refused;  /* told REPLY_NOT_DONE */
    uint64_t expired;  /* told REPLY_UNKNOWN */
    uint64_t late;     /* replies of ours that nobody waits for any more */
    uint64_t foreign;  /* replies that are not ours */
    uint64_t bad;      /* replies of ours that cannot be read */
};

/* Needs no broker. -EINVAL: the properties (see bus_config_check()). */
int replies_open(const struct replies_config *config, struct replies **ret_replies)
    __attribute__((warn_unused_result));
/* All callers that wait get REPLY_UNKNOWN. For a clean end first call replies_run() until none
 * waits. */
void replies_close(struct replies *replies);

/* While many wait for their answers the request may wait for up to a millisecond, until
 * replies_run(), to leave with others. */
void replies_request(struct replies *replies, const struct replies_request *request, int64_t now_ms,
                     int64_t wall_ms);
/* Calls back with replies, failures and deadlines passed; never blocks. Call on every pass of the
 * loop: when replies_fd() is readable and at the latest at replies_next(). */
void replies_run(struct replies *replies, int64_t now_ms);
/* An eventfd for the loop's epoll (level-triggered); replies_run() reads it. */
int replies_fd(const struct replies *replies);
/* When replies_run() must be called even without a signal. */
int64_t replies_next(const struct replies *replies, int64_t now_ms);

/* The reply partition is assigned, the producer is warm, and the broker answered lately. NULL, or
 * why not (a fixed sentence). */
const char *replies_unready(const struct replies *replies);
size_t replies_pending(const struct replies *replies);
struct replies_counts replies_counts(const struct replies *replies);
/* Sends out what is accepted, at most `timeout_ms`; for the end of the process. */
void replies_flush(struct replies *replies, int timeout_ms);
