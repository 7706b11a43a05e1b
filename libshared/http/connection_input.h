/* connection_input: the bytes that came in on a connection and were not looked at.
 *
 * Private to http/. One thread. */
#pragma once

#include "libshared/http/connection_state.h"

const char *connection_input(const struct connection *connection);
size_t connection_input_size(const struct connection *connection);
void connection_consume(struct connection *connection, size_t n);
/* Reads once what is there. */
void connection_fill(struct connection *connection);
/* Whether its client has closed its side, as far as it is known without reading on. */
bool connection_is_left(const struct connection *connection);
/* Gives the room back while nothing is in it. */
void connection_release_input(struct connection *connection);
