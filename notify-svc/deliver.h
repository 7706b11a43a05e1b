/* deliver: sends what db-svc offers on notifications.deliveries, each attempt once.
 *
 *   offer -> claim -> (granted) send -> report -> offset committed
 *
 * An attempt is sent only after its claim was granted, so an offer that comes twice, here or to
 * another instance, is sent by one. An unknown answer is asked for again under the same id: a claim
 * until it is granted or refused, a report until it is answered. Offsets pass only attempts that
 * have ended. An attempt that a crash left claimed is claimed anew when its offer is read again; so
 * an offer that comes twice while it is under way must be known here.
 *
 * db-svc takes a claim for lost after a minute, so nothing begins to be sent more than 20 s after
 * its claim was asked for, and nothing is on its way for more than 30 s.
 *
 * Two hooks of a service. All runs on the loop's thread, but for the sending itself (senders.h). */
#pragma once

#include "libshared/service/service.h"

/* For `struct service`. -EINVAL: a setting makes no sense, and the log says which. */
int deliver_start(struct service_context *context) __attribute__((warn_unused_result));
/* Takes no more, lets what is claimed end for a moment, and reports it. */
void deliver_stop(struct service_context *context);
