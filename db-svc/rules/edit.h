/* edit: how decisions find, guard, add and edit one record of an event.
 *
 * Functions that can refuse return NULL and the refusal; *ret_refusal is untouched otherwise.
 * Records are borrowed from the decision as decision.h says. One thread. */
#pragma once

#include "db-svc/rules/decision.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"

/* The event that a command speaks of. NULL: 404. */
const struct event *edit_event(struct decision *decision, const struct command_body *body,
                               struct answer *ret_refusal) __attribute__((warn_unused_result));
/* The record that `id` names. NULL: 404 if it, or the event, is not there or does not own it; 412
 * if If-Match speaks of another version. */
const void *edit_find(struct decision *decision, const struct collection *collection,
                      const struct command_body *body, enum command_id id,
                      struct answer *ret_refusal) __attribute__((warn_unused_result));

/* PUT and PATCH: the record as it is wanted, in the arena, not yet in its place. `shown` is the
 * stored record as a reader sees it. NULL: 422. */
void *edit_wanted(struct decision *decision, const struct record *record,
                  const struct command_body *body, const void *shown, struct answer *ret_refusal)
    __attribute__((warn_unused_result));
/* Whether a reader sees two records differ. */
bool edit_differs(const struct record *record, const void *one, const void *other);
/* Puts all members but the common ones in the place of the record of that id; the version moves. */
void *edit_apply(struct decision *decision, const struct collection *collection, const char *id,
                 const void *wanted);
/* A new record with all members but the common ones of `members`. */
void *edit_add(struct decision *decision, const struct collection *collection, const char *id,
               const void *members);

/* 409 illegal_transition; `to` NULL: it was to be edited. */
struct answer edit_illegal(struct decision *decision, const char *from, const char *to);
/* A time as problem members carry it. */
json_t *edit_time(int64_t wall_ms);
