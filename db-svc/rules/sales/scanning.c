#include "db-svc/rules/sales/scanning.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"

static const char *hex_of(struct turn *turn, const uint8_t hash[crypto_hash_sha256_BYTES])
{
    char *text = mem_zeroed(turn_arena(turn), 2 * crypto_hash_sha256_BYTES + 1);
    text_hex(text, hash, crypto_hash_sha256_BYTES);
    return text;
}

static const char *hash_of(struct turn *turn, const char *code)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const uint8_t *)code, strlen(code));
    return hex_of(turn, hash);
}

/* With its end, so that no two rows of texts are the same; none is unlike an empty one. */
static void add(crypto_hash_sha256_state *state, const char *text)
{
    const uint8_t given = text != NULL;
    crypto_hash_sha256_update(state, &given, sizeof given);
    if (text != NULL)
        crypto_hash_sha256_update(state, (const uint8_t *)text, strlen(text) + 1);
}

const char *scanning_key(struct turn *turn, const char *event_id, const struct offline_scan *scan)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    if (scan->nonce == NULL && !scan->at.set)
        return NULL;
    const char *time =
        scan->nonce != NULL ? NULL : mem_printf(turn_arena(turn), "%lld", (long long)scan->at.ms);
    crypto_hash_sha256_init(&state);
    add(&state, event_id);
    add(&state, scan->code);
    add(&state, scan->gate);
    add(&state, scan->nonce);
    add(&state, time);
    crypto_hash_sha256_final(&state, hash);
    return hex_of(turn, hash);
}

/* One that was refused may be admitted later, and is kept as both. */
static const char *key_admitted(struct turn *turn, const char *key)
{
    return key != NULL ? mem_printf(turn_arena(turn), "%s/admitted", key) : NULL;
}

void scanning_want(struct turn *turn, const char *key)
{
    (void)turn_want_key(turn, &collection_scans, key);
    (void)turn_want_key(turn, &collection_scans, key_admitted(turn, key));
}

const struct scan *scanning_kept(struct turn *turn, const char *key)
{
    const struct scan *admitted = turn_find(turn, &collection_scans, key_admitted(turn, key));
    return admitted != NULL ? admitted : turn_find(turn, &collection_scans, key);
}

void scanning_keep(struct turn *turn, const struct event *event, const struct gate_found *found,
                   const struct offline_scan *asked, int64_t at, enum scan_result result)
{
    const char *key = scanning_key(turn, event->id, asked);
    if (result == SCAN_ADMITTED)
        key = key_admitted(turn, key);
    bool known = turn_find(turn, &collection_scans, key) != NULL;
    if (known && result == SCAN_REFUSED)
        return;
    struct scan *scan = turn_keep(turn, &collection_scans, turn_id(turn, SCAN_PREFIX));
    scan->key = known ? NULL : key;
    scan->event_id = event->id;
    scan->code_hash = hash_of(turn, asked->code);
    scan->gate = asked->gate;
    scan->at = at;
    scan->result = result;
    if (found->problem != PROBLEMS)
        scan->reason = problem_code_text(found->problem);
    scan->order_id = gate_order_id(found);
    scan->ticket_type_id = gate_ticket_type_id(found);
}
