/* ledger: the rows of an event's stock, as a list. Internal to this room. */
#pragma once

#include "db-svc/read/query.h"

query_answer ledger_list;
