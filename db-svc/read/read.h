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
/* The source that every query is answered from. */
struct read_source {
    struct store *store;
    const struct settings *settings;
    const char *cluster; /* Kafka's id, by which fences are kept; NULL: not known yet */
};
/* `body` is one of a COMMAND_QUERY of the contract. The store's -errno: the database could not be
 * asked (-EHOSTUNREACH, -EAGAIN), or never answers this (-EBADMSG); store_error() says why. */
int read_answer_query(const struct read_source *source, void *arena,
                      const struct command_body *body, int64_t now, struct read_answer *ret_answer)
    __attribute__((warn_unused_result));
