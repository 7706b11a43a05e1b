/* availability_apply: what facts and replies tell of the events that are followed. What
 * availability.h says of both is built here.
 *
 * Internal to availability. One thread. */
#pragma once

#include "tickets-svc/availability_store.h"

/* Applies the messages received since the event's question went out, once more on top of its
 * answer. False: the event was deleted. */
bool availability_apply_take_since(struct availability_table *table, struct event_entry *event);
/* The event's question has ended, and the table counts it no more. */
void availability_apply_end(struct availability_table *table, struct event_entry *event);
