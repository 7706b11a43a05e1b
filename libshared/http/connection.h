/* connection: one client's connection, from its acceptance to its last byte.
 *
 *   HEAD -> BODY -> OWNER -> ANSWER -> HEAD … -> closed
 *                                   -> LINGER -> closed
 *
 * After an answer that leaves bytes unread the connection lingers: it is read and dropped for a
 * moment, since closing it at once would take the answer from a client that is still sending.
 *
 * Private to http/. One thread. */
#pragma once

#include <sys/socket.h>

#include "libshared/http/connection_state.h"

/* Takes the descriptor of a client `from` that address. 0 or -errno, having closed it. */
int connection_open(struct http_server *server, int fd, const struct sockaddr *from)
    __attribute__((warn_unused_result));
/* Handles these events of epoll. */
void connection_event(struct connection *connection, uint32_t events);
/* Goes on as far as can be. */
void connection_advance(struct connection *connection);
/* Closes it if it has no request, not even one that has come and was not read yet. */
void connection_drain(struct connection *connection);
/* Closes it if it has had its time. */
void connection_sweep(struct connection *connection);
