#include "libshared/http/connection_phase.h"

#include <unistd.h>

#include "libshared/http/admission.h"
#include "libshared/http/exchange.h"

void connection_enter(struct connection *connection, enum connection_phase phase)
{
    static const enum admission_wait waits[] = {
        [CONNECTION_HEAD] = ADMISSION_IDLE,        [CONNECTION_BODY] = ADMISSION_BUSY,
        [CONNECTION_OWNER] = ADMISSION_BUSY,       [CONNECTION_ANSWER] = ADMISSION_BUSY,
        [CONNECTION_LINGER] = ADMISSION_LINGERING,
    };
    connection->phase = phase;
    connection->since_ms = connection_now_ms(connection);
    admission_wait(connection, waits[phase]);
}

void connection_close(struct connection *connection)
{
    struct http_server *server = connection->server;
    if (connection->fd < 0)
        return;
    if (connection->exchange != NULL)
        exchange_end(connection->exchange);
    admission_leave(connection);
    (void)close(connection->fd);
    connection->fd = -1;
    TAILQ_REMOVE(&server->connections, connection, link);
    if (connection->ready)
        TAILQ_REMOVE(&server->ready, connection, ready_link);
    connection->ready = false;
    TAILQ_INSERT_TAIL(&server->closed, connection, link);
    server->n_connections--;
}
