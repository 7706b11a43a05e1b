/* connection_parts: what the files of a connection share; only they include it. */
#pragma once

#include "libshared/http/connection.h"

int64_t connection_now_ms(const struct connection *connection);
void connection_enter(struct connection *connection, enum connection_phase phase);

/* The bytes that came in and were not looked at. */
const char *connection_input(const struct connection *connection);
size_t connection_input_size(const struct connection *connection);
void connection_consume(struct connection *connection, size_t n);
/* Reads once what is there. */
void connection_fill(struct connection *connection);
/* Gives the room back while nothing is in it. */
void connection_release_input(struct connection *connection);

/* Each goes on by one step; false: there is nothing more to do now. */
bool connection_read_head(struct connection *connection);
bool connection_read_body(struct connection *connection);
/* Answers a request whose rest does not come, and closes after that; false: none has begun. */
bool connection_give_up(struct connection *connection, const struct http_fault *fault);
