/* linking: what db-svc tells itself of people and their tickets, where there is much of it. */
#pragma once

#include "libshared/contract/common.h"

#define LINKING_JOB_PREFIX "link"
#define LINKING_PEOPLE_MAX 500 /* of a page */

/* attendee.link_page: whose tickets are looked for, and behind which order. */
struct link_page {
    const char *job; /* that the pages are of */
    struct texts attendees;
    const char *after; /* NULL: from the first */
};
/* attendee.unlink_page: the nth page, so that each has a name. */
struct unlink_page {
    int64_t page;
};

RECORD_OF(struct link_page, link_page_record);
RECORD_OF(struct unlink_page, unlink_page_record);
