/* linking_pages: the pages of linking. One thread. */
#pragma once

#include "db-svc/rules/people/linking.h"

#define LINKING_PAGE 100 /* orders of a page */

/* Asks for the first page of orders whose tickets may be these people's. */
void linking_ask(struct decision *decision, const char *event_id,
                 const struct linking_person *people, size_t n);
