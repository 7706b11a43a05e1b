/* bus: what producers, consumers and administrators of Kafka share.
 *
 * All of librdkafka is behind this room; no header of it shows one of its types. A handle is opened
 * by bus_<kind>_open() and ended by bus_<kind>_close(), which takes NULL.
 *
 * Errors are 0 or -errno:
 *   -EAGAIN     full just now, nothing was done; try later
 *   -ETIMEDOUT  not answered in time, or the broker is away
 *   -ENOENT     no such topic (or partition, where the broker says no more)
 *   -ENXIO      the topic has no such partition
 *   -EACCES     not authorised
 *   -ESTALE     no (longer) the group's member for this
 *   -ESHUTDOWN  the handle is beyond repair (fenced): close it
 *   -EINVAL     a property or an argument is wrong
 *   -EMSGSIZE   the message is too large
 *   -EIO        anything else
 * librdkafka's own messages go to the log as `kafka.log`. Times are milliseconds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libshared/base/log.h"
#include "libshared/base/settings.h"

struct bus_config {
    const char *brokers;
    const struct settings_pair *conf; /* further properties, ends with a NULL name; NULL: none */
    const char *client_id;            /* e.g. the service's name */
};

#define BUS_ERROR_SIZE 512
/* Whether librdkafka accepts the properties (names, values, files they name). Needs no broker.
 * -EINVAL: `ret_error` says which property and why, without its value. */
int bus_config_check(const struct bus_config *config, char ret_error[BUS_ERROR_SIZE])
    __attribute__((warn_unused_result));

/* Offsets with a meaning of their own. */
enum {
    BUS_END = -1,       /* behind the last message */
    BUS_BEGINNING = -2, /* the first message kept */
    BUS_NONE = -1001,   /* as a result: nothing is committed */
};

#define BUS_NOTE 80
struct bus_partition {
    const char *topic;
    int32_t partition;
    int64_t offset;
    char note[BUS_NOTE]; /* text kept beside a committed offset (Kafka's metadata); "": none */
};

/* A header's value may be NULL (null on the wire); names may repeat. A value that was read is
 * followed by a NUL that `size` does not count. */
struct bus_header {
    const char *name;
    const void *value; /* a NUL follows, which `size` leaves out; NULL: none */
    size_t size;
};

/* A message read. All it points to lives until bus_message_free(). One made by hand (in a test,
 * say) has no `native`, and `headers` instead. */
struct bus_message {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms; /* -1: none */
    bool log_append_time; /* the broker's time, not the producer's */
    const void *key;      /* NULL: none */
    size_t key_size;
    const void *value; /* NULL: a tombstone */
    size_t value_size;
    /* NULL, or why nothing of it could be read: it stands for all offsets from `lost_from` to
     * `offset`. A fixed sentence. */
    const char *unreadable;
    int64_t lost_from;
    void *native; /* the bus's own */
    const struct bus_header *headers;
    size_t n_headers;
};

/* The last header of that name; false, nothing touched, if there is none. */
bool bus_message_header(const struct bus_message *message, const char *name,
                        struct bus_header *ret_header);
/* As log_trace_set(), of the trace that the message's headers name. */
struct log_trace bus_message_log_set(const struct bus_message *message);
/* The lines of this thread are of the message's trace, up to the end of the block. */
#define MESSAGE_LOG(message)                                                                       \
    const struct log_trace message_log_before_                                                     \
        __attribute__((unused, cleanup(log_trace_restore))) = bus_message_log_set(message)
/* The header at `index`, in the order of the wire; false past the last. */
bool bus_message_header_at(const struct bus_message *message, size_t index,
                           struct bus_header *ret_header);
/* Frees and clears; a cleared message is allowed. */
void bus_message_free(struct bus_message *message);
/* Gives the message to `ret_message`; `message` is cleared. */
static inline void bus_message_take(struct bus_message *message, struct bus_message *ret_message)
{
    *ret_message = *message;
    *message = (struct bus_message){0};
}
