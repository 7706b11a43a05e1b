/* turns: a decision's test: given records, when a command, then answer, changes and facts.
 *
 *   struct turns t;
 *   turns_open(&t);
 *   turns_given(&t, &collection_events, &event);
 *   turns_when(&t, "order.place", "{'event_id':…}");
 *   ck_assert_int_eq(t.result.answer.status, 201);
 *
 * Commands follow one another on the same records. Each sees only the records that it
 * asks for. Time and seed are the test's. In bodies ' stands for ". People are called Secret, so
 * that no fact that tells of them goes unseen. */
#pragma once

#include "db-svc/rules/turn_run.h"

#define TURNS_SOURCE "/rest/box-office"
#define TURNS_NOW 1777658400000 /* 2026-05-01T18:00:00Z */

struct turns {
    void *arena;
    struct workset *workset;
    int64_t now;   /* the test moves it */
    int64_t epoch; /* of the database; likewise */
    const char *if_match;
    struct signing_key signing_key;
    struct self_service self_service;
    uint32_t n; /* commands so far: the nth is "command-n", with a receipt and a seed of its own */
    struct turn_result result;
    struct store_change *changes; /* what the last command changed */
    size_t n_changes;
    json_t *body; /* the answer's, parsed; NULL with 204 */
};

void turns_open(struct turns *turns);
void turns_close(struct turns *turns);
/* `record` is copied; its id, version and rev are set if they are not. */
void turns_given(struct turns *turns, const struct collection *collection, const char *id,
                 const void *record);
/* Decodes the body as the contract says (a violation fails the test) and decides. */
void turns_when(struct turns *turns, const char *type, const char *body_format, ...)
    __attribute__((format(printf, 3, 4)));
const struct signing_key *turns_signing_key(const struct turns *turns);
const void *turns_record(const struct turns *turns, const struct collection *collection,
                         const char *id);
/* The body of the nth message of that type that the last command caused, parsed (owned by `turns`),
 * or NULL. */
json_t *turns_told(struct turns *turns, const char *type, size_t nth);
/* A member of the answer's body: "code", or by path "items/0/quantity". "" if there is none. */
const char *turns_text(const struct turns *turns, const char *path);
int64_t turns_number(const struct turns *turns, const char *path); /* INT64_MIN if there is none */
bool turns_flag(const struct turns *turns, const char *path); /* whether there is such a member */

/* The last command was refused with that, and changed and told nothing. */
void turns_refused(const struct turns *turns, int status, const char *code);
/* It was refused with 422, for these "pointer code" pairs, ended by NULL, and no others. */
void turns_invalid(const struct turns *turns, const char *const *errors);
#define TURNS_INVALID(turns, ...) turns_invalid((turns), (const char *const[]){__VA_ARGS__, NULL})
/* It succeeded with that status, and neither changed nor told anything. */
void turns_unchanged(const struct turns *turns, int status);
