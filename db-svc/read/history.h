/* history: what became of a person's record. Internal to this room. */
#pragma once

#include "db-svc/read/query.h"

query_answer history_of_attendee;
