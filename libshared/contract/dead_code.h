/* dead_code: a ticket's code that another has replaced. Pure. */
#pragma once

#include "libshared/contract/ticket_view.h"

struct dead_code {
    COMMON_MEMBERS; /* the id is the code */
    const char *event_id, *order_id;
    const char *ticket_type_id;   /* NULL: an older release wrote it, */
    enum void_reason void_reason; /* which did not say this either */
    struct opt_int64 ticket;      /* its number in the order, from 1; unset: an older release's */
};

/* As it is shown; borrows from it. `ticket_type`: the type's name; NULL: unknown. */
struct ticket_view dead_code_view(const struct dead_code *dead, const char *ticket_type);

RECORD_OF(struct dead_code, dead_code_record);
