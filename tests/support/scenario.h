/* scenario: a decision's test: given records, when a command, then answer, changes and facts.
 *
 *   struct scenario t;
 *   scenario_open(&t);
 *   scenario_given(&t, &collection_events, &event);
 *   scenario_when(&t, "order.place", "{'event_id':…}");
 *   ck_assert_int_eq(t.result.answer.status, 201);
 *
 * Commands follow one another on the same records. Each sees only the records that it
 * asks for. Time and seed are the test's. In bodies ' stands for ". People are called Secret, so
 * that no fact that tells of them goes unseen. */
#pragma once

#include "db-svc/rules/decision_run.h"

#define SCENARIO_SOURCE "/rest/box-office"
#define SCENARIO_NOW 1777658400000 /* 2026-05-01T18:00:00Z */

struct scenario {
    void *arena;
    struct workset *workset;
    int64_t now;   /* the test moves it */
    int64_t epoch; /* of the database; likewise */
    const char *if_match;
    struct signing_key signing_key;
    struct self_service self_service;
    uint32_t n; /* commands so far: the nth is "command-n", with a receipt and a seed of its own */
    struct decision_result result;
    struct store_change *changes; /* what the last command changed */
    size_t n_changes;
    json_t *body; /* the answer's, parsed; NULL with 204 */
};

void scenario_open(struct scenario *scenario);
void scenario_close(struct scenario *scenario);
/* `record` is copied; its id, version and rev are set if they are not. */
void scenario_given(struct scenario *scenario, const struct collection *collection, const char *id,
                    const void *record);
/* Decodes the body as the contract says (a violation fails the test) and decides. */
void scenario_when(struct scenario *scenario, const char *type, const char *body_format, ...)
    __attribute__((format(printf, 3, 4)));
const struct signing_key *scenario_signing_key(const struct scenario *scenario);
const void *scenario_record(const struct scenario *scenario, const struct collection *collection,
                            const char *id);
/* The body of the nth message of that type that the last command caused, parsed (owned by `turns`),
 * or NULL. */
json_t *scenario_emitted(struct scenario *scenario, const char *type, size_t nth);
/* A member of the answer's body: "code", or by path "items/0/quantity". "" if there is none. */
const char *scenario_text(const struct scenario *scenario, const char *path);
int64_t scenario_number(const struct scenario *scenario,
                        const char *path); /* INT64_MIN if there is none */
bool scenario_flag(const struct scenario *scenario,
                   const char *path); /* whether there is such a member */

/* The last command was refused with that, and changed and told nothing. */
void scenario_refused(const struct scenario *scenario, int status, const char *code);
/* It was refused with 422, for these "pointer code" pairs, ended by NULL, and no others. */
void scenario_invalid(const struct scenario *scenario, const char *const *errors);
#define SCENARIO_INVALID(scenario, ...)                                                            \
    scenario_invalid((scenario), (const char *const[]){__VA_ARGS__, NULL})
/* It succeeded with that status, and neither changed nor told anything. */
void scenario_unchanged(const struct scenario *scenario, int status);
