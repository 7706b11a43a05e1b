/* facade: HTTP in front of commands and queries over Kafka, from a table of routes.
 *
 *   {"POST", "/v1/events/{event_id}/orders/{order_id}/confirm", .command = "order.confirm",
 *    .scopes = API_SELL},
 *
 * is all that a command needs to be served: key, media type, JSON, ids, validation, the headers
 * both ways, the problem for each failure and the OpenAPI document follow from the row and from the
 * contract. The path's parameters are called as the contract calls its ids. A row without a command
 * is local: its function answers.
 *
 * Answers are what db-svc replied, byte for byte. Not being answered is 503 when nothing was done
 * for certain (and for every query), else 504, with the Idempotency-Key to repeat the command with.
 *
 * One thread, the loop's. Freed with its arena, after the server. Tables are borrowed for good;
 * a row that contradicts the contract ends the process: it is a constant of the program. */
#pragma once

#include "libshared/service/facade_call.h"
#include "libshared/service/facade_config.h"
#include "libshared/service/facade_forward.h"

struct facade;

struct facade *facade_new(const void *arena, const struct facade_config *config);
/* The topics that the tables' commands go to, and the queries `asks` (ends with NULL; NULL: none),
 * each once; NULL-ended, in `arena`. */
const char *const *facade_topics(const void *arena, const struct route *const *tables,
                                 const char *const *asks, size_t *ret_n);

/* Before http_server_run() in every pass: the time of what that begins. */
void facade_at(struct facade *facade, const struct clock_time *now);

/* From now on whatever is told or asked is REPLY_NOT_DONE; before the replies are closed. */
void facade_stop(struct facade *facade);

/* The callbacks for the configuration of an http_server; `facade` is its `user`. */
void facade_on_headers(void *facade, struct http_request *request);
void facade_handle(void *facade, struct http_request *request);
void facade_error(void *facade, struct http_request *request, const struct http_fault *fault,
                  struct http_response *ret_response);
void facade_done(void *facade, const struct http_request *request, int status, int64_t duration_us);
