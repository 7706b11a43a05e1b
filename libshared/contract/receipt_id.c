#include "libshared/contract/receipt_id.h"

#include <sodium.h>
#include <string.h>

void receipt_id(uint8_t ret_id[RECEIPT_ID], const char *source, const char *id)
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)source, strlen(source) + 1);
    crypto_hash_sha256_update(&state, (const uint8_t *)id, strlen(id) + 1);
    crypto_hash_sha256_final(&state, ret_id);
}
