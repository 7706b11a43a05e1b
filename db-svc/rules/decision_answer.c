/* The answers that a decision can give. */
#include "db-svc/rules/decision_state.h"

#include <string.h>

#include "libshared/base/mem.h"

/* By its own id; what has none is part of an order. */
static void shows(struct decision *decision, const struct record *record, const void *members)
{
    const struct field *id = record_field(record, "id");
    if (id == NULL)
        id = record_field(record, "order_id");
    if (id != NULL)
        decision_shows(decision, *(const char *const *)((const char *)members + id->offset));
}

static struct answer show(struct decision *decision, int status, const struct record *record,
                          const void *members)
{
    bool common = record->n > 0 && strcmp(record->fields[0].name, "id") == 0 &&
                  record_field(record, "version") != NULL;
    if (decision->looking_ahead)
        return (struct answer){.status = status, .problem = PROBLEM_NONE};
    shows(decision, record, members);
    return (struct answer){.status = status,
                           .body = record_text(decision->arena, record, members),
                           .etag = common ? decision_etag(decision, members) : NULL,
                           .problem = PROBLEM_NONE};
}

struct answer answer_created(struct decision *decision, const struct record *record,
                             const void *members, const char *path)
{
    struct answer answer = show(decision, 201, record, members);
    answer.location = path;
    return answer;
}

struct answer answer_ok(struct decision *decision, const struct record *record, const void *members)
{
    return show(decision, 200, record, members);
}

struct answer answer_accepted(struct decision *decision, const struct record *record,
                              const void *members, const char *path)
{
    struct answer answer = show(decision, 202, record, members);
    answer.location = path;
    return answer;
}

struct answer answer_none(struct decision *decision)
{
    (void)decision;
    return (struct answer){.status = 204, .body = "", .problem = PROBLEM_NONE};
}

static struct answer refuse(struct decision *decision, enum problem_code code,
                            const struct violations *violations, json_t *members)
{
    if (decision->looking_ahead)
        return (struct answer){.problem = code};
    const struct problem problem = {.code = code,
                                    .instance = decision->input->receipt_id,
                                    .violations = violations,
                                    .members = members};
    return (struct answer){.status = problem_status(code),
                           .body = problem_body(decision->arena, &problem),
                           .problem = code};
}

struct answer answer_refuse(struct decision *decision, enum problem_code code)
{
    return refuse(decision, code, NULL, NULL);
}

struct answer answer_refuse_with(struct decision *decision, enum problem_code code,
                                 json_t *members_take)
{
    struct answer answer = refuse(decision, code, NULL, members_take);
    json_decref(members_take);
    return answer;
}

struct answer answer_invalid(struct decision *decision, const struct violations *violations)
{
    return refuse(decision, PROBLEM_validation_failed, violations, NULL);
}

struct answer answer_not_due(struct decision *decision, const struct record *record,
                             const void *members)
{
    struct answer answer = show(decision, 200, record, members);
    answer.no_receipt = true;
    return answer;
}
