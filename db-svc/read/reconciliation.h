/* reconciliation: compares what an audit has added up. Internal to this room. */
#pragma once

#include "db-svc/read/query.h"

query_answer reconciliation_get;
