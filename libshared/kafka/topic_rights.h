/* topic_rights: which right on a topic turned out to be missing lately, for a service that says why
 * it is not ready.
 *
 * Any thread may note and read. Times are of the monotonic clock. Strings given are borrowed for as
 * long as it lives. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct topic_rights;

/* The rights that may be missing: Read on one topic, Write on each of the others. In `arena`. */
struct topic_rights *topic_rights_new(const void *arena, const char *read, const char *const *write,
                                      size_t n_write);
/* Kafka has refused the right on this topic. It counts as missing for ten seconds. Logged once
 * meanwhile. */
void topic_rights_note_missing(struct topic_rights *rights, const char *topic, int64_t now_ms);
/* The right missing last, as a fixed sentence; NULL: none is. */
const char *topic_rights_missing(const struct topic_rights *rights, int64_t now_ms);
