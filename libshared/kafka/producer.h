/* producer: messages out, acknowledged by all replicas, idempotent unless they are `repeatable`.
 *
 * Producing never blocks and copies what it is given. Each message accepted gets exactly one
 * delivery report, told from inside bus_producer_poll() or _flush() on the caller's thread (only
 * failures with `errors_only`). Produce from any thread; poll from one. */
#pragma once

#include "libshared/kafka/bus.h"

struct bus_producer;

struct bus_delivery {
    uint64_t tag;
    int error; /* 0 or -errno */
    /* With an error: the message is certainly not in the log. Else it may be there. */
    bool certainly_not_persisted;
    const char *topic;
    int32_t partition;
    int64_t offset; /* without an error */
};

struct bus_producer_config {
    int64_t message_timeout_ms; /* 0: tries for ever */
    int64_t linger_us;          /* waits this long for company; 0: sends at once */
    int in_flight;              /* requests sent to a broker and not answered, at most; 0: 5 */
    int64_t queue_messages;     /* accepted but not yet delivered, at most; 0: 100,000 */
    bool errors_only;           /* report failures only: cheaper */
    /* Arriving twice does no harm: not idempotent. Two requests are on their way at most and what
     * is sent meanwhile goes with the next: few requests, and no spinning while the broker works.
     */
    bool repeatable;
    void *context;
    void (*delivered)(void *context, const struct bus_delivery *delivery); /* NULL: not told */
};

enum { BUS_BY_KEY = -1 }; /* murmur2 of the key, at random without one */

struct bus_record {
    const char *topic;
    int32_t partition; /* or BUS_BY_KEY */
    const void *key;   /* NULL: none */
    size_t key_size;
    const void *value; /* NULL: a tombstone */
    size_t value_size;
    const struct bus_header *headers;
    size_t n_headers;
    uint64_t tag; /* comes back in the delivery report */
};

int bus_producer_open(const struct bus_config *bus, const struct bus_producer_config *config,
                      struct bus_producer **ret_producer) __attribute__((warn_unused_result));
/* Drops what is not delivered without a report: flush first. */
void bus_producer_close(struct bus_producer *producer);

/* -EAGAIN: the queue is full, the message is certainly not sent. -ENOENT, -EMSGSIZE, -ESHUTDOWN
 * likewise: on any error nothing was accepted and no report follows. A topic or partition that the
 * broker turns out not to have comes as a report instead. */
int bus_producer_send(struct bus_producer *producer, const struct bus_record *record)
    __attribute__((warn_unused_result));

/* Tells reports; waits up to `timeout_ms` for the first. Returns how many events were served. */
int bus_producer_poll(struct bus_producer *producer, int timeout_ms);
/* `fd` (an eventfd, borrowed) is signalled when there is something to poll. */
void bus_producer_signal(struct bus_producer *producer, int fd);

/* Connects and learns the topics' leaders: else the first message to each waits for up to a second.
 * Blocks up to `timeout_ms`; any thread. -ENOENT: one does not exist (a broker that makes topics by
 * itself makes it), those before it are warm. */
int bus_producer_warm(struct bus_producer *producer, const char *const *topics, size_t n,
                      int timeout_ms) __attribute__((warn_unused_result));

/* Accepted and not yet reported. */
size_t bus_producer_outstanding(struct bus_producer *producer);
/* Waits until all are delivered, telling reports; -ETIMEDOUT if some are not. */
int bus_producer_flush(struct bus_producer *producer, int timeout_ms)
    __attribute__((warn_unused_result));
/* 0, or -ESHUTDOWN once the producer is beyond repair. */
int bus_producer_state(struct bus_producer *producer);
