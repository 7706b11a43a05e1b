/* turn: one command's turn to be decided: the records it may look at, and what it does.
 *
 * A decision is a pure function of the turn and the command's body: no I/O, no clock, no entropy of
 * its own. It reads records, checks everything, then changes copies, and returns the one answer. If
 * the answer is a refusal, what was changed or told before is dropped, but for what turn_keep()
 * made. Records that are read are borrowed and constant; those from turn_change() and turn_add()
 * are the turn's own, but what their pointers lead to is shared: put new arrays in their place,
 * made in turn_arena(). One thread. Times are milliseconds since 1970. */
#pragma once

#include "db-svc/store/store.h"
#include "libshared/contract/command.h"
#include "libshared/contract/fact.h"
#include "libshared/contract/ledger.h"
#include "libshared/contract/problem.h"
#include "libshared/contract/self_service.h"

struct turn;
void *turn_arena(struct turn *turn);
int64_t turn_now(const struct turn *turn);
int32_t turn_partition(const struct turn *turn); /* of the event */
int64_t turn_max_hold_seconds(const struct turn *turn);
/* The command that is decided, and whose it is. */
struct turn_caller {
    const char *command, *source, *id;
};
struct turn_caller turn_caller(const struct turn *turn);
/* A new id, in the arena. */
const char *turn_id(struct turn *turn, const char *prefix);
/* A new event's id: one whose partition is the turn's. */
const char *turn_event_id(struct turn *turn);
/* n random bytes from the system's generator, by way of the turn's seed. */
void turn_random(struct turn *turn, void *out, size_t n);

/* The signature of a code of the event, in the arena. */
const char *turn_sign(struct turn *turn, const char *event_id, const char *code);

/* How people's links are made. */
const struct self_service *turn_self_service(const struct turn *turn);

/* That a record will be read: what is wanted before the first read is loaded along with it. Only a
 * hint, for many records or those of hot commands. Whether it can be read yet. */
bool turn_want(struct turn *turn, const struct collection *collection, const char *id);
bool turn_want_key(struct turn *turn, const struct collection *collection, const char *key);
void turn_want_page(struct turn *turn, const struct store_page *page);
/* NULL: there is none. One that is not loaded yet ends this run of the decision, which begins anew
 * once it is: so hold nothing but what is in the arena while reading. */
const void *turn_read(struct turn *turn, const struct collection *collection, const char *id);
const void *turn_find(struct turn *turn, const struct collection *collection, const char *key);
/* As it was before this turn. NULL: there was none. */
const void *turn_before(struct turn *turn, const struct collection *collection, const char *id);
/* Calls `each` with what the pages find (n >= 1, of one collection and one event) and what else is
 * loaded of it, but for what is removed, in the order of ids. So `each` looks whether it is meant.
 */
typedef void turn_each_record(void *context, const void *record);
void turn_each(struct turn *turn, const struct store_page *pages, size_t n, turn_each_record *each,
               void *context);

/* A copy to change, in the record's place once the answer is a success; `rev` and `updated_at` move
 * by themselves. turn_edit() also moves `version`: for what people edit. */
void *turn_change(struct turn *turn, const struct collection *collection, const char *id);
void *turn_edit(struct turn *turn, const struct collection *collection, const char *id);
/* A new zeroed record with that id, version 1, and its times. */
void *turn_add(struct turn *turn, const struct collection *collection, const char *id);
/* The same, of a record that stays though the answer is a refusal. */
void *turn_keep(struct turn *turn, const struct collection *collection, const char *id);
void turn_remove(struct turn *turn, const struct collection *collection, const char *id);

/* Whose stock a row of the ledger is of: a type's or a pool's. */
struct turn_stock {
    const char *id, *event_id;
    const char *ticket_type_id, *pool; /* one of them */
};
/* Enters a row; the turn adds its time and its cause. */
void turn_enter(struct turn *turn, const struct turn_stock *stock, const struct ledger_row *row);

/* Tells the world. Facts of the tickets module carry the stock that this turn moved, with its
 * pools. */
void turn_fact(struct turn *turn, const char *type, const struct fact_body *body);
/* To notifications.deliveries: that a delivery waits for its attempt. */
struct delivery;
void turn_deliver(struct turn *turn, const struct delivery *delivery);
/* A command that follows from this one; `id` names it among all of this source, db-svc's own. The
 * body is JSON in the arena. */
void turn_command(struct turn *turn, const char *type, const char *event_id, const char *id,
                  const char *body);
/* A value as JSON, in the arena. */
const char *turn_text(struct turn *turn, json_t *value_take);

/* Answers that showed the record of that id, or a ticket or delivery of it, are forgotten: who asks
 * for one again is told that it is erased. A turn that forgets shows nobody itself. */
void turn_forget(struct turn *turn, const char *id);
/* That the answer shows something of the record of that id, where no record is shown itself. */
void turn_shows(struct turn *turn, const char *id);

/* Whether the caller's If-Match speaks of another version than the record's (RFC 9110, 13.1.1). */
bool turn_stale(const struct turn *turn, const void *record);

/* The one answer. Only these make one. */
struct answer {
    int status;
    const char *body, *etag, *location;
    enum problem_code problem; /* PROBLEMS: none */
    bool forgotten;            /* leaves no receipt: sent again, it is decided again */
};
/* 201 and its Location: `path` in the arena or constant. */
struct answer answer_created(struct turn *turn, const struct record *record, const void *members,
                             const char *path);
struct answer answer_ok(struct turn *turn, const struct record *record, const void *members);
struct answer answer_accepted(struct turn *turn, const struct record *record, const void *members,
                              const char *path); /* 202 */
struct answer answer_none(struct turn *turn);    /* 204 */
struct answer answer_refuse(struct turn *turn, enum problem_code code);
/* With members of the problem's own; takes them. */
struct answer answer_refuse_with(struct turn *turn, enum problem_code code, json_t *members_take);
struct answer answer_invalid(struct turn *turn, const struct violations *violations);
/* Nothing to do yet: 200 with the record, no change, no receipt. */
struct answer answer_not_due(struct turn *turn, const struct record *record, const void *members);

/* A decoder whose violations are in the turn's arena, for record_edit() and checks. */
struct decoder turn_decoder(struct turn *turn);
