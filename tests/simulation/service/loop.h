/* loop: libshared/service/loop.h whose owner runs each pass by itself. */
#pragma once

#include "libshared/service/loop.h"

/* Fires the timers that are due, and runs the hooks. */
void loop_pass(struct loop *loop, const struct clock_time *now);
