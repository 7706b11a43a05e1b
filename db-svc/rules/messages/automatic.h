/* automatic: e-mails that an event sends by itself, if its `messages` say so.
 *
 * The notification is added in the decision of its cause, and so there is one each cause, whatever
 * is repeated or crashes; from then on it is one like others. It has the texts of default_texts, in
 * every language that there is; the event's own take their place as it is sent (message_text.h).
 * One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"

/* A person has registered. */
void automatic_welcome(struct decision *decision, const struct event *event,
                       const struct attendee *attendee);
/* An order is paid, and has its tickets. */
void automatic_tickets(struct decision *decision, const struct order *order);
/* The nth ticket of an order, from 1, has another owner or another code. */
void automatic_ticket(struct decision *decision, const struct order *order, int64_t number);
/* The tickets of an order are to be sent again: `to` says to whom (recipient, address, locale,
 * attendee_id, buyer, elsewhere, resends) and of what (about). Whatever the event sends. */
void automatic_resend(struct decision *decision, const struct order *order,
                      const struct delivery *to);
/* An order, as it was, has another address of its buyer now: tells the old one. */
void automatic_address_changed(struct decision *decision, const struct order *was);
/* Money of an order was refunded. */
void automatic_refunded(struct decision *decision, const struct order *order);
/* An event is as it is now, and was like that (NULL: new): tells of a change, unless the event is
 * `silent`, and keeps its reminder. `event` is the decision's own. Edits within a few minutes are
 * one move: it is told that long after the last. */
void automatic_follow(struct decision *decision, const struct event *was, struct event *event);
