#include "db-svc/rules/people/trail.h"

#include <string.h>

#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee_change.h"

struct attendee_origin *trail_origin(struct turn *turn)
{
    const struct turn_caller caller = turn_caller(turn);
    struct attendee_origin *origin = mem_new(turn_arena(turn), struct attendee_origin);
    *origin = (struct attendee_origin){
        .command = caller.command, .source = caller.source, .command_id = caller.id};
    return origin;
}

static struct attendee_change *add(struct turn *turn, const struct attendee *attendee,
                                   const char *id, const struct attendee_origin *by)
{
    struct attendee_change *change = turn_add(turn, &collection_attendee_changes, id);
    change->event_id = attendee->event_id;
    change->attendee_id = attendee->id;
    change->at = turn_now(turn);
    change->command = by->command;
    change->source = by->source;
    change->command_id = by->command_id;
    return change;
}

static bool is_counted(const struct field *field)
{
    return strcmp(field->name, "version") != 0 && strcmp(field->name, "updated_at") != 0;
}

static struct texts changed_members(struct turn *turn, const struct attendee *was,
                                    const struct attendee *is)
{
    const struct record *record = &attendee_record;
    struct texts changed = {.at = mem_array(turn_arena(turn), const char *, record->n)};
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

void trail_changed(struct turn *turn, const struct attendee *attendee)
{
    const struct attendee *was = turn_before(turn, &collection_attendees, attendee->id);
    if (was == NULL)
        return; /* it has its origin */
    struct attendee_change *change =
        add(turn, attendee, turn_id(turn, ATTENDEE_CHANGE_PREFIX), trail_origin(turn));
    change->changed = changed_members(turn, was, attendee);
}

/* Its id is as old as the record, so that it comes first. */
void trail_keep_origin(struct turn *turn, const struct attendee *attendee)
{
    if (attendee->origin == NULL)
        return;
    uint8_t random[ID_RANDOM];
    char *id = mem_zeroed(turn_arena(turn), ID_SIZE);
    turn_random(turn, random, sizeof random);
    id_make(id, ATTENDEE_CHANGE_PREFIX, attendee->created_at, random);
    add(turn, attendee, id, attendee->origin)->at = attendee->created_at;
}
