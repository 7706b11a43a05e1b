/* signing: the key that this installation signs tickets with, and what makes people's links.
 *
 * TICKET_SIGNING_KEY, or else one that the database keeps: drawn by the first process that asks,
 * and the same for every process from then on. */
#pragma once

#include "db-svc/store/store.h"
#include "libshared/base/settings.h"
#include "libshared/contract/self_service.h"

/* 0, or the store's -errno. The setting must be one that signing_key_read() takes. */
int signing_load(struct store *store, const struct settings *settings, struct signing_key *ret_key)
    __attribute__((warn_unused_result));
/* The settings' texts are borrowed. */
struct self_service signing_self_service(const struct settings *settings,
                                         const struct signing_key *key);
