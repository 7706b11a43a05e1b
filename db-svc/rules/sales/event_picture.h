/* event_picture: the picture of an event, where other rules need it. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/event.h"

/* Gives the event the file that the other one has, if that has a picture. */
void event_picture_copy(struct decision *decision, const struct event *from, struct event *to);
