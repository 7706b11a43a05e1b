/* operation: answers what became of a command, from its receipt. */
#pragma once

#include "db-svc/read/query.h"

query_answer get_operation;
