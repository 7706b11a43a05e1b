/* facade_forward: commands and queries that a request at a facade sends over Kafka, and what it is
 * answered with. Each `done` is called exactly once, at the latest when the replies are closed. */
#pragma once

#include "libshared/service/facade_call.h"

/* Answers, sooner or later, with what db-svc replies to the command or query of the call's row. */
void facade_forward(struct facade_call *call);

/* For `show`, when one reply is not all there is: another query of the row, for `done` to be told
 * of exactly once. See facade_message(). */
void facade_ask(struct facade_call *call, const json_t *message,
                void (*done)(void *context, const struct reply *reply), void *context);

/* The Idempotency-Key, drawn if there is none. NULL: it, or If-Match, is none, and that is
 * answered. */
const char *facade_command_id(struct facade_call *call);
/* Sends a command, with the call's If-Match; `done` is told exactly once. With an `id` it may be
 * sent again under that, and so has no deadline; NULL: one is drawn. */
void facade_send(struct facade_call *call, const char *type, const char *key, const char *id,
                 const json_t *message, void (*done)(void *context, const struct reply *reply),
                 void *context);
/* Answers as for a row with a command. */
void facade_answer(struct facade_call *call, const struct reply *reply);
