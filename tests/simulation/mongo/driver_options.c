/* Options that only have to be there: the simulated server acts by none of them. */
#include "tests/simulation/mongo/driver.h"

#include <talloc.h>

#include "tests/simulation/world/world.h"

struct _mongoc_transaction_opt_t {
    int unused;
};
struct _mongoc_session_opt_t {
    int unused;
};
struct _mongoc_write_concern_t {
    int unused;
};
struct _mongoc_read_concern_t {
    int unused;
};

void mongoc_init(void)
{
}

void mongoc_cleanup(void)
{
}

void mongoc_log_set_handler(mongoc_log_func_t handler, void *context)
{
    (void)handler;
    (void)context;
}

bool mongoc_client_pool_set_error_api(mongoc_client_pool_t *pool, int32_t version)
{
    (void)pool;
    return version == MONGOC_ERROR_API_VERSION_2;
}

bool mongoc_client_pool_set_appname(mongoc_client_pool_t *pool, const char *name)
{
    (void)pool;
    (void)name;
    return true;
}

void mongoc_client_pool_max_size(mongoc_client_pool_t *pool, uint32_t most)
{
    (void)pool;
    (void)most;
}

mongoc_transaction_opt_t *mongoc_transaction_opts_new(void)
{
    return NEW(mongoc_transaction_opt_t);
}

void mongoc_transaction_opts_destroy(mongoc_transaction_opt_t *options)
{
    talloc_free(options);
}

void mongoc_transaction_opts_set_read_concern(mongoc_transaction_opt_t *options,
                                              const mongoc_read_concern_t *concern)
{
    (void)options;
    (void)concern;
}

void mongoc_transaction_opts_set_write_concern(mongoc_transaction_opt_t *options,
                                               const mongoc_write_concern_t *concern)
{
    (void)options;
    (void)concern;
}

void mongoc_transaction_opts_set_max_commit_time_ms(mongoc_transaction_opt_t *options, int64_t ms)
{
    (void)options;
    (void)ms;
}

mongoc_write_concern_t *mongoc_write_concern_new(void)
{
    return NEW(mongoc_write_concern_t);
}

void mongoc_write_concern_destroy(mongoc_write_concern_t *concern)
{
    talloc_free(concern);
}

void mongoc_write_concern_set_wmajority(mongoc_write_concern_t *concern, int32_t timeout_ms)
{
    (void)concern;
    (void)timeout_ms;
}

void mongoc_write_concern_set_journal(mongoc_write_concern_t *concern, bool journal)
{
    (void)concern;
    (void)journal;
}

mongoc_read_concern_t *mongoc_read_concern_new(void)
{
    return NEW(mongoc_read_concern_t);
}

void mongoc_read_concern_destroy(mongoc_read_concern_t *concern)
{
    talloc_free(concern);
}

bool mongoc_read_concern_set_level(mongoc_read_concern_t *concern, const char *level)
{
    (void)concern;
    (void)level;
    return true;
}

void mongoc_client_set_read_concern(mongoc_client_t *client, const mongoc_read_concern_t *concern)
{
    (void)client;
    (void)concern;
}

mongoc_session_opt_t *mongoc_session_opts_new(void)
{
    return NEW(mongoc_session_opt_t);
}

void mongoc_session_opts_destroy(mongoc_session_opt_t *options)
{
    talloc_free(options);
}

void mongoc_session_opts_set_causal_consistency(mongoc_session_opt_t *options, bool causal)
{
    (void)options;
    (void)causal;
}
