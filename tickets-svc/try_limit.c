#include "tickets-svc/try_limit.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/mem.h"

#define PLACES 4096
#define MINUTE_MS 60000

/* What is left of a name's tries, in milliseconds of a minute each worth a part of a try. */
struct place {
    uint64_t name; /* its hash; 0: nobody's */
    int64_t left, at;
};

struct try_limit {
    uint8_t key[crypto_shorthash_KEYBYTES];
    struct place places[PLACES];
};

struct try_limit *try_limit_new(const void *arena)
{
    struct try_limit *limit = mem_new(arena, struct try_limit);
    crypto_shorthash_keygen(limit->key);
    return limit;
}

static uint64_t hash_of(const struct try_limit *limit, const char *name)
{
    uint64_t hash;
    _Static_assert(sizeof hash == crypto_shorthash_BYTES, "a short hash");
    (void)crypto_shorthash((uint8_t *)&hash, (const uint8_t *)name, strlen(name), limit->key);
    return hash != 0 ? hash : 1;
}

bool try_limit_take(struct try_limit *limit, const char *name, int64_t now)
{
    uint64_t hash = hash_of(limit, name);
    struct place *place = &limit->places[hash % PLACES];
    if (place->name != hash)
        *place = (struct place){.name = hash, .left = MINUTE_MS, .at = now};
    place->left += now - place->at;
    place->left = place->left < MINUTE_MS ? place->left : MINUTE_MS;
    place->at = now;
    if (place->left < MINUTE_MS / TRIES_A_MINUTE)
        return false;
    place->left -= MINUTE_MS / TRIES_A_MINUTE;
    return true;
}
