/* upkeep: when an event is asked about by itself, and when it is forgotten. What availability.h
 * says of gaps, reading, watching and tidying is built here.
 *
 * Works from queues of what is due: no call looks at all events.
 *
 * Internal to availability. One thread. */
#pragma once

#include "tickets-svc/availability_store.h"

void upkeep_add(struct availability_table *table, struct event_entry *event, int64_t now_ms);
void upkeep_remove(struct availability_table *table, struct event_entry *event);

/* A question about it goes out. */
void upkeep_ask(struct availability_table *table, struct event_entry *event, int64_t now_ms);
/* It needs an answer; a question about it is due once it may be asked about. */
void upkeep_gap(struct availability_table *table, struct event_entry *event);
/* Its status has changed. */
void upkeep_status(struct availability_table *table, struct event_entry *event);
/* Forgets the least recently read while there are too many, but for this one. */
void upkeep_make_room(struct availability_table *table, const struct event_entry *wanted);
