/* orders_export: the orders found as one streamed body; see list_export.h. Without codes in CSV:
 * such files are passed on. */
#pragma once

#include "libshared/service/facade.h"

facade_show orders_export;
