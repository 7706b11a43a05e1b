/* list_page: a page of a list being gathered and written: as many records as were asked for, unless
 * their text fills a message before. Internal to this room. */
#pragma once

#include "db-svc/read/query.h"

#define LIST_PAGE_BYTES (900 * 1024) /* of the answer: it must fit a message */

struct list_page {
    void **records;
    size_t n, limit, bytes;
    const void *arena;
    bool more;                   /* there is another page */
    const struct record *record; /* as it is shown; NULL: as it is stored */
};

/* Takes a record whose talloc parent is its own arena: see store_next. */
bool list_page_take(void *page, void *record);
/* The page as JSON, with the cursor of the next. */
const char *list_page_write(const struct query *query, const struct store_list *list,
                            const struct list_page *page);
