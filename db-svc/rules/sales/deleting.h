/* deleting: the job that removes what belonged to a deleted event, page by page. One thread. */
#pragma once

#include "db-svc/rules/turn.h"

#define DELETE_PAGE 100 /* records */

/* Begins it: the event was deleted in this turn. */
void deleting_begin(struct turn *turn, const char *event_id);
