/* api_keys: who may call, and what for.
 *
 * The file has a key a line, `name:sha256 of the key in hex:scope,scope`; blank lines and #
 * comments are skipped. Names are 1 to 63 of A-Z a-z 0-9 . _ - and not "anonymous"; a name may have
 * several keys (so that one can be replaced without a gap). Keys are looked up by their hash, in a
 * time that depends on nothing secret.
 *
 * Scopes: `admin` is every scope; no other includes another, so that a turnstile's key reads no
 * buyer's address and a shop's does not list those of others. A route says which it takes.
 *
 * One thread, the loop's. Freed with its arena. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum api_scope {
    API_HOLD = 1,
    API_SELL = 2,
    API_GATE = 4,
    API_ATTEND = 8,
    API_NOTIFY = 16,
    API_READ = 32,
    API_ADMIN = 64,
    API_ALL = 127,
};

#define API_KEY_NAME_SIZE 64

struct api_caller {
    char name[API_KEY_NAME_SIZE];
    unsigned scopes; /* of enum api_scope */
};

struct api_keys;

/* -EINVAL: faults in the file, each on `errors` with its line; -errno if it cannot be read. */
int api_keys_open(const void *arena, const char *path, FILE *errors, struct api_keys **ret_keys)
    __attribute__((warn_unused_result));
/* Reads the file again if it changed; on a fault what was known stays in force. 0 if unchanged, 1
 * if read anew, -errno as above. For a timer. */
int api_keys_refresh(struct api_keys *keys, FILE *errors);

/* The caller an Authorization header shows. False, *ret_caller untouched: 401, with
 * API_KEYS_CHALLENGE as WWW-Authenticate. */
bool api_keys_find(const struct api_keys *keys, const char *authorization,
                   struct api_caller *ret_caller);
#define API_KEYS_CHALLENGE "Bearer realm=\"events\""

/* Whether one of the scopes `any` asks for is there; else 403. */
bool api_keys_allows(const struct api_caller *caller, unsigned any);
