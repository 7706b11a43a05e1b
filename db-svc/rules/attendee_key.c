#include "db-svc/rules/attendee_key.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/event.h"

/* The first with an address has its key, so that it is found by the address alone. */
static const char *key_of(struct decision *decision, const char *event_id, const char *email)
{
    void *arena = decision_arena(decision);
    return mem_printf(arena, "%s/%s", event_id, text_fold_email(arena, email));
}

/* Of those who share it. No address has a blank. */
static const char *named_key_of(struct decision *decision, const char *event_id, const char *email,
                                const char *name)
{
    void *arena = decision_arena(decision);
    return mem_printf(arena, "%s %s", key_of(decision, event_id, email),
                      text_fold(arena, name, true));
}

/* Whether one more may come to an address. */
static bool lets_share(struct decision *decision, const char *event_id)
{
    const struct event *event = decision_read(decision, &collection_events, event_id);
    return event != NULL && event->shared_addresses.value;
}

bool attendee_key_shared(struct decision *decision, const char *event_id)
{
    const struct event *event = decision_read(decision, &collection_events, event_id);
    return event != NULL && (event->shared_addresses.value || event->had_shared_addresses.value);
}

bool attendee_key_same_name(struct decision *decision, const char *one, const char *other)
{
    void *arena = decision_arena(decision);
    return one != NULL && other != NULL &&
           strcmp(text_fold(arena, one, true), text_fold(arena, other, true)) == 0;
}

void attendee_key_want(struct decision *decision, const char *event_id, const char *email,
                       const char *name)
{
    decision_want_key(decision, &collection_attendees,
                      name == NULL ? key_of(decision, event_id, email)
                                   : named_key_of(decision, event_id, email, name));
}

const struct attendee *attendee_key_find(struct decision *decision, const char *event_id,
                                         const char *email, const char *name)
{
    const struct attendee *first =
        decision_find(decision, &collection_attendees, key_of(decision, event_id, email));
    if (!attendee_key_shared(decision, event_id) ||
        (first != NULL && attendee_key_same_name(decision, first->name, name)))
        return first;
    return name == NULL ? NULL
                        : decision_find(decision, &collection_attendees,
                                        named_key_of(decision, event_id, email, name));
}

static bool is_other(const struct attendee *attendee, const char *own_id)
{
    return attendee != NULL && (own_id == NULL || strcmp(attendee->id, own_id) != 0);
}

/* Whether one may have an address that another has too: who has it already may keep it. */
static bool may_share(struct decision *decision, const struct attendee *attendee,
                      const char *own_id)
{
    const struct attendee *was =
        own_id != NULL ? decision_read(decision, &collection_attendees, own_id) : NULL;
    void *arena = decision_arena(decision);
    return lets_share(decision, attendee->event_id) ||
           (was != NULL && was->status != ATTENDEE_CANCELLED && was->email != NULL &&
            strcmp(text_fold_email(arena, was->email), text_fold_email(arena, attendee->email)) ==
                0);
}

bool attendee_key_claim(struct decision *decision, struct attendee *attendee, const char *own_id)
{
    const char *event_id = attendee->event_id, *email = attendee->email;
    attendee->key = key_of(decision, event_id, email);
    const struct attendee *first = decision_find(decision, &collection_attendees, attendee->key);
    if (!attendee_key_shared(decision, event_id))
        return !is_other(first, own_id);
    const char *named = named_key_of(decision, event_id, email, attendee->name);
    if (is_other(decision_find(decision, &collection_attendees, named), own_id))
        return false;
    if (!is_other(first, own_id))
        return true;
    attendee->key = named;
    return !attendee_key_same_name(decision, first->name, attendee->name) &&
           may_share(decision, attendee, own_id);
}

const char *attendee_key_identity(struct decision *decision, const struct attendee *attendee)
{
    return lets_share(decision, attendee->event_id)
               ? named_key_of(decision, attendee->event_id, attendee->email, attendee->name)
               : key_of(decision, attendee->event_id, attendee->email);
}
