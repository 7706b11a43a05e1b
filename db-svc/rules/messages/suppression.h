/* suppression: sets addresses aside that nothing is to be sent to any more. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/suppression.h"

/* Wants what the others read of a delivery's address. */
void suppression_want(struct decision *decision, const struct delivery *delivery);
/* Why nothing is sent there, as the error of a delivery; NULL: it can be tried. */
const char *suppression_error(struct decision *decision, const struct delivery *delivery);
/* Whether such an error is why a delivery was not sent. */
bool suppression_is_error(const char *error);
/* Sets the address of a delivery aside. */
void suppression_add(struct decision *decision, const struct delivery *delivery,
                     enum suppression_reason reason, const char *detail);
/* Forgets the address, not that nothing is sent there. */
void suppression_erase(struct decision *decision, enum channel channel, const char *address);
