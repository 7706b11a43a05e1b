/* loop: the one pass of a loop that its owner runs by itself. */
#pragma once

#include "libshared/service/loop.h"

/* Runs the hook. */
void loop_pass(struct loop *loop, const struct clock_time *now);
