/* checker: what the files of the checker share.
 *
 * messages <- receipts <- database <- replies, facts, commits, published, books, progress <- lost,
 * checker. */
#pragma once

#include "tests/simulation/simulation.h"

struct receipt;

/* Messages of what is gone may still arrive: who stands still goes on to send them. */
#define SET_BACK_US 120000000
/* So late somebody still decides what was read from a Kafka that is gone. */
#define RECREATED_US 30000000

/* --- checker_messages.c --- */

bool message_header(const struct kept_record *record, const char *name,
                    struct bus_header *ret_header);
/* The id of the receipt that a message's ce_id begins with; false: it begins with none. */
bool message_receipt(const struct bus_header *id, struct key *ret_key);
bool topic_ends_with(const char *topic, const char *end);

/* --- checker_receipts.c --- */

/* How a message is known by its id. */
uint64_t checker_message(const char *id, size_t size);
/* NULL: it is none. In `arena`. */
const struct receipt *checker_receipt(const void *arena, const struct document *document);
/* What a receipt makes go out, until the next call; none if it is none. */
const struct told *checker_told(struct simulation *simulation, const struct document *document,
                                size_t *ret_n);
void checker_forget_told(struct simulation *simulation);

/* --- checker_database.c --- */

/* All documents of a collection, in `arena`; they borrow from the database. */
size_t checker_read_all(struct simulation *simulation, const char *name, void *arena,
                        struct document **ret_found);
/* Whether the database has the receipt of a message. */
bool checker_keeps(const struct simulation *simulation, const struct bus_header *id);
/* Whether the receipt in the database says the fact: it may be of a decision that is gone. */
bool checker_keeps_fact(struct simulation *simulation, const struct bus_header *id,
                        int64_t sequence);

/* --- What is watched: checker_replies.c, checker_facts.c, checker_commits.c --- */

void checker_see_reply(struct simulation *simulation, const struct kept_record *record);
/* What a client was answered; `id` is the answer's. */
void checker_answer(struct simulation *simulation, struct ask *ask, int status,
                    const struct bus_header *id, const void *body, size_t size);
void checker_see_fact(struct simulation *simulation, const struct simulated_topic *topic,
                      int32_t partition, const struct kept_record *record);
void checker_see_delivery(struct simulation *simulation, const struct kept_record *record);
database_committed checker_see_commit; /* of a simulation */
void checker_see_duplicate(void *context, const char *collection);
/* The partition of a fence of the present cluster; -1: it is none. */
int32_t checker_partition(const struct simulation *simulation, const bson_t *fence);

/* --- checker_published.c: messages of receipts that were not seen --- */

void checker_published(struct simulation *simulation);
/* Nobody waits for those that were not seen until now. */
void checker_forgive_unpublished(struct simulation *simulation);

/* --- checker_books.c --- */

void checker_books(struct simulation *simulation);
