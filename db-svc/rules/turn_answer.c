/* The answers that a decision can give. */
#include "db-svc/rules/turn_state.h"

#include <string.h>

#include "libshared/base/mem.h"

/* By its own id; what has none is part of an order. */
static void shows(struct turn *turn, const struct record *record, const void *members)
{
    const struct field *id = record_field(record, "id");
    if (id == NULL)
        id = record_field(record, "order_id");
    if (id != NULL)
        turn_shows(turn, *(const char *const *)((const char *)members + id->offset));
}

static struct answer show(struct turn *turn, int status, const struct record *record,
                          const void *members)
{
    bool common = record->n > 0 && strcmp(record->fields[0].name, "id") == 0 &&
                  record_field(record, "version") != NULL;
    shows(turn, record, members);
    return (struct answer){.status = status,
                           .body = record_text(turn->arena, record, members),
                           .etag = common ? turn_etag(turn, members) : NULL,
                           .problem = PROBLEMS};
}

struct answer answer_created(struct turn *turn, const struct record *record, const void *members,
                             const char *path)
{
    struct answer answer = show(turn, 201, record, members);
    answer.location = path;
    return answer;
}

struct answer answer_ok(struct turn *turn, const struct record *record, const void *members)
{
    return show(turn, 200, record, members);
}

struct answer answer_accepted(struct turn *turn, const struct record *record, const void *members,
                              const char *path)
{
    struct answer answer = show(turn, 202, record, members);
    answer.location = path;
    return answer;
}

struct answer answer_none(struct turn *turn)
{
    (void)turn;
    return (struct answer){.status = 204, .body = "", .problem = PROBLEMS};
}

static struct answer refuse(struct turn *turn, enum problem_code code,
                            const struct violations *violations, json_t *members)
{
    const struct problem problem = {.code = code,
                                    .instance = turn->input->receipt_id,
                                    .violations = violations,
                                    .members = members};
    return (struct answer){.status = problem_status(code),
                           .body = problem_body(turn->arena, &problem),
                           .problem = code};
}

struct answer answer_refuse(struct turn *turn, enum problem_code code)
{
    return refuse(turn, code, NULL, NULL);
}

struct answer answer_refuse_with(struct turn *turn, enum problem_code code, json_t *members_take)
{
    struct answer answer = refuse(turn, code, NULL, members_take);
    json_decref(members_take);
    return answer;
}

struct answer answer_invalid(struct turn *turn, const struct violations *violations)
{
    return refuse(turn, PROBLEM_validation_failed, violations, NULL);
}

struct answer answer_not_due(struct turn *turn, const struct record *record, const void *members)
{
    struct answer answer = show(turn, 200, record, members);
    answer.forgotten = true;
    return answer;
}
