/* reply: an answer on its way back over Kafka to the sender of the command or query. */
#pragma once

#include "libshared/base/settings.h"
#include "libshared/kafka/envelope.h"
#include "libshared/kafka/producer.h"

#define REPLY_SOURCE "/db-svc"

struct reply_answer {
    const char *id; /* ce_id */
    int status;
    const char *body;                    /* "" with 204 */
    const char *etag, *location, *stock; /* NULL: none */
    bool any_buyer;                      /* a refusal that does not depend on who buys */
};

/* Whether a topic may be answered on: *.replies, *.reply, and those of REPLY_TOPICS_ALLOWED. */
bool reply_allowed(const char *topic, const struct settings *settings);
/* Sends it, tag 0. A reply that cannot be sent is dropped: the error only says so. A problem that
 * does not fit goes without its `errors`. */
int reply_send(struct bus_producer *producer, const struct envelope *asked,
               const struct reply_answer *answer, int64_t now);
