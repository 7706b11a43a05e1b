/* Signed codes: anybody with the public key can tell a ticket of an event from what is none. */
#include "tests/support/check_main.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/signing.h"

/* RFC 8032 section 7.1, test 1. */
#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PUBLIC "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

START_TEST(a_key_is_made_of_its_seed_in_hexadecimal)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct signing_key key;
    ck_assert(signing_key_read(SEED, &key));
    ck_assert_str_eq(signing_public_text(arena, &key), PUBLIC);
    ck_assert(!signing_key_read("", &key));
    ck_assert(!signing_key_read("9d61", &key));
    ck_assert(!signing_key_read(SEED "00", &key));
    ck_assert(!signing_key_read("x" SEED, &key));
}
END_TEST

static bool verifies(const struct signing_key *key, const char *signature, const char *text)
{
    uint8_t bytes[crypto_sign_BYTES];
    size_t length;
    ck_assert_int_eq(sodium_base642bin(bytes, sizeof bytes, signature, strlen(signature), NULL,
                                       &length, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING),
                     0);
    ck_assert_uint_eq(length, sizeof bytes);
    return crypto_sign_verify_detached(bytes, (const uint8_t *)text, strlen(text), key->public) ==
           0;
}

START_TEST(a_signature_is_of_the_event_and_the_code)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct signing_key key;
    ck_assert(signing_key_read(SEED, &key));
    const char *signature = signing_sign(arena, &key, "event_1", "code");
    ck_assert(verifies(&key, signature, "event_1.code"));
    ck_assert(!verifies(&key, signature, "event_2.code"));
    ck_assert(!verifies(&key, signature, "event_1.cod"));
}
END_TEST

CHECK_MAIN("signing", a_key_is_made_of_its_seed_in_hexadecimal,
           a_signature_is_of_the_event_and_the_code)
