/* listener: the socket a server listens on. */
#pragma once

/* Listens on a numeric address or a name ("127.0.0.1", "::1", "0.0.0.0"); port 0 is any free one.
 * Returns 0, or -errno: -EADDRNOTAVAIL when the address cannot be found. The caller closes it. */
int listener_open(const char *bind_address, int port, int *ret_fd)
    __attribute__((warn_unused_result));
int listener_port(int fd);
