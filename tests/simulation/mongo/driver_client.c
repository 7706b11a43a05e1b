/* Addresses, clients and their pool. */
#include "tests/simulation/mongo/driver.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "tests/simulation/world/world.h"

struct _mongoc_client_pool_t {
    struct _mongoc_uri_t *uri;
    mongoc_client_t *client;
};

static int32_t option_of(const char *text, const char *name, int32_t otherwise)
{
    const char *at = strcasestr(text, name);
    size_t length = strlen(name);
    return at != NULL && at[length] == '=' ? (int32_t)strtol(at + length + 1, NULL, 10) : otherwise;
}

mongoc_uri_t *mongoc_uri_new_with_error(const char *text, bson_error_t *error)
{
    static const char scheme[] = "mongodb://";
    const char *host = text + strlen(scheme);
    const char *port = strncmp(text, scheme, strlen(scheme)) == 0 ? strrchr(host, ':') : NULL;
    long number = port != NULL ? strtol(port + 1, NULL, 10) : 0;
    if (number < 1 || number > 65535) {
        bson_set_error(error, MONGOC_ERROR_COMMAND, MONGOC_ERROR_COMMAND_INVALID_ARG,
                       "Invalid URI: %s", text);
        return NULL;
    }
    mongoc_uri_t *uri = NEW(mongoc_uri_t);
    *uri =
        (mongoc_uri_t){.text = talloc_strdup(uri, text),
                       .socket_ms = option_of(text, MONGOC_URI_SOCKETTIMEOUTMS, 300000),
                       .selection_ms = option_of(text, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 30000),
                       .port = (uint16_t)number};
    return uri;
}

void mongoc_uri_destroy(mongoc_uri_t *uri)
{
    talloc_free(uri);
}

bool mongoc_uri_has_option(const mongoc_uri_t *uri, const char *name)
{
    return strcasestr(uri->text, name) != NULL;
}

bool mongoc_uri_set_option_as_int32(mongoc_uri_t *uri, const char *name, int32_t value)
{
    if (strcasecmp(name, MONGOC_URI_SOCKETTIMEOUTMS) == 0)
        uri->socket_ms = value;
    else if (strcasecmp(name, MONGOC_URI_SERVERSELECTIONTIMEOUTMS) == 0)
        uri->selection_ms = value;
    uri->text = talloc_asprintf_append(uri->text, "&%s=%d", name, (int)value);
    return true;
}

int32_t mongoc_uri_get_option_as_int32(const mongoc_uri_t *uri, const char *name, int32_t otherwise)
{
    return strcasecmp(name, MONGOC_URI_SOCKETTIMEOUTMS) == 0 ? uri->socket_ms : otherwise;
}

static mongoc_client_t *new_client(const mongoc_uri_t *uri)
{
    mongoc_client_t *client = NEW(mongoc_client_t);
    client->uri = talloc_memdup(client, uri, sizeof *uri);
    client->uri->text = talloc_strdup(client->uri, uri->text);
    return client;
}

mongoc_client_t *mongoc_client_new_from_uri(const mongoc_uri_t *uri)
{
    return new_client(uri);
}

void mongoc_client_destroy(mongoc_client_t *client)
{
    talloc_free(client);
}

mongoc_client_pool_t *mongoc_client_pool_new_with_error(const mongoc_uri_t *uri,
                                                        bson_error_t *error)
{
    (void)error;
    mongoc_client_pool_t *pool = NEW(mongoc_client_pool_t);
    pool->client = new_client(uri);
    return pool;
}

void mongoc_client_pool_destroy(mongoc_client_pool_t *pool)
{
    mongoc_client_destroy(pool->client);
    talloc_free(pool);
}

mongoc_client_t *mongoc_client_pool_pop(mongoc_client_pool_t *pool)
{
    return pool->client;
}

void mongoc_client_pool_push(mongoc_client_pool_t *pool, mongoc_client_t *client)
{
    (void)pool;
    (void)client;
}
