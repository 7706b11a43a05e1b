/* availability: what of an event is for sale, and how much of it is left. Internal to this room. */
#pragma once

#include "db-svc/read/query.h"

query_answer availability_get;
