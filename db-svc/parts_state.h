/* parts_state: what runs in db-svc besides its facade. parts.c makes it, and its parts find each
 * other in it. */
#pragma once

#include "libshared/service/service.h"

struct parts {
    struct writer *writer;
    struct readers *readers;
    struct desk *desk;             /* where administrators ask about dead letters */
    struct background *background; /* the thread that makes pictures fit to be shown */
};

/* Those of a call's user, or of a hook's context. */
static inline const struct parts *parts_of(const struct service_context *context)
{
    return context->own;
}
