/* ticket_line: a ticket in one line of text, as {{tickets.list}} has it: "VIP, Ada: code". Pure;
 * any thread; the result is in the arena. */
#pragma once

#include "libshared/contract/notification.h"

char *ticket_line(const void *arena, const struct delivery_ticket *ticket);
