/* heap: the simulator's malloc(); not there with a sanitizer. */
#pragma once

/* A run begins: what was taken before it, and is not yet given back, is kept for good. */
void heap_begin_run(void) __attribute__((weak));
