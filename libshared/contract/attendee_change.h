/* attendee_change: who did what to a person's record; names of members, never what they held. */
#pragma once

#include "libshared/contract/common.h"

struct attendee_change {
    COMMON_MEMBERS;
    const char *event_id, *attendee_id;
    int64_t at;
    const char *command, *source, *command_id;
    struct texts changed; /* members */
};

/* As it is shown. */
struct attendee_change_view {
    int64_t at;
    const char *command, *key, *command_id;
    struct texts changed;
};
struct attendee_change_view attendee_change_view_of(const struct attendee_change *change);

#define ATTENDEE_CHANGE_PREFIX "change"

RECORD_OF(struct attendee_change, attendee_change_record);
RECORD_OF(struct attendee_change_view, attendee_change_view_record);
