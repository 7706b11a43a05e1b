/* connection_read: reads a request's head and its body from a connection.
 *
 * Private to http/. One thread. */
#pragma once

#include "libshared/http/connection_state.h"

/* Each goes on by one step; false: there is nothing more to do now. */
bool connection_read_head(struct connection *connection);
bool connection_read_body(struct connection *connection);
/* Answers a request whose rest does not come, and closes after that; false: none has begun. */
bool connection_give_up(struct connection *connection, const struct http_fault *fault);
