/* lists: the answers to `<record>.list`. Internal to this room. */
#pragma once

#include "db-svc/read/query.h"

query_answer lists_events, lists_ticket_types, lists_orders, lists_attendees,
    lists_listed_attendees, lists_notifications, lists_deliveries, lists_suppressions, lists_scans,
    lists_imports, lists_check_in_lists;
