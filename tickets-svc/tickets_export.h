/* tickets_export: the tickets of an event as a file. The loop's thread. */
#pragma once

#include "libshared/service/facade.h"

/* Of a page of listed tickets: see list_export.h. */
facade_show tickets_export;
