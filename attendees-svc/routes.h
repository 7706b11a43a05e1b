/* routes: what attendees-svc serves. */
#pragma once

#include "libshared/service/facade.h"

extern const struct route attendees_routes[];
