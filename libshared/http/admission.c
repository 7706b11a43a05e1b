#include "libshared/http/admission.h"

#include <uthash.h>

#include "libshared/base/mem.h"
#include "libshared/base/network.h"

#define COMING_MS 1000

struct client {
    struct network_address address;
    unsigned connections;
    struct admission_lists lists;
    UT_hash_handle hh;
};

void admission_lists_init(struct admission_lists *lists)
{
    TAILQ_INIT(&lists->idle);
    TAILQ_INIT(&lists->coming);
}

/* --- Clients --- */

static struct client *client_of(struct http_server *server, struct network_address address)
{
    struct client *client = NULL;
    HASH_FIND(hh, server->clients, &address, sizeof address, client);
    if (client != NULL)
        return client;
    client = mem_new(server, struct client);
    client->address = address;
    admission_lists_init(&client->lists);
    HASH_ADD(hh, server->clients, address, sizeof client->address, client);
    return client;
}

static void forget_if_empty(struct http_server *server, struct client *client)
{
    if (client->connections > 0)
        return;
    HASH_DEL(server->clients, client);
    mem_free(client);
}

/* The one that makes room; NULL: none does yet. */
static struct connection *first_of(const struct admission_lists *lists, int64_t now_ms)
{
    struct connection *idle = TAILQ_FIRST(&lists->idle), *coming = TAILQ_FIRST(&lists->coming);
    if (idle != NULL || coming == NULL)
        return idle;
    return now_ms - coming->since_ms >= COMING_MS ? coming : NULL;
}

static struct connection *evict(struct http_server *server, const struct admission_lists *lists)
{
    struct connection *connection = first_of(lists, server->now.monotonic_ms);
    if (connection != NULL)
        server->counts.evicted++;
    return connection;
}

bool admission_enter(struct connection *connection, struct connection **ret_evicted)
{
    *ret_evicted = NULL;
    struct http_server *server = connection->server;
    const struct network_address address = connection->peer;
    if (server->config.max_of_client == 0 || networks_contain(server->config.exempt, address))
        return true;
    struct client *client = client_of(server, network_client(address));
    if (client->connections >= server->config.max_of_client) {
        *ret_evicted = evict(server, &client->lists);
        if (*ret_evicted == NULL) {
            server->counts.refused++;
            return false;
        }
    }
    client->connections++;
    connection->client = client;
    return true;
}

void admission_leave(struct connection *connection)
{
    struct client *client = connection->client;
    admission_wait(connection, ADMISSION_BUSY);
    if (client == NULL)
        return;
    connection->client = NULL;
    client->connections--;
    forget_if_empty(connection->server, client);
}

/* --- Waiting --- */

static struct waiting *list_of(struct admission_lists *lists, enum admission_wait how)
{
    return how == ADMISSION_COMING ? &lists->coming : &lists->idle;
}

static void take_out(struct connection *connection)
{
    enum admission_wait how = connection->waits;
    if (how == ADMISSION_BUSY)
        return;
    TAILQ_REMOVE(list_of(&connection->server->waiting, how), connection, waiting_link);
    if (connection->client != NULL)
        TAILQ_REMOVE(list_of(&connection->client->lists, how), connection, client_link);
}

static void put_in(struct connection *connection, enum admission_wait how)
{
    struct waiting *all = list_of(&connection->server->waiting, how);
    struct client *client = connection->client;
    if (how == ADMISSION_LINGERING)
        TAILQ_INSERT_HEAD(all, connection, waiting_link);
    else
        TAILQ_INSERT_TAIL(all, connection, waiting_link);
    if (client != NULL && how == ADMISSION_LINGERING)
        TAILQ_INSERT_HEAD(&client->lists.idle, connection, client_link);
    else if (client != NULL)
        TAILQ_INSERT_TAIL(list_of(&client->lists, how), connection, client_link);
}

void admission_wait(struct connection *connection, enum admission_wait how)
{
    take_out(connection);
    connection->waits = how;
    if (how != ADMISSION_BUSY)
        put_in(connection, how);
}

struct connection *admission_evict(struct http_server *server)
{
    return evict(server, &server->waiting);
}

bool admission_can_make_room(const struct http_server *server)
{
    return first_of(&server->waiting, server->now.monotonic_ms) != NULL;
}
