/* resend: the message of a dead letter as it is sent again: to the topic and partition that it came
 * to, with its own headers and key, and with its identity, so that a second time is the same
 * command. Its deadline is left out: whoever sends it again wants it done. Pure. */
#pragma once

#include "libshared/kafka/bus.h"
#include "libshared/kafka/producer.h"

/* The record is in the arena, or borrows from the letter. */
void resend_form(void *arena, const struct bus_message *letter, struct bus_record *ret_record);
