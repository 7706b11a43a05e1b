/* authority: the host and port that a request is for (RFC 3986 section 3.2, RFC 9110 section 7.2).
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether its host is this machine's alone: localhost, an address of 127.0.0.0/8, or ::1. */
bool authority_is_loopback(const char *text);
/* A name, an IPv4 address or an IPv6 address in brackets, and perhaps a port; no user. */
bool authority_valid(const char *text, size_t size);
