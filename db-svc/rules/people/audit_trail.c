#include "db-svc/rules/people/audit_trail.h"

#include <string.h>

#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee_change.h"

struct attendee_origin *audit_trail_origin(struct decision *decision)
{
    const struct decision_caller caller = decision_caller(decision);
    struct attendee_origin *origin = mem_new(decision_arena(decision), struct attendee_origin);
    *origin = (struct attendee_origin){
        .command = caller.command, .source = caller.source, .command_id = caller.id};
    return origin;
}

static struct attendee_change *add(struct decision *decision, const struct attendee *attendee,
                                   const char *id, const struct attendee_origin *by)
{
    struct attendee_change *change = decision_add(decision, &collection_attendee_changes, id);
    change->event_id = attendee->event_id;
    change->attendee_id = attendee->id;
    change->at = decision_now(decision);
    change->command = by->command;
    change->source = by->source;
    change->command_id = by->command_id;
    return change;
}

static bool is_counted(const struct field *field)
{
    return strcmp(field->name, "version") != 0 && strcmp(field->name, "updated_at") != 0;
}

static struct texts changed_members(struct decision *decision, const struct attendee *was,
                                    const struct attendee *is)
{
    const struct record *record = &attendee_record;
    struct texts changed = {.at = mem_array(decision_arena(decision), const char *, record->n)};
    json_t *before = record_json(record, was), *after = record_json(record, is);
    for (size_t i = 0; i < record->n; i++) {
        const char *name = record->fields[i].name;
        const json_t *one = json_object_get(before, name), *other = json_object_get(after, name);
        bool same = one == NULL || other == NULL ? one == other : json_equal(one, other) != 0;
        if (!same && is_counted(&record->fields[i]))
            changed.at[changed.n++] = name;
    }
    json_decref(before);
    json_decref(after);
    return changed;
}

void audit_trail_changed(struct decision *decision, const struct attendee *attendee)
{
    const struct attendee *was = decision_before(decision, &collection_attendees, attendee->id);
    if (was == NULL)
        return; /* it has its origin */
    struct attendee_change *change =
        add(decision, attendee, decision_id(decision, ATTENDEE_CHANGE_PREFIX),
            audit_trail_origin(decision));
    change->changed = changed_members(decision, was, attendee);
}

/* Its id is as old as the record, so that it comes first. */
void audit_trail_keep_origin(struct decision *decision, const struct attendee *attendee)
{
    if (attendee->origin == NULL)
        return;
    uint8_t random[ID_RANDOM];
    char *id = mem_zeroed(decision_arena(decision), ID_SIZE);
    decision_random(decision, random, sizeof random);
    id_make(id, ATTENDEE_CHANGE_PREFIX, attendee->created_at, random);
    add(decision, attendee, id, attendee->origin)->at = attendee->created_at;
}
