/* tracing: the tracer of a service, from its settings. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "libshared/service/service.h"

/* False: a setting of it is wrong, said on `errors`. */
bool tracing_check(const struct settings *settings, FILE *errors);
/* Fills in the context's tracer, or leaves it NULL, and counts its spans. 0 or -errno. */
int tracing_open(struct service_context *context) __attribute__((warn_unused_result));
