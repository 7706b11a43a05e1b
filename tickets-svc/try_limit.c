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
    int64_t try_ms; /* of a minute */
    uint8_t key[crypto_shorthash_KEYBYTES];
    struct place places[PLACES];
    uint64_t right[PLACES]; /* hashes of what was right */
};

struct try_limit *try_limit_new(const void *arena, int64_t a_minute)
{
    struct try_limit *limit = mem_new(arena, struct try_limit);
    limit->try_ms = MINUTE_MS / a_minute;
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

static bool was_right(const struct try_limit *limit, const char *what)
{
    uint64_t hash = hash_of(limit, what);
    return limit->right[hash % PLACES] == hash;
}

/* What is left of it now. */
static struct place now_left(const struct try_limit *limit, const char *who, int64_t now)
{
    uint64_t hash = hash_of(limit, who);
    struct place place = limit->places[hash % PLACES];
    if (place.name != hash)
        return (struct place){.name = hash, .left = MINUTE_MS, .at = now};
    place.left += now - place.at;
    place.left = place.left < MINUTE_MS ? place.left : MINUTE_MS;
    place.at = now;
    return place;
}

bool try_limit_allows(struct try_limit *limit, const struct try_limit_try *one, int64_t now)
{
    return now_left(limit, one->who, now).left >= limit->try_ms || was_right(limit, one->what);
}

static void count(struct try_limit *limit, const char *who, int64_t now)
{
    struct place place = now_left(limit, who, now);
    place.left = place.left > limit->try_ms ? place.left - limit->try_ms : 0;
    limit->places[place.name % PLACES] = place;
}

void try_limit_failed(struct try_limit *limit, const struct try_limit_try *one, int64_t now)
{
    count(limit, one->who, now);
    if (was_right(limit, one->what))
        limit->right[hash_of(limit, one->what) % PLACES] = 0;
}

bool try_limit_take(struct try_limit *limit, const char *who, int64_t now)
{
    bool allowed = now_left(limit, who, now).left >= limit->try_ms;
    if (allowed)
        count(limit, who, now);
    return allowed;
}

void try_limit_passed(struct try_limit *limit, const struct try_limit_try *one)
{
    uint64_t hash = hash_of(limit, one->what);
    limit->right[hash % PLACES] = hash;
}
