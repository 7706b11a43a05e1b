/* third_party_texts: texts that were sent to others about an order and name the person who is being
 * erased. One thread. */
#pragma once

#include "db-svc/rules/people/redact.h"

/* Wants the deliveries that may tell of an order, so that those of many are loaded at once. */
void third_party_texts_want(struct decision *decision, const struct order *order);
/* Goes through the deliveries that may mention an order which names the person (`order`, as it
 * was): erases those that went to the person as the buyer, at whatever address, blanks the texts of
 * others that name the person, and has the kept answers about all of them forgotten. */
void third_party_texts_erase(struct redact *redact, const struct order *order);
