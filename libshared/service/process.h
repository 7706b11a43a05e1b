/* process: the running service, from the first part opened to the last one closed.
 *
 * service_main answers --print-… and --help without starting anything. One thread. */
#pragma once

#include "libshared/service/service.h"

/* `context` has service, arena, settings, bus and tables. Returns once the service has been told to
 * end, or could not start (logged): 0 or -errno. */
int process_run(const struct service_context *context, struct api_keys *keys)
    __attribute__((warn_unused_result));
