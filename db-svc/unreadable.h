/* unreadable: what is said of a message that is no command or query that can be read, in the
 * problem for the sender and in a line for the dead letter and the log. Pure. */
#pragma once

#include <jansson.h>

#include "libshared/contract/problem.h"
#include "libshared/kafka/envelope.h"

struct unreadable {
    enum problem_code code;
    const char *reason; /* one line, no longer than a header may be; in the arena */
    json_t *members;    /* of the problem; the caller's to end by unreadable_end(). NULL: none */
};

/* By the faults of its envelope: `errors` names every header. */
struct unreadable unreadable_envelope(void *arena, const struct envelope *envelope);
/* No command or query of the topic: `ce_type` and `topic` name it. */
struct unreadable unreadable_type(void *arena, const struct envelope *envelope, const char *topic);
/* For what all messages with this code have in common. `reason` is a fixed phrase. */
struct unreadable unreadable_for(enum problem_code code, const char *reason);
void unreadable_end(struct unreadable *unreadable);

/* A type as it is shown: no longer than this, whole code points. */
#define UNREADABLE_TYPE_BYTES 100
