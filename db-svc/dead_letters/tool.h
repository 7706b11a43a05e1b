/* tool: `db-svc --dead-letters`, for whoever has a shell and no key. */
#pragma once

#include "libshared/service/service.h"

extern const struct service_tool dead_letters_tool;
