/* reply_drops: replies that reached nobody, counted by topic and cause, and logged from time to
 * time instead of one by one. Topics are the senders' choice: after REPLY_DROPS_MAX pairs the rest
 * is counted without a topic. Any thread. Freed with its arena. */
#pragma once

#include <stdint.h>

#define REPLY_DROPS_MAX 100

struct reply_drops;

struct reply_drops *reply_drops_new(const void *arena);
/* `error` is what sending said (-errno). */
void reply_drops_count(struct reply_drops *drops, const char *topic, int error);
/* The topic is none that may be answered. */
void reply_drops_not_allowed(struct reply_drops *drops, const char *topic);

/* A pair with the number since the start. Within `seen` nothing else of `drops` may be called. */
struct reply_drop {
    const char *topic, *cause;
    uint64_t count;
};
void reply_drops_each(struct reply_drops *drops,
                      void (*seen)(void *user, const struct reply_drop *drop), void *user);
/* A line for each pair that was counted since the last call. `of` says what was answered. */
void reply_drops_log(struct reply_drops *drops, const char *of);
