/* order_page: the page of a buyer's own order, where links in mails lead, and what it asks for.
 *
 * The page is constant and holds no token: that stays behind the # in the browser, whose script
 * sends it in bodies alone. No key is needed: the token is all the right there is. Wrong
 * tokens of an order are tried by one client so often a minute (try_limit.h), and lock nobody else
 * out. The loop's thread. */
#pragma once

#include "libshared/base/settings.h"
#include "libshared/service/facade.h"

struct order_page;
/* Made of the files in page/; NULL: they, or the setting of proxies, are wrong, logged. */
struct order_page *order_page_new(const void *arena, const struct settings *settings);

facade_serve order_page_serve;
/* Of the commands and queries by token: whether it is a token at all, and not tried too often; and
 * whether it was right. */
facade_check order_page_check;
/* The same of what draws all codes of an order; and by this link not too often, right or wrong. */
facade_check order_page_check_open;
facade_told order_page_told;
/* The calendar as a file. */
facade_show order_page_calendar;
