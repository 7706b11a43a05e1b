/* order_history: all that became of one order. Internal to this room. */
#pragma once

#include "db-svc/read/query.h"

query_answer history_of_order;
