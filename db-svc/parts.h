/* parts: what db-svc runs besides its facade: the writer and the readers. Hooks for service_main().
 */
#pragma once

#include "libshared/service/service.h"

struct desk;
/* Where administrators ask about dead letters. */
struct desk *parts_desk(const struct service_context *context);
/* The thread that makes pictures fit to be shown. */
struct background;
struct background *parts_background(const struct service_context *context);
int parts_start(struct service_context *context);
void parts_stop(struct service_context *context);
