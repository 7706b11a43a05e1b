/* facade_call: a request under way at a facade: what it asks and how it is answered, for the
 * functions of rows. It lives until it is answered and its connection has had the answer; it is the
 * loop's thread's. */
#pragma once

#include "libshared/service/facade_config.h"

struct http_request *facade_request(const struct facade_call *call);
/* The ids and members of a query; lives until `serve` returns. */
const struct command_body *facade_asked(const struct facade_call *call);
void *facade_user(const struct facade_call *call);
/* Of who asks for page after page: others ask besides. */
struct turns *facade_pages(const struct facade_call *call);
/* What a row's check leaves for later, in the request's arena; NULL: nothing. */
void facade_mark(struct facade_call *call, const void *mark);
const void *facade_marked(const struct facade_call *call);
/* The response's own headers are left out: add them with facade_header(), borrowed until sent. */
void facade_header(struct facade_call *call, const char *name, const char *value);
void facade_respond(struct facade_call *call, const struct http_response *response);
void facade_refuse(struct facade_call *call, enum problem_code code);
/* With members of the problem's own; borrowed. */
void facade_refuse_with(struct facade_call *call, enum problem_code code, json_t *members);
/* 422 for these of the body. */
void facade_refuse_invalid(struct facade_call *call, const struct violations *violations);
const char *facade_parameter(const struct facade_call *call, const char *name); /* of the path */
const char *facade_caller(const struct facade_call *call); /* the API key's name */
/* Reads the query string of a local row by `names` into *ret, whose text lives in `arena`. False:
 * it is answered. */
bool facade_parameters(struct facade_call *call, const void *arena, const struct record *names,
                       void *ret) __attribute__((warn_unused_result));
/* With this header as what is wrong. */
void facade_refuse_header(struct facade_call *call, enum problem_code code, const char *name);
/* 422 for this name of the query string. */
void facade_refuse_parameter(struct facade_call *call, const char *name, enum violation_code code);
/* Whether the key has one of the scopes. */
bool facade_allows(const struct facade_call *call, unsigned scopes);
/* Whether there is a key, or none is asked for anywhere; of rows that need none. */
bool facade_is_known(const struct facade_call *call);
/* Keeps data of the row's own with a request. `ended` is called with it when the request is over,
 * answered or not; it may still send commands and queries, and use nothing else of the call. */
void facade_set_context(struct facade_call *call, void *own, void (*ended)(void *own));
void *facade_context(const struct http_request *request);
/* The message that was sent, for a `show` for which one reply is not all there is; the caller owns
 * it. */
json_t *facade_message(struct facade_call *call);
