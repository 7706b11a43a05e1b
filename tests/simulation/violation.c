#include "tests/simulation/simulation.h"

#include <stdarg.h>
#include <stdio.h>

void violation(struct simulation *simulation, const char *promise, const char *format, ...)
{
    char text[TRACE_BYTES - 60];
    va_list arguments;
    if (simulation->checker.violations++ >= SHOWN_VIOLATIONS)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    trace(simulation, "VIOLATION of %s: %s", promise, text);
    (void)snprintf(simulation->shown[simulation->checker.violations - 1], TRACE_BYTES,
                   "%.3f s, %s: %s", (double)world->now / 1e6, promise, text);
}
