/* parts: what db-svc runs besides its facade: the writer and the readers. Hooks for service_main().
 */
#pragma once

#include "libshared/service/service.h"

int parts_start(struct service_context *context);
void parts_stop(struct service_context *context);
