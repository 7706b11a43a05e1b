#include "libshared/http/connection_input.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "libshared/base/mem.h"

#define READ_BYTES 4096 /* at first */

const char *connection_input(const struct connection *connection)
{
    return connection->in + connection->in_at;
}

size_t connection_input_size(const struct connection *connection)
{
    return connection->in_end - connection->in_at;
}

void connection_consume(struct connection *connection, size_t n)
{
    connection->in_at += n;
    if (connection_input_size(connection) == 0)
        connection->in_at = connection->in_end = 0;
}

static void make_room(struct connection *connection)
{
    size_t size = connection_input_size(connection);
    if (connection->in == NULL) {
        connection->in_room = READ_BYTES;
        connection->in = mem_grow(connection, NULL, char, READ_BYTES);
    } else if (connection->in_at > 0) {
        memmove(connection->in, connection_input(connection), size);
    } else if (size == connection->in_room) {
        connection->in = mem_grow(connection, connection->in, char, 2 * size);
        connection->in_room = 2 * size;
    }
    connection->in_at = 0;
    connection->in_end = size;
}

void connection_fill(struct connection *connection)
{
    make_room(connection);
    ssize_t n = recv(connection->fd, connection->in + connection->in_end,
                     connection->in_room - connection->in_end, 0);
    if (n > 0)
        connection->in_end += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        connection->eof = true;
}

bool connection_is_left(const struct connection *connection)
{
    char byte;
    if (connection->fd < 0 || connection->eof || connection->unwatched)
        return true;
    ssize_t n = recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

void connection_release_input(struct connection *connection)
{
    if (connection->in == NULL || connection_input_size(connection) > 0)
        return;
    mem_free(connection->in);
    connection->in = NULL;
    connection->in_at = connection->in_end = connection->in_room = 0;
}
