/* decision: one command as it is decided: the records it may look at, and what it does.
 *
 * A decision is a pure function of this context and the command's body: no I/O, no clock, no
 * entropy of its own. It reads records, checks everything, then changes copies, and returns the one
 * answer. If the answer is a refusal, what was changed or told before is dropped, but for what
 * decision_add_even_if_refused() made. Records that are read are borrowed and constant; those from
 * decision_change() and decision_add() are the decision's own, but what their pointers lead to is
 * shared: put new arrays in their place, made in decision_arena(). One thread. Times are
 * milliseconds since 1970. */
#pragma once

#include "db-svc/store/store.h"
#include "libshared/contract/command.h"
#include "libshared/contract/fact.h"
#include "libshared/contract/ledger.h"
#include "libshared/contract/problem.h"
#include "libshared/contract/self_service.h"

struct decision;
void *decision_arena(struct decision *decision);
int64_t decision_now(const struct decision *decision);
int32_t decision_partition(const struct decision *decision); /* of the event */
int64_t decision_max_hold_seconds(const struct decision *decision);
/* The command that is decided, and whose it is. */
struct decision_caller {
    const char *command, *source, *id;
};
struct decision_caller decision_caller(const struct decision *decision);
/* A new id, in the arena. */
const char *decision_id(struct decision *decision, const char *prefix);
/* A new event's id: one whose partition is the decision's. */
const char *decision_event_id(struct decision *decision);
/* n random bytes from the system's generator, by way of the decision's seed. */
void decision_random(struct decision *decision, void *out, size_t n);

/* The signature of a code of the event, in the arena. */
const char *decision_sign(struct decision *decision, const char *event_id, const char *code);

/* How people's links are made. */
const struct self_service *decision_self_service(const struct decision *decision);

/* That a record will be read: what is wanted before the first read is loaded along with it. Only a
 * hint, for many records or those of hot commands. Whether it can be read yet. */
bool decision_want(struct decision *decision, const struct collection *collection, const char *id);
bool decision_want_key(struct decision *decision, const struct collection *collection,
                       const char *key);
bool decision_want_page(struct decision *decision, const struct store_page *page);
/* NULL: there is none. One that is not loaded yet ends this run of the decision, which begins anew
 * once it is: so hold nothing but what is in the arena while reading. */
const void *decision_read(struct decision *decision, const struct collection *collection,
                          const char *id);
const void *decision_find(struct decision *decision, const struct collection *collection,
                          const char *key);
/* As it was before this decision. NULL: there was none. */
const void *decision_before(struct decision *decision, const struct collection *collection,
                            const char *id);
/* Calls `each` with what the pages find (n >= 1, of one collection and one event) and what else is
 * loaded of it, but for what is removed, in the order of ids. So `each` looks whether it is meant.
 */
typedef void decision_each_record(void *context, const void *record);
void decision_each(struct decision *decision, const struct store_page *pages, size_t n,
                   decision_each_record *each, void *context);

/* A copy to change, in the record's place once the answer is a success; `rev` and `updated_at` move
 * by themselves. decision_edit() also moves `version`: for what people edit. */
void *decision_change(struct decision *decision, const struct collection *collection,
                      const char *id);
void *decision_edit(struct decision *decision, const struct collection *collection, const char *id);
/* A new zeroed record with that id, version 1, and its times. */
void *decision_add(struct decision *decision, const struct collection *collection, const char *id);
/* The same, of a record that stays though the answer is a refusal. */
void *decision_add_even_if_refused(struct decision *decision, const struct collection *collection,
                                   const char *id);
void decision_remove(struct decision *decision, const struct collection *collection,
                     const char *id);

/* Whose stock a row of the ledger is of: a type's or a pool's. */
struct decision_stock {
    const char *id, *event_id;
    const char *ticket_type_id, *pool; /* one of them */
};
/* Enters a row; the decision adds its time and its cause. */
void decision_enter(struct decision *decision, const struct decision_stock *stock,
                    const struct ledger_row *row);

/* Tells the world. Facts of the tickets module carry the stock that this decision moved, with its
 * pools. */
void decision_fact(struct decision *decision, const char *type, const struct fact_body *body);
/* To notifications.deliveries: that a delivery waits for its attempt. */
struct delivery;
void decision_deliver(struct decision *decision, const struct delivery *delivery);
/* A command that follows from this one, to its event's partition; `id` names it among all of this
 * source, db-svc's own. `body` has its ids and its request. Its JSON, in the arena. */
const char *decision_command(struct decision *decision, const char *type, const char *id,
                             const struct command_body *body);

/* Answers that showed the record of that id, or a ticket or delivery of it, are forgotten: who asks
 * for one again is told that it is erased. A decision that forgets shows nobody itself. */
void decision_forget(struct decision *decision, const char *id);
/* That the answer shows something of the record of that id, where no record is shown itself. */
void decision_shows(struct decision *decision, const char *id);

/* Whether the caller's If-Match speaks of another version than the record's (RFC 9110, 13.1.1). */
bool decision_stale(const struct decision *decision, const void *record);

/* The one answer. Only these make one. */
struct answer {
    int status;
    const char *body, *etag, *location;
    enum problem_code problem; /* PROBLEM_NONE: none */
    bool no_receipt;           /* leaves no receipt: sent again, it is decided again */
};
/* 201 and its Location: `path` in the arena or constant. */
struct answer answer_created(struct decision *decision, const struct record *record,
                             const void *members, const char *path);
struct answer answer_ok(struct decision *decision, const struct record *record,
                        const void *members);
struct answer answer_accepted(struct decision *decision, const struct record *record,
                              const void *members, const char *path); /* 202 */
struct answer answer_none(struct decision *decision);                 /* 204 */
struct answer answer_refuse(struct decision *decision, enum problem_code code);
/* With members of the problem's own; takes them. */
struct answer answer_refuse_with(struct decision *decision, enum problem_code code,
                                 json_t *members_take);
struct answer answer_invalid(struct decision *decision, const struct violations *violations);
/* Nothing to do yet: 200 with the record, no change, no receipt. */
struct answer answer_not_due(struct decision *decision, const struct record *record,
                             const void *members);

/* A decoder whose violations are in the decision's arena, for record_edit() and checks. */
struct decoder decision_decoder(struct decision *decision);
