#include "libshared/http/connection_state.h"

#include <unistd.h>

int64_t connection_now_ms(const struct connection *connection)
{
    return connection->server->now.monotonic_ms;
}

void connection_resume(struct connection *connection)
{
    struct http_server *server = connection->server;
    if (connection->advancing || connection->ready)
        return;
    connection->ready = true;
    TAILQ_INSERT_TAIL(&server->ready, connection, ready_link);
    if (server->running || server->woken)
        return;
    server->woken = true;
    (void)!write(server->wake, &(uint64_t){1}, sizeof(uint64_t));
}
