/* letters: orders with tickets, and what messages say about them.
 *
 * Everything lives in the test's arena. */
#pragma once

#include "tests/support/given.h"

/* A paid order of who has that address, whose tickets' codes are <n>a, <n>b, …; what of them is VIP
 * stands in `types` as v, and void ones as x. */
struct order *messages_order(struct scenario *scenario, int n, const char *email,
                             const char *types);
void messages_given(struct scenario *scenario, int n, const struct order *order);
const char *messages_order_id(struct scenario *scenario, int n);
/* Who has a ticket: <name>@example.org; NULL: is not on the list. */
struct ticket_holder *messages_holder(struct scenario *scenario, const char *name,
                                      const char *attendee_id);

/* Gives the notification of the last command its deliveries: all pages that it asked for. */
void messages_expand(struct scenario *scenario);
/* notification.send with these members, and then that. */
void messages_send(struct scenario *scenario, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Those of the event, by id. */
size_t messages_deliveries(struct scenario *scenario, const struct delivery ***ret_deliveries);
/* The addresses of those, sorted, with a blank in between. */
const char *messages_addresses(struct scenario *scenario);
/* Claims the next attempt at the first delivery to that address that waits for one; `ticket` 0: of
 * any. The test fails if there is none. */
void messages_claim(struct scenario *scenario, const char *address, int64_t ticket);
