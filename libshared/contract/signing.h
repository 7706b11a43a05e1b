/* signing: tickets' codes are signed, so that a gate without a network can tell them from forged
 * ones.
 *
 * A signature is Ed25519 over "<event id>.<code>", in base64url without padding. A ticket shows a
 * gate "<code>.<signature>". Keys are made of a seed; pure functions, any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libshared/record/record.h"

#define SIGNING_SEED 32
#define SIGNING_PUBLIC 32
#define SIGNING_SECRET 64

struct signing_key {
    uint8_t public[SIGNING_PUBLIC], secret[SIGNING_SECRET];
};
/* False: `text` is not a seed in hexadecimal. */
bool signing_key_read(const char *text, struct signing_key *ret_key);
void signing_key_make(const uint8_t seed[SIGNING_SEED], struct signing_key *ret_key);

const char *signing_public_text(const void *arena, const struct signing_key *key);
const char *signing_sign(const void *arena, const struct signing_key *key, const char *event_id,
                         const char *code);

/* The key as gates get it. */
struct ticket_key {
    const char *algorithm, *public_key;
};
RECORD_OF(struct ticket_key, ticket_key_record);
