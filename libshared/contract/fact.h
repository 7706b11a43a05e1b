/* fact: what happened, as the facts topics tell anyone. Ids, states and amounts; never a ticket's
 * code or personal data. */
#pragma once

#include "libshared/contract/command.h"

struct fact_item {
    const char *ticket_type_id;
    int64_t quantity;
};
/* One struct for every fact: what does not belong to one is absent. */
struct fact_body {
    const char *event_id, *ticket_type_id, *order_id, *attendee_id, *notification_id, *delivery_id;
    const char *status, *channel, *reason;
    struct money total;
    struct opt_time expires_at;
    LIST_OF(struct fact_item) items;
};

struct fact {
    const char *type;
    enum module module;
    const char *summary;
};
extern const struct fact facts[];
extern const size_t facts_n;
extern const struct record fact_record;
const struct fact *fact_find(const char *type); /* NULL: none */
