/* order_page: the page of a buyer's own order, where links in mails lead, and what it asks for.
 *
 * The page is constant and holds no token: that stays behind the # in the browser, whose script
 * sends it in bodies alone. No key is needed: the token is all the right there is. One order is
 * tried so often a minute (try_limit.h). The loop's thread. */
#pragma once

#include "libshared/service/facade.h"

struct order_page;
/* Made of the files in page/; NULL: they are wrong, logged. */
struct order_page *order_page_new(const void *arena);

facade_serve order_page_serve;
/* Of the commands and queries by token: whether it is a token at all, and not tried too often. */
facade_check order_page_check;
/* The calendar as a file. */
facade_show order_page_calendar;
