/* routes: what tickets-svc serves. */
#pragma once

#include "libshared/service/facade.h"

extern const struct route tickets_routes[];
