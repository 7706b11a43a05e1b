/* decision: the context in which one command is decided: what it can read, change and emit.
 *
 * A decision is a pure function of this context and the command's body: no I/O, no clock, no
 * entropy of its own. It reads records, checks everything, then changes copies, and returns exactly
 * one answer. If the answer is a refusal, all changes and messages are dropped, except records made
 * by decision_add_even_if_refused(). Records that are read are borrowed and constant. Copies from
 * decision_change() and decision_add() belong to the decision, but what their pointers lead to is
 * shared: replace arrays by new ones in decision_arena(). One thread. Times are milliseconds since
 * 1970. */
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
/* The command that is being decided, and who sent it. */
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

/* Says that a record will be read: everything wanted before the first read is loaded in one go. A
 * hint, worth it for many records or for hot commands. True if it can be read already. */
bool decision_want(struct decision *decision, const struct collection *collection, const char *id);
bool decision_want_key(struct decision *decision, const struct collection *collection,
                       const char *key);
bool decision_want_page(struct decision *decision, const struct store_page *page);
/* What was read contradicts itself. Ends this run of the decision, which begins anew on what is
 * read then. */
void decision_doubt(struct decision *decision) __attribute__((noreturn));
/* NULL: there is none. Reading a record that is not loaded yet ends this run of the decision, which
 * begins anew once it is loaded: so own nothing outside of the arena while reading. */
const void *decision_read(struct decision *decision, const struct collection *collection,
                          const char *id);
const void *decision_find(struct decision *decision, const struct collection *collection,
                          const char *key);
/* As it was before this decision. NULL: there was none. */
const void *decision_before(struct decision *decision, const struct collection *collection,
                            const char *id);
/* Calls `each`, in the order of ids, with the records that the pages find (n >= 1, of one
 * collection and one event) and with all others of the event that are loaded, except removed ones.
 * So `each` must check that the record is one it looks for. */
typedef void decision_each_record(void *context, const void *record);
void decision_each(struct decision *decision, const struct store_page *pages, size_t n,
                   decision_each_record *each, void *context);

/* A copy to change, which takes the record's place if the answer is a success; `rev` and
 * `updated_at` are set automatically. decision_edit() also raises `version`: for edits by people.
 */
void *decision_change(struct decision *decision, const struct collection *collection,
                      const char *id);
void *decision_edit(struct decision *decision, const struct collection *collection, const char *id);
/* A new zeroed record with that id, version 1, and its times. */
void *decision_add(struct decision *decision, const struct collection *collection, const char *id);
/* The same, for a record that is kept even if the answer is a refusal. */
void *decision_add_even_if_refused(struct decision *decision, const struct collection *collection,
                                   const char *id);
void decision_remove(struct decision *decision, const struct collection *collection,
                     const char *id);

/* The stock that a row of the ledger belongs to: a type's or a pool's. */
struct decision_stock {
    const char *id, *event_id;
    const char *ticket_type_id, *pool; /* one of them */
};
/* Adds a row to the ledger, with the time and cause of this decision. */
void decision_enter(struct decision *decision, const struct decision_stock *stock,
                    const struct ledger_row *row);

/* Emits a fact. Facts of the tickets module carry the stock that this decision moved, with its
 * pools. */
void decision_fact(struct decision *decision, const char *type, const struct fact_body *body);
/* Offers a delivery on notifications.deliveries, for notify-svc to attempt. */
struct delivery;
void decision_deliver(struct decision *decision, const struct delivery *delivery);
/* Emits a command that follows from this one, on its event's partition. `id` is unique among the
 * commands that db-svc itself emits. `body` has its ids and its request. Returns its JSON, in the
 * arena. */
const char *decision_command(struct decision *decision, const char *type, const char *id,
                             const struct command_body *body);

/* Erases the stored answers that showed the record of that id, or a ticket or delivery of it: a
 * repeat of their commands is answered 410. Such a decision must not show a person itself. */
void decision_forget(struct decision *decision, const char *id);
/* Says that the answer shows a part of the record of that id. */
void decision_shows(struct decision *decision, const char *id);

/* Whether If-Match names another version than the record's (RFC 9110, 13.1.1). */
bool decision_stale(const struct decision *decision, const void *record);
/* The same of an entity tag; NULL: there is nothing that has one. */
bool decision_stale_tag(const struct decision *decision, const char *etag);

/* The answer to the command; made only by the functions below. */
struct answer {
    int status;
    const char *body, *etag, *location;
    enum problem_code problem; /* PROBLEM_NONE: none */
    bool no_receipt;           /* keeps no receipt: a repeat is decided anew */
    bool any_buyer;            /* a refusal that does not depend on who buys */
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
/* Not due yet: 200 with the record, no change, no receipt. */
struct answer answer_not_due(struct decision *decision, const struct record *record,
                             const void *members);

/* A decoder whose violations are in the decision's arena, for record_edit() and checks. */
struct decoder decision_decoder(struct decision *decision);
