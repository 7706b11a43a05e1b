/* admission: which connections there is room for, and which make room.
 *
 * A connection that waits for a request makes room for one that comes: first those that linger
 * after their answer, then the one that idles longest, then the one whose head has been coming
 * longest. Connections of one client (network_client()) are counted, but for those from exempt
 * networks.
 *
 * Private to http/. One thread. */
#pragma once

#include <stdbool.h>

#include "libshared/http/connection_state.h"

void admission_lists_init(struct admission_lists *lists);

/* Counts a connection as its client's. If the client has too many, *ret_evicted is one of them that
 * waits, for the caller to close; else NULL. False: there is none that waits, and the connection is
 * not counted. */
bool admission_enter(struct connection *connection, struct connection **ret_evicted)
    __attribute__((warn_unused_result));
/* When it is closed; nothing happens twice. */
void admission_leave(struct connection *connection);
void admission_wait(struct connection *connection, enum admission_wait how);
/* One that waits and makes room, for the caller to close; NULL: none does. */
struct connection *admission_evict(struct http_server *server);
/* Whether one waits. */
bool admission_can_make_room(const struct http_server *server);
