/* given: the records that most tests of decisions begin with. */
#pragma once

#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"
#include "tests/support/ids.h"
#include "tests/support/scenario.h"

/* In bodies, of the event that tests begin with. */
#define AT "'event_id':'" EVENT_ID "'"

/* Opens the scenario, with EVENT_ID published. */
void given_published(struct scenario *scenario);
/* An event in euros. */
void given_event(struct scenario *scenario, const char *id, enum event_status status);
/* A type of EVENT_ID at 25.00 EUR, and its stock. */
void given_type(struct scenario *scenario, const char *id, int64_t capacity);
/* The same, with limits and windows as in `type`. */
void given_type_as(struct scenario *scenario, const char *id, struct ticket_type type);
const struct stock *stock_of(struct scenario *scenario, const char *id);
/* The counters, and that they add up. */
void check_stock_is(struct scenario *scenario, const char *id, int64_t sold, int64_t held);
