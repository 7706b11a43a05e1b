/* Commands that are sent as they are. */
#include "tests/simulation/mongo/driver.h"

bool mongoc_client_write_command_with_opts(mongoc_client_t *client, const char *database,
                                           const bson_t *command, const bson_t *options,
                                           bson_t *ret_reply, bson_error_t *error)
{
    struct request request = session_request(session_in_options(options), command);
    request.database = database;
    return driver_run(client, &request, "TransientTransactionError", ret_reply, error);
}

bool mongoc_client_command_simple(mongoc_client_t *client, const char *database,
                                  const bson_t *command, const mongoc_read_prefs_t *preference,
                                  bson_t *ret_reply, bson_error_t *error)
{
    (void)preference;
    bson_iter_t at;
    struct request request = {.database = database, .command = command};
    if (bson_iter_init_find(&at, command, "maxTimeMS"))
        request.max_time_us = bson_iter_as_int64(&at) * 1000;
    return driver_run(client, &request, NULL, ret_reply, error);
}
