/* event_card: what mails and tickets show of an event, as readers of a language write it. Any
 * thread; the result lives in the arena and borrows from the event. */
#pragma once

#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"

/* A NULL locale is an unknown one. */
struct delivery_event *event_card(const void *arena, const struct event *event, const char *locale);
