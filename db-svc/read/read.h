/* read: answers queries from the database.
 *
 * An answer is what the caller's client gets: 200 with a record or a page, or a problem. Everything
 * lives in the given arena. One store, one thread. Times are milliseconds since 1970. */
#pragma once

#include <stdint.h>

#include "db-svc/store/store.h"
#include "libshared/base/settings.h"
#include "libshared/contract/command.h"

struct read_answer {
    int status;
    const char *body;
    const char *etag; /* quoted; NULL: none */
};
/* `body` is one of a COMMAND_QUERY of the contract. -EHOSTUNREACH or -EIO: the database could not
 * be asked, store_error() says why. */
int read_answer_query(struct store *store, void *arena, const struct settings *settings,
                      const struct command_body *body, int64_t now, struct read_answer *ret_answer)
    __attribute__((warn_unused_result));
