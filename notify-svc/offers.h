/* offers: reads notifications.deliveries as a member of group `notify-svc`.
 *
 * Offsets are committed only behind offers that have ended, in order within a partition. While
 * there is no room nothing is read, without losing the membership. One thread, the loop's; the
 * functions called back run inside offers_run() and offers_close(). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libshared/base/clock.h"
#include "libshared/kafka/bus.h"

struct offers;

/* Where an offer came from. */
struct offer {
    int32_t partition;
    int64_t offset;
    unsigned assignment;
};

struct offers_config {
    struct bus_config bus;
    const char *instance; /* the same after a restart, and of this process alone; borrowed */
    int fd; /* an eventfd, signalled when offers_run() has something to do; borrowed */
    void *context;
    /* Whether there is room for another after it. The message is borrowed. */
    bool (*take)(void *context, const struct offer *offer, const struct bus_message *message);
    /* Offers that were taken and not begun belong to another instance from here on. */
    void (*revoked)(void *context);
};

/* Needs no broker. */
int offers_open(const void *arena, const struct offers_config *config, struct offers **ret_offers)
    __attribute__((warn_unused_result));
/* Commits what has ended. NULL is allowed. */
void offers_close(struct offers *offers);

/* Takes what is there while there is `room`, commits what has ended; never blocks. On every pass of
 * the loop. Returns the longest sleep allowed until the next, in milliseconds. */
int64_t offers_run(struct offers *offers, bool room, const struct clock_time *now);
void offers_end(struct offers *offers, const struct offer *offer);

/* NULL, or why nothing is read (a fixed sentence). */
const char *offers_unready(const struct offers *offers);
