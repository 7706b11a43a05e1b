/* listed_events: events by date, each with its stock. Internal to this room. */
#pragma once

#include "db-svc/read/query.h"

query_answer listed_events;
