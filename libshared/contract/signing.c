#include "libshared/contract/signing.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/mem.h"

#define T struct ticket_key
static const struct field fields[] = {
    FIELD(T, algorithm),
    FIELD(T, public_key, .summary = "32 bytes in base64url."),
};
const struct record ticket_key_record = RECORD("ticket_key", T, fields);
#undef T

void signing_key_make(const uint8_t seed[SIGNING_SEED], struct signing_key *ret_key)
{
    (void)crypto_sign_seed_keypair(ret_key->public, ret_key->secret, seed);
}

bool signing_key_read(const char *text, struct signing_key *ret_key)
{
    uint8_t seed[SIGNING_SEED];
    size_t length;
    const char *end;
    if (sodium_hex2bin(seed, sizeof seed, text, strlen(text), NULL, &length, &end) != 0 ||
        length != sizeof seed || *end != '\0')
        return false;
    signing_key_make(seed, ret_key);
    sodium_memzero(seed, sizeof seed);
    return true;
}

static const char *base64(const void *arena, const uint8_t *bytes, size_t n)
{
    const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    size_t size = sodium_base64_encoded_len(n, variant);
    return sodium_bin2base64(mem_zeroed(arena, size), size, bytes, n, variant);
}

const char *signing_public_text(const void *arena, const struct signing_key *key)
{
    return base64(arena, key->public, sizeof key->public);
}

const char *signing_sign(const void *arena, const struct signing_key *key, const char *event_id,
                         const char *code)
{
    uint8_t signature[crypto_sign_BYTES];
    const char *said = mem_printf(arena, "%s.%s", event_id, code);
    (void)crypto_sign_detached(signature, NULL, (const uint8_t *)said, strlen(said), key->secret);
    return base64(arena, signature, sizeof signature);
}
