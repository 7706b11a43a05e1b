/* order_search: orders of all events, as a help desk looks for them. Internal to this room. */
#pragma once

#include "db-svc/read/query.h"

query_answer order_search;
query_answer order_search_by_any; /* also by a ticket's code */
query_answer order_search_listed; /* of one event with what was answered to its questions */
