/* import_request: what the query string of an import says. */
#pragma once

#include "attendees-svc/columns.h"
#include "libshared/contract/common.h"

struct import_request {
    struct opt_bool dry_run;
    const char *charset;           /* a known one (charset_reader.h); NULL: UTF-8 */
    struct column_mapping columns; /* lives with the record's arena */
    struct texts lenient;          /* members that are left out where they cannot be read */
};

RECORD_OF(struct import_request, import_request_record);
