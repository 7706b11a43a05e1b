/* availability: what is for sale of the events that were asked for, and how much of it is left.
 *
 * An event is learnt by a question to db-svc and kept by facts. The answer is the truth at its
 * time: it takes the place of all that was known. Facts and replies that come while the question is
 * out show at once, and are then judged again by the answer, so that it does not matter which of
 * the two is read first. News counts in the order of (epoch, rev) or (epoch, version), and if a
 * writer can have made it from what is known (see availability_store.h); else the event has a gap,
 * which another question closes. So neither a forged fact nor a database set back to a backup
 * stays. The owner must follow every fact from before the first question on, or say that it may
 * have missed some.
 *
 * Events that nobody reads are forgotten: after minutes; at once when the event is over; and the
 * least recently read first, when there are more than some 16,000 events, types and pools together.
 *
 * Pure: no I/O, no clock. One thread. Freed with its arena. Times to show are wall milliseconds,
 * `now_ms` is monotonic and must not go back. */
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
size_t availability_count(const struct availability_table *table); /* events kept */

/* A question about the event (availability.get, of all its types) goes out; one at a time. It ends
 * with what was answered, or without an answer. */
void availability_ask(struct availability_table *table, const char *event_id, int64_t now_ms);
bool availability_asked(const struct availability_table *table, const char *event_id);
/* `answer` NULL: there is no such event. -EBADMSG: it cannot be read, and counts as none. */
int availability_answer(struct availability_table *table, const char *event_id,
                        const json_t *answer) __attribute__((warn_unused_result));
void availability_no_answer(struct availability_table *table, const char *event_id);

/* Applies a fact of any event; events not followed are passed over. -EBADMSG: it cannot be read;
 * the event has a gap. */
int availability_fact(struct availability_table *table, const char *type, const char *event_id,
                      const json_t *body) __attribute__((warn_unused_result));
/* Applies a reply's header `stock`, of any event. */
void availability_stock(struct availability_table *table, const json_t *levels);

/* Facts may have been missed: nothing is known any more. */
void availability_forget(struct availability_table *table);
/* The next event with a gap that is to be asked about now: at most once a second. NULL: none. */
const char *availability_gap(struct availability_table *table, int64_t now_ms);

/* It is shown, which keeps it for some minutes. True: what is known is half a minute old, so it is
 * to be asked about anew; who reads need not wait for that. */
bool availability_read(struct availability_table *table, const char *event_id, int64_t now_ms);
/* A known event that is watched stays until it is no more watched. */
void availability_watch(struct availability_table *table, const char *event_id, bool watched,
                        int64_t now_ms);
/* Forgets what is due, so much at once; to be called each second or so. */
void availability_tidy(struct availability_table *table, int64_t now_ms);

#define AVAILABILITY_TAG_SIZE 33
/* The answer to availability.get in `arena`; NULL if not known. `as_of` is only shown. `ret_tag` is
 * the same for the same content, in any process. */
const char *availability_text(const struct availability_table *table, const void *arena,
                              const char *event_id, const char *ticket_type_id, int64_t now,
                              int64_t as_of, char ret_tag[AVAILABILITY_TAG_SIZE]);
/* How often such a text was encoded: what did not change is not encoded again. */
uint64_t availability_encoded(const struct availability_table *table);
/* When the sale of a type of a known event next begins or ends by itself; INT64_MAX: never. */
int64_t availability_next_change(const struct availability_table *table, const char *event_id,
                                 int64_t now);
