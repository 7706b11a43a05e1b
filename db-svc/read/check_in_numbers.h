/* check_in_numbers: what the gates of a check-in list have done. Internal to this room. */
#pragma once

#include "db-svc/read/query.h"

query_answer check_in_numbers_get;
