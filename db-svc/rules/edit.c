#include "db-svc/rules/edit.h"

#include <string.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"

const struct event *edit_event(struct decision *decision, const struct command_body *body,
                               struct answer *ret_refusal)
{
    const struct event *event = decision_read(decision, &collection_events, body->ids[ID_EVENT]);
    if (event == NULL)
        *ret_refusal = answer_refuse(decision, PROBLEM_not_found);
    return event;
}

const void *edit_find(struct decision *decision, const struct collection *collection,
                      const struct command_body *body, enum command_id id,
                      struct answer *ret_refusal)
{
    (void)decision_want(decision, collection, body->ids[id]);
    if (edit_event(decision, body, ret_refusal) == NULL)
        return NULL;
    const void *record = decision_read(decision, collection, body->ids[id]);
    if (record == NULL || strcmp(collection->event_id(record), body->ids[ID_EVENT]) != 0)
        *ret_refusal = answer_refuse(decision, PROBLEM_not_found);
    else if (decision_stale(decision, record))
        *ret_refusal = answer_refuse(decision, PROBLEM_precondition_failed);
    else
        return record;
    return NULL;
}

void *edit_wanted(struct decision *decision, const struct record *record,
                  const struct command_body *body, const void *shown, struct answer *ret_refusal)
{
    struct decoder decoder = decision_decoder(decision);
    enum record_edit how = body->command->shape == COMMAND_UPDATE ? RECORD_MERGE : RECORD_REPLACE;
    void *wanted = mem_zeroed(decision_arena(decision), record->size);
    if (record_edit(&decoder, record, how, shown, body->change, wanted))
        return wanted;
    *ret_refusal = answer_invalid(decision, decoder.violations);
    return NULL;
}

bool edit_differs(const struct record *record, const void *one, const void *other)
{
    json_t *a = record_json(record, one), *b = record_json(record, other);
    bool equal = json_equal(a, b) != 0;
    json_decref(a);
    json_decref(b);
    return !equal;
}

static void *put_members(const struct record *record, void *into, const void *members)
{
    size_t common = sizeof(struct common);
    memcpy((char *)into + common, (const char *)members + common, record->size - common);
    return into;
}

void *edit_apply(struct decision *decision, const struct collection *collection, const char *id,
                 const void *wanted)
{
    return put_members(collection->record, decision_edit(decision, collection, id), wanted);
}

void *edit_add(struct decision *decision, const struct collection *collection, const char *id,
               const void *members)
{
    return put_members(collection->record, decision_add(decision, collection, id), members);
}

struct answer edit_illegal(struct decision *decision, const char *from, const char *to)
{
    return answer_refuse_with(decision, PROBLEM_illegal_transition,
                              json_pack("{ssss*}", "from", from, "to", to));
}

json_t *edit_time(int64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(text, wall_ms);
    return json_string(text);
}
