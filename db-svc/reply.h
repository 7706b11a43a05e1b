/* reply: an answer on its way back to whoever asked over Kafka. */
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
};

/* Whether a reply was asked for, on a topic that may be answered: *.replies, *.reply, and those of
 * REPLY_TOPICS_ALLOWED. */
bool reply_wanted(const struct envelope *asked, const struct settings *settings);
/* Sends it, tag 0. A reply that cannot be sent is dropped: the error only says so. */
int reply_send(struct bus_producer *producer, const struct envelope *asked,
               const struct reply_answer *answer, int64_t now);
