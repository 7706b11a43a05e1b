/* export: a whole list as one streamed body, page by page through attendee.list: text/csv, or
 * application/x-ndjson if Accept wants that rather. A page that fails cuts the body off, so that
 * the client sees it is not whole. Memory: one page. The loop's thread. */
#pragma once

#include "libshared/service/facade.h"

facade_show export_list;
