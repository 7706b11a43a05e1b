#include "db-svc/rules/sales/scanning.h"

#include <sodium.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/check_in_list.h"
#include "libshared/base/text.h"

static const char *hex_of(struct decision *decision, const uint8_t hash[crypto_hash_sha256_BYTES])
{
    char *text = mem_zeroed(decision_arena(decision), 2 * crypto_hash_sha256_BYTES + 1);
    text_hex(text, hash, crypto_hash_sha256_BYTES);
    return text;
}

static const char *hash_of(struct decision *decision, const char *code)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const uint8_t *)code, strlen(code));
    return hex_of(decision, hash);
}

/* With its end, so that no two rows of texts are the same; none is unlike an empty one. */
static void add(crypto_hash_sha256_state *state, const char *text)
{
    const uint8_t given = text != NULL;
    crypto_hash_sha256_update(state, &given, sizeof given);
    if (text != NULL)
        crypto_hash_sha256_update(state, (const uint8_t *)text, strlen(text) + 1);
}

const char *scanning_key(struct decision *decision, const char *event_id,
                         const struct offline_scan *scan)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    if (scan->nonce == NULL && !scan->at.set)
        return NULL;
    const char *time = scan->nonce != NULL
                           ? NULL
                           : mem_printf(decision_arena(decision), "%lld", (long long)scan->at.ms);
    crypto_hash_sha256_init(&state);
    add(&state, event_id);
    add(&state, scan->code);
    add(&state, scan->gate);
    add(&state, scan->nonce);
    add(&state, time);
    if (scan->list_id != NULL) { /* a gate without lists is known as before there were any */
        add(&state, scan->list_id);
        add(&state, scan->direction == DIRECTION_OUT ? "out" : "in");
    }
    crypto_hash_sha256_final(&state, hash);
    return hex_of(decision, hash);
}

/* One that was refused may be admitted later, and is kept as both. */
static const char *key_admitted(struct decision *decision, const char *key)
{
    return key != NULL ? mem_printf(decision_arena(decision), "%s/admitted", key) : NULL;
}

void scanning_want(struct decision *decision, const char *key)
{
    (void)decision_want_key(decision, &collection_scans, key);
    (void)decision_want_key(decision, &collection_scans, key_admitted(decision, key));
}

const struct scan *scanning_kept(struct decision *decision, const char *key)
{
    const struct scan *admitted =
        decision_find(decision, &collection_scans, key_admitted(decision, key));
    return admitted != NULL ? admitted : decision_find(decision, &collection_scans, key);
}

void scanning_keep(struct decision *decision, const struct event *event,
                   const struct gate_found *found, const struct offline_scan *asked, int64_t at,
                   enum scan_result result)
{
    const char *key = scanning_key(decision, event->id, asked);
    if (result == SCAN_ADMITTED || result == SCAN_LEFT)
        key = key_admitted(decision, key);
    bool known = decision_find(decision, &collection_scans, key) != NULL;
    if (known && result == SCAN_REFUSED)
        return;
    struct scan *scan = decision_add_even_if_refused(decision, &collection_scans,
                                                     decision_id(decision, SCAN_PREFIX));
    scan->key = known ? NULL : key;
    scan->event_id = event->id;
    scan->code_hash = hash_of(decision, asked->code);
    scan->gate = asked->gate;
    scan->at = at;
    scan->list_id = asked->list_id;
    scan->source = decision_caller(decision).source;
    scan->command_id = decision_caller(decision).id;
    scan->result = result;
    scan->people = (struct opt_int64){
        found->admits > 1 && (result == SCAN_ADMITTED || result == SCAN_LEFT), gate_people(asked)};
    if (found->problem != PROBLEM_NONE)
        scan->reason = problem_code_text(found->problem);
    scan->order_id = gate_order_id(found);
    scan->ticket_type_id = gate_ticket_type_id(found);
}
