/* suppression: an address that nothing is sent to any more, because a message came back from it or
 * its owner complained. It holds for every event: all mail goes out under one sender. */
#pragma once

#include "libshared/contract/notification.h"

#define SUPPRESSION_PREFIX "suppression"

enum suppression_reason { SUPPRESSION_UNSET, SUPPRESSION_BOUNCED, SUPPRESSION_COMPLAINED };
extern const char *const suppression_reason_names[];

struct suppression {
    COMMON_MEMBERS;
    enum channel channel;
    const char *address; /* NULL: its owner was erased; the id still tells the address */
    enum suppression_reason reason;
    const char *detail;                 /* what the carrier said */
    const char *event_id, *delivery_id; /* of the message that showed it */
};

/* The id for an address as people may write it; NULL: there is none. */
const char *suppression_id(const void *arena, enum channel channel, const char *address);

RECORD_OF(struct suppression, suppression_record);
