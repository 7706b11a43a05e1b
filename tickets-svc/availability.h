/* availability: what is for sale of the events that were asked for, and how much of it is left.
 *
 * An event is learnt by a question to db-svc and kept by facts. From the moment that the question
 * goes out, facts of the event are taken in beside it, so that it does not matter which of the two
 * is read first: of an event or type the greater `version` stays, of a stock the greater `rev`.
 * The owner must follow every fact from before the first question on, or say that it may have
 * missed some. A fact that cannot be understood without another question leaves a gap.
 *
 * Pure: no I/O, no clock. One thread. Freed with its arena. Times are wall milliseconds. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct availability_table;

/* An event known, or known before, may look different now. Must not change the table. */
typedef void availability_changed(void *context, const char *event_id);

struct availability_table *availability_new(const void *arena, availability_changed *changed,
                                            void *context);

/* Whether it can be shown: the event, or with a `ticket_type_id` (else NULL) that type of it. */
bool availability_known(const struct availability_table *table, const char *event_id,
                        const char *ticket_type_id);
/* Whether a fact of the event would matter. `event_id` need not end with a NUL. */
bool availability_follows(const struct availability_table *table, const char *event_id,
                          size_t size);

/* A question about the event (availability.get, of all its types) goes out; one at a time. It ends
 * with what was answered, or without an answer. */
void availability_ask(struct availability_table *table, const char *event_id);
bool availability_asked(const struct availability_table *table, const char *event_id);
/* `answer` NULL: there is no such event. -EBADMSG: it cannot be read, and counts as none. */
int availability_answer(struct availability_table *table, const char *event_id,
                        const json_t *answer) __attribute__((warn_unused_result));
void availability_no_answer(struct availability_table *table, const char *event_id);

/* Of any event; those not followed are passed over. -EBADMSG: it cannot be read; the event has a
 * gap. */
int availability_fact(struct availability_table *table, const char *type, const char *event_id,
                      const json_t *body) __attribute__((warn_unused_result));
/* What a reply's header `stock` says, of whichever event. */
void availability_stock(struct availability_table *table, const json_t *levels);

/* Facts may have been missed: nothing is known any more. */
void availability_forget(struct availability_table *table);
/* The next event with a gap and no question about it; NULL: none. In no order. */
const char *availability_gap(const struct availability_table *table);

#define AVAILABILITY_TAG_SIZE 33
/* The answer to availability.get in `arena`; NULL if not known. `as_of` is only shown. `ret_tag` is
 * the same for the same content, in any process. */
const char *availability_text(const struct availability_table *table, const void *arena,
                              const char *event_id, const char *ticket_type_id, int64_t now,
                              int64_t as_of, char ret_tag[AVAILABILITY_TAG_SIZE]);
