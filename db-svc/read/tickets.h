/* tickets: the answers to queries of tickets, which are kept within their orders. Internal to this
 * room. */
#pragma once

#include "db-svc/read/query.h"

query_answer tickets_get, tickets_of_order, tickets_of_whole_order, tickets_list,
    tickets_of_attendee, tickets_key;
