#include "tickets-svc/upkeep.h"

#include "libshared/base/mem.h"

enum {
    REST_MS = 1000,         /* between two questions about an event that nobody waits for */
    FRESH_MS = 30 * 1000,   /* what a reader is shown was true so long ago at most */
    UNREAD_MS = 300 * 1000, /* and is then forgotten */
    TIDY_AT_ONCE = 1000,
    ENTRIES_MAX = 16384, /* some 12 MiB */
};

/* --- Questions --- */

static void take_from_queues(struct availability_table *table, struct event_entry *event)
{
    if (event->resting)
        TAILQ_REMOVE(&table->resting, event, question);
    if (event->waiting)
        TAILQ_REMOVE(&table->waiting, event, question);
    event->resting = event->waiting = false;
}

static void wait_if_due(struct availability_table *table, struct event_entry *event)
{
    if (!event->gap || event->asked || event->resting || event->waiting)
        return;
    TAILQ_INSERT_TAIL(&table->waiting, event, question);
    event->waiting = true;
}

void upkeep_ask(struct availability_table *table, struct event_entry *event, int64_t now_ms)
{
    take_from_queues(table, event);
    TAILQ_INSERT_TAIL(&table->resting, event, question);
    event->resting = true;
    event->asked_ms = now_ms;
}

void upkeep_gap(struct availability_table *table, struct event_entry *event)
{
    event->gap = true;
    wait_if_due(table, event);
}

static void end_rests(struct availability_table *table, int64_t now_ms)
{
    struct event_entry *event;
    while ((event = TAILQ_FIRST(&table->resting)) != NULL && event->asked_ms + REST_MS <= now_ms) {
        take_from_queues(table, event);
        wait_if_due(table, event);
    }
}

const char *availability_gap(struct availability_table *table, int64_t now_ms)
{
    end_rests(table, now_ms);
    const struct event_entry *event = TAILQ_FIRST(&table->waiting);
    return event != NULL ? event->id : NULL;
}

/* --- Use --- */

static bool is_used(const struct event_entry *event)
{
    return !event->watched;
}

/* Events that are over go next. */
static void put_in_use(struct availability_table *table, struct event_entry *event)
{
    if (event->over)
        TAILQ_INSERT_HEAD(&table->used, event, use);
    else
        TAILQ_INSERT_TAIL(&table->used, event, use);
}

static void move_in_use(struct availability_table *table, struct event_entry *event)
{
    TAILQ_REMOVE(&table->used, event, use);
    put_in_use(table, event);
}

void upkeep_add(struct availability_table *table, struct event_entry *event, int64_t now_ms)
{
    event->read_ms = now_ms;
    put_in_use(table, event);
}

void upkeep_remove(struct availability_table *table, struct event_entry *event)
{
    take_from_queues(table, event);
    if (is_used(event))
        TAILQ_REMOVE(&table->used, event, use);
    availability_store_remove_event(table, event);
}

void upkeep_status(struct availability_table *table, struct event_entry *event)
{
    if (event->over && is_used(event))
        move_in_use(table, event);
}

bool availability_read(struct availability_table *table, const char *event_id, int64_t now_ms)
{
    struct event_entry *event = availability_store_event(table, event_id);
    if (event == NULL)
        return false;
    event->read_ms = now_ms;
    if (is_used(event))
        move_in_use(table, event);
    return event->learnt && !event->asked && now_ms - event->fresh_ms >= FRESH_MS &&
           now_ms - event->asked_ms >= REST_MS;
}

void availability_watch(struct availability_table *table, const char *event_id, bool watched,
                        int64_t now_ms)
{
    struct event_entry *event = availability_store_event(table, event_id);
    if (event == NULL || event->watched == watched)
        return;
    if (watched)
        TAILQ_REMOVE(&table->used, event, use);
    event->watched = watched;
    if (!watched)
        upkeep_add(table, event, now_ms);
}

/* Removes the first in use, which must not be asked about: that one goes behind the others.
 * `ret_seen` is the first such; NULL before. False: there is nothing else. */
static bool remove_first(struct availability_table *table, const struct event_entry **ret_seen)
{
    struct event_entry *event = TAILQ_FIRST(&table->used);
    if (event == NULL || event == *ret_seen)
        return false;
    if (!event->asked) {
        upkeep_remove(table, event);
        return true;
    }
    *ret_seen = *ret_seen != NULL ? *ret_seen : event;
    TAILQ_REMOVE(&table->used, event, use);
    TAILQ_INSERT_TAIL(&table->used, event, use);
    return true;
}

void upkeep_make_room(struct availability_table *table, const struct event_entry *wanted)
{
    const struct event_entry *seen = NULL;
    while (availability_store_count(table) > ENTRIES_MAX && TAILQ_FIRST(&table->used) != wanted &&
           remove_first(table, &seen))
        continue;
}

void availability_tidy(struct availability_table *table, int64_t now_ms)
{
    const struct event_entry *event, *seen = NULL;
    for (int i = 0; i < TIDY_AT_ONCE; i++) {
        event = TAILQ_FIRST(&table->used);
        if (event == NULL || (!event->over && now_ms - event->read_ms < UNREAD_MS) ||
            !remove_first(table, &seen))
            return;
    }
}
