/* mentions: what others were told of a person who is erased: texts that were sent about an order
 * which named the person. One thread. */
#pragma once

#include "db-svc/rules/people/erasing.h"

/* Names the deliveries that may tell of an order that names the person. */
void mentions_names(struct names *names, const struct erasing *erasing, const struct order *order);
/* Erases those among them that went to the person as the buyer, at whatever address; blanks the
 * texts of others that name the person, and has answers about all of them forgotten: `order` as it
 * was. */
void mentions_erase(struct erasing *erasing, const struct order *order);
