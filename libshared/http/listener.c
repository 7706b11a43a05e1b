#include "libshared/http/listener.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(const struct addrinfo *address, int *ret_fd)
{
    int on = 1;
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0) {
        *ret_fd = fd;
        return 0;
    }
    int r = -errno;
    (void)close(fd);
    return r;
}

int listener_open(const char *bind_address, int port, int *ret_fd)
{
    char service[16];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    (void)snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(bind_address, service, &hints, &found) != 0)
        return -EADDRNOTAVAIL;
    int r = listen_on(found, ret_fd);
    freeaddrinfo(found);
    return r;
}

int listener_port(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    char service[16] = "0";
    if (getsockname(fd, (struct sockaddr *)&address, &size) == 0)
        (void)getnameinfo((struct sockaddr *)&address, size, NULL, 0, service, sizeof service,
                          NI_NUMERICSERV);
    return atoi(service);
}
