/* message: an HTTP request as the body of a command's or a query's message.
 *
 * A body is parsed once, and the path's ids are laid into it; they win over what the body says of
 * itself, but a body that is checked in full (PUT, verbs) must not say another. A patch goes under
 * "patch". A GET has its query string's names. Then all of it is checked against the contract, so
 * that what is wrong never reaches Kafka. Pure; strings live in the given arena. */
#pragma once

#include "libshared/contract/command.h"
#include "libshared/contract/problem.h"
#include "libshared/http/router.h"
#include "libshared/http/server.h"

struct message {
    json_t *body;              /* to be sent */
    struct command_body taken; /* the same, taken apart */
    json_t *hold;
};

/* `own_names` are those of the query string that are not the command's: they are checked and left
 * out; NULL: none. False: *ret_problem says why (its instance is the caller's to give). Either way
 * message_end(). */
bool message_read(const struct command *command, const struct record *own_names,
                  const struct router_match *match, const struct http_request *request,
                  struct message *ret_message, struct problem *ret_problem)
    __attribute__((warn_unused_result));
/* A query string alone, read by `names` into *ret, whose text lives in `arena`. */
bool message_parameters(const void *arena, const struct record *names,
                        const struct http_request *request, void *ret, struct problem *ret_problem)
    __attribute__((warn_unused_result));
void message_end(struct message *message); /* for _cleanup_ */
