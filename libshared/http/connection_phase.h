/* connection_phase: how a connection passes from phase to phase, up to its end.
 *
 * Private to http/. One thread. */
#pragma once

#include "libshared/http/connection_state.h"

void connection_enter(struct connection *connection, enum connection_phase phase);
/* A connection that is closed stays until the server's pass ends, so that nothing in that pass
 * finds it gone. */
void connection_close(struct connection *connection);
