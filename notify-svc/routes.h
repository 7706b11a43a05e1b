/* routes: what notify-svc serves. */
#pragma once

#include "libshared/service/facade.h"

extern const struct route notify_routes[];
