#include "libshared/contract/dead_code.h"

#include "libshared/contract/event.h"
#include "libshared/contract/ticket_type.h"

#define T struct dead_code
static const struct field fields[] = {
    COMMON_FIELDS(T, "code"),
    FIELD_ID(T, event_id, EVENT_PREFIX),
    FIELD_ID(T, order_id, ORDER_PREFIX),
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX),
    FIELD_ENUM(T, void_reason, void_reason_names),
    FIELD(T, ticket),
};
const struct record dead_code_record = RECORD("dead_code", T, fields);
#undef T

struct ticket_view dead_code_view(const struct dead_code *dead, const char *ticket_type)
{
    return (struct ticket_view){.code = dead->id,
                                .order_id = dead->order_id,
                                .ticket_type_id = dead->ticket_type_id,
                                .ticket_type = ticket_type,
                                .status = TICKET_VOID,
                                .void_reason = dead->void_reason};
}
