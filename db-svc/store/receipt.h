/* receipt: that a command was decided, and all there is to repeat what was said then.
 *
 * Its id is the SHA-256 of the command's source and id. It keeps the answer and every message that
 * the command caused, so that a command sent again, or a crash before publishing, repeats them byte
 * for byte. Receipts are kept for RECEIPT_DAYS. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "libshared/contract/receipt_id.h"

#define RECEIPT_DAYS 8

/* A message for Kafka that a command causes. */
struct outgoing {
    const char *topic, *key, *type, *id;
    int64_t sequence; /* of a fact; -1: none */
    const char *body;
};

struct receipt {
    uint8_t id[RECEIPT_ID];
    uint8_t fingerprint[RECEIPT_ID];
    int status;
    const char *body;                    /* "" with 204 */
    const char *etag, *location, *stock; /* NULL: none */
    bool any_buyer; /* a refusal that does not depend on who buys; not stored: once it is told
                     * again, others may be refused otherwise */
    struct outgoing *outgoing;
    size_t n_outgoing;
    const char **about; /* ids of the records that the answer shows, or shows parts of */
    size_t n_about;
    int64_t at; /* when it was decided; kept until at + RECEIPT_DAYS */
};
