/* routes: what db-svc serves. */
#pragma once

#include "libshared/service/facade.h"

extern const struct route db_routes[];
