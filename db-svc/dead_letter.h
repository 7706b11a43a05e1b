/* dead_letter: a message that nobody can work on, for a person to look at.
 *
 * It goes to <topic>-dlt, with the headers that Spring's DeadLetterPublishingRecoverer writes. What
 * a topic of dead letters does not take is cut: the value to its first bytes, and headers and key
 * that are too large left out; its size and SHA-256 are in headers then. Pure. */
#pragma once

#include "libshared/kafka/bus.h"
#include "libshared/kafka/producer.h"

/* The largest message that a topic of dead letters takes. Of a larger one only the beginning is
 * kept. */
#define DEAD_LETTER_BYTES (2 * 1024 * 1024)
#define DEAD_LETTER_CUT (64 * 1024)

/* `why` is a fixed sentence. The record is in `arena`, or borrows from the message. */
void dead_letter_form(void *arena, const struct bus_message *message, const char *why,
                      struct bus_record *ret_record);
