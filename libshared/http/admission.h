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
#include <sys/queue.h>
#include <sys/socket.h>

#include "libshared/base/network.h"

struct connection;
struct http_server;
TAILQ_HEAD(waiting, connection);

/* How a connection waits. */
enum admission_wait {
    ADMISSION_BUSY, /* it does not */
    ADMISSION_LINGERING,
    ADMISSION_IDLE,
    ADMISSION_COMING, /* for its first request, or the rest of another's head */
};

/* Those that wait; each list begins with the one that goes first. */
struct admission_lists {
    struct waiting idle, coming;
};
void admission_lists_init(struct admission_lists *lists);

struct client;

/* Counts a connection as its client's; one of the client's own that waits is closed if there are
 * too many. False: there is none, and the connection is not counted. */
bool admission_enter(struct connection *connection, const struct sockaddr *from)
    __attribute__((warn_unused_result));
/* When it is closed; nothing happens twice. */
void admission_leave(struct connection *connection);
void admission_wait(struct connection *connection, enum admission_wait how);
/* Closes one that waits; false: none does. */
bool admission_make_room(struct http_server *server);
/* Whether one waits. */
bool admission_can_make_room(const struct http_server *server);
