#include "libshared/contract/attendee_change.h"

#include <string.h>

#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"

#define T struct attendee_change
static const struct field fields[] = {
    COMMON_FIELDS(T, ATTENDEE_CHANGE_PREFIX),     FIELD_ID(T, event_id, EVENT_PREFIX),
    FIELD_ID(T, attendee_id, ATTENDEE_PREFIX),    FIELD_TIME(T, at),
    FIELD(T, command, .personal = NOT_PERSONAL),  FIELD(T, source, .personal = NOT_ERASED),
    FIELD(T, command_id, .personal = NOT_ERASED), FIELD(T, changed, .personal = NOT_PERSONAL),
};
const struct record attendee_change_record = RECORD("attendee_change", T, fields);
#undef T

#define T struct attendee_change_view
static const struct field view_fields[] = {
    FIELD_TIME(T, at),
    FIELD(T, command, .summary = "Its type, e.g. attendee.update."),
    FIELD(T, key,
          .summary = "Who sent it: the API key's name, or the source of a command over Kafka."),
    FIELD(T, command_id, .summary = "Its Idempotency-Key, or its id over Kafka."),
    FIELD(T, changed, .summary = "The members that it changed."),
};
const struct record attendee_change_view_record = RECORD("attendee_change_view", T, view_fields);
#undef T

#define REST "/rest/"

struct attendee_change_view attendee_change_view_of(const struct attendee_change *change)
{
    const char *source = change->source;
    bool rest = source != NULL && strncmp(source, REST, strlen(REST)) == 0;
    return (struct attendee_change_view){.at = change->at,
                                         .command = change->command,
                                         .key = rest ? source + strlen(REST) : source,
                                         .command_id = change->command_id,
                                         .changed = change->changed};
}
