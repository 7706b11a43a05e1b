/* bad_batch: finds where a batch ends that cannot be unpacked.
 *
 * librdkafka names the first offset of such a batch, not its last, and reads it again for ever. So
 * the reader begins behind it: further and further on until a message is read, then halfway back,
 * until the offset is found at which the batch ends. Pure; one for each partition that is read. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct bad_batch {
    bool searching;
    int64_t first;          /* that was not read */
    int64_t inside, behind; /* the batch has the one; the other is behind it */
    int64_t probe, step;    /* where reading was begun; 0: not yet behind the batch once */
};

/* Reading failed at `position`, in a log that ends before `end` (-1: unknown). Returns where to
 * read from now; equals `behind` once bad_batch_found(). */
int64_t bad_batch_failed(struct bad_batch *bad, int64_t position, int64_t end);
/* A message was read while searching. Returns likewise. */
int64_t bad_batch_read(struct bad_batch *bad);
/* The batch is known to end before `behind`. */
bool bad_batch_found(const struct bad_batch *bad);
