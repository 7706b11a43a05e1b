/* letter: what one delivery says. One thread. */
#pragma once

#include "db-svc/rules/turn.h"
#include "libshared/contract/notification.h"

/* What letter_write() speaks of, besides the notification. */
void letter_names(struct names *names, const struct delivery *delivery);
/* Once: whatever changes meanwhile, a repeat says the same. The notification must be there. */
void letter_write(struct turn *turn, struct delivery *delivery);
