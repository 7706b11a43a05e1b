/* input: a message of a command topic, read and taken apart, and in the end what becomes of it.
 *
 * Reading is pure. An input owns its message and lives in the arena of its batch. */
#pragma once

#include "db-svc/rules/rules.h"
#include "db-svc/store/store.h"
#include "libshared/kafka/envelope.h"
#include "libshared/trace/span.h"

struct input {
    struct bus_message message;
    struct envelope envelope;
    const struct handler *handler; /* NULL: not to be decided */
    struct command_body body;
    json_t *hold; /* what `body` borrows from; NULL: nothing */
    uint8_t receipt_id[RECEIPT_ID], fingerprint[RECEIPT_ID];
    struct span *span;                  /* NULL: none */
    int64_t written_at;                 /* or before, by the monotonic clock, ms */
    int32_t home;                       /* the partition where its event's commands belong */
    bool unaddressed;                   /* names no event: it is that of its order or delivery */
    bool misplaced;                     /* not this one: to be sent on unchanged */
    const char *dead;                   /* why it goes to the dead letters; NULL: it does not */
    const struct receipt *receipt;      /* what is answered and published; NULL: nothing */
    bool fresh;                         /* the receipt is new, to be committed */
    struct store_forgetting forgetting; /* no ids: none */
};

/* A message that is larger, headers and all, is no command: its copy for another partition, or its
 * dead letter, would not fit into a topic. */
#define INPUT_BYTES (960 * 1024)
/* Takes the message. An input that cannot be decided has `dead` or a receipt, or both. */
void input_read(void *arena, struct bus_message *message_take, int32_t partitions,
                struct input *ret_input);
/* Says which event the input is of, known by now; NULL: it is of none, and stays where it is. */
void input_address(struct input *input, const char *event_id, int32_t partitions);
void input_free(struct input *input);
/* Whether a reply is asked for. */
bool input_wants_reply(const struct input *input);
/* A receipt that is not to be stored: a refusal that needs no record. */
const struct receipt *input_refusal(void *arena, const struct input *input, enum problem_code code,
                                    const struct violations *violations);
