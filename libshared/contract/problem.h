/* problem: what is refused or failed, as RFC 9457 problem details.
 *
 * One table of codes gives status, title and the sentence for people; what varies are members of
 * their own, never text made of the input. */
#pragma once

#include <jansson.h>

#include "libshared/base/id.h"
#include "libshared/record/violation.h"

enum problem_code {
#define PROBLEM(code, status, title, detail) PROBLEM_##code,
#include "libshared/contract/problems.def"
#undef PROBLEM
    PROBLEMS,
    PROBLEM_NONE = PROBLEMS
};

#define PROBLEM_MEDIA_TYPE "application/problem+json"

struct problem {
    enum problem_code code;
    const uint8_t *instance;             /* 16 bytes that name this occurrence, as urn:uuid */
    const struct violations *violations; /* NULL: none */
    bool parameters;                     /* the violations are of a query string */
    json_t *members;                     /* extension members, borrowed; NULL: none */
};

/* PROBLEM_internal_error: there is none of this text, or it is NULL. */
enum problem_code problem_find(const char *code);
int problem_status(enum problem_code code);
const char *problem_code_text(enum problem_code code);
const char *problem_title(enum problem_code code);
const char *problem_detail(enum problem_code code);
/* The body, in `arena`. */
const char *problem_body(const void *arena, const struct problem *problem);
/* A problem's body without the list of what is wrong; in `arena`. */
const char *problem_without_errors(const void *arena, const char *body);
