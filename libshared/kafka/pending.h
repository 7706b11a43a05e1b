/* pending: requests that await a reply, by correlation id.
 *
 * A correlation id is the instance's id and 128 random bits in hexadecimal. Bounded; pure: time and
 * randomness are passed in. A caller that was taken or has expired is out of the table and gets no
 * second answer. One thread. Times are of any one clock. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libshared/base/log.h"

struct pending;
struct reply;

#define PENDING_RANDOM 16
#define PENDING_INSTANCE 24 /* longest instance id */
#define PENDING_ID_SIZE (PENDING_INSTANCE + 2 * PENDING_RANDOM + 1)

/* A caller that waits. */
struct pending_caller {
    void (*done)(void *context, const struct reply *reply);
    void *context;
    struct log_trace trace; /* of what it asked for */
};

/* Lives in the arena. `instance` is copied; longer ones are cut. */
struct pending *pending_new(const void *arena, const char *instance, size_t max);

/* -EAGAIN: full. `ret_tag` names the entry too, is never 0 and is not reused for another. */
int pending_add(struct pending *pending, struct pending_caller caller, int64_t deadline,
                const uint8_t random[PENDING_RANDOM], char ret_id[PENDING_ID_SIZE],
                uint64_t *ret_tag) __attribute__((warn_unused_result));
/* False: unknown, perhaps expired. */
bool pending_take(struct pending *pending, const void *id, size_t size,
                  struct pending_caller *ret_caller);
bool pending_take_tag(struct pending *pending, uint64_t tag, struct pending_caller *ret_caller);
/* One whose deadline is at or before `now`, earliest first; false when none is left. */
bool pending_take_overdue(struct pending *pending, int64_t now, struct pending_caller *ret_caller);
/* Whether the id was made by this instance, waiting or not. */
bool pending_is_own(const struct pending *pending, const void *id, size_t size);
size_t pending_count(const struct pending *pending);
/* The earliest deadline; INT64_MAX if none waits. */
int64_t pending_next(const struct pending *pending);
