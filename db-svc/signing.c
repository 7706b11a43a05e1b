#include "db-svc/signing.h"

#include <errno.h>
#include <sodium.h>

int signing_load(struct store *store, const struct settings *settings, struct signing_key *ret_key)
{
    uint8_t drawn[STORE_SECRET], seed[STORE_SECRET];
    if (settings->ticket_signing_key != NULL)
        return signing_key_read(settings->ticket_signing_key, ret_key) ? 0 : -EINVAL;
    randombytes_buf(drawn, sizeof drawn);
    int r = store_secret(store, "ticket_signing_key", drawn, seed);
    if (r == 0)
        signing_key_make(seed, ret_key);
    sodium_memzero(drawn, sizeof drawn);
    sodium_memzero(seed, sizeof seed);
    return r;
}

struct self_service signing_self_service(const struct settings *settings,
                                         const struct signing_key *key)
{
    struct self_service service = {.url = settings->self_service_url,
                                   .order_page_url = settings->order_page_url,
                                   .sender = settings->smtp_from,
                                   .seconds = settings->self_service_seconds};
    self_service_key(key, service.key);
    return service;
}
