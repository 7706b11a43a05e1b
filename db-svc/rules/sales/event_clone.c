/* Another event like one, on another day: what an organiser has set up, and nothing of what came of
 * it. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/event_time.h"
#include "db-svc/rules/messages/message_text.h"
#include "db-svc/rules/messages/schedule.h"
#include "db-svc/rules/messages/notification_progress.h"
#include "db-svc/rules/sales/event.h"
#include "db-svc/rules/sales/event_picture.h"
#include "db-svc/rules/sales/event_questions.h"
#include "db-svc/rules/sales/ticket_type.h"
#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "libshared/contract/message_texts.h"
#include "libshared/contract/notification.h"

#define CHANGES 1000  /* a bound for the batch: types with their stock, and texts */
#define TEXTS_MAX 200 /* of each status */

struct cloning {
    struct decision *decision;
    const struct event *was;
    struct event *event;
    struct event_questions_type *types;
    size_t n_types;
};

static bool is_movable(const struct event *was, int64_t starts_at, struct opt_time at)
{
    int64_t ms = at.set ? event_time_moved(was, starts_at, at.ms) : starts_at;
    return ms >= CLOCK_FIRST_MS && ms <= CLOCK_LAST_MS;
}

static struct opt_time moved(const struct event *was, int64_t starts_at, struct opt_time at)
{
    if (!is_movable(was, starts_at, at))
        return (struct opt_time){true, starts_at < was->starts_at ? CLOCK_FIRST_MS : CLOCK_LAST_MS};
    return at.set ? (struct opt_time){true, event_time_moved(was, starts_at, at.ms)} : at;
}

static bool has_room(const struct event *was, int64_t starts_at)
{
    return is_movable(was, starts_at, was->ends_at) &&
           is_movable(was, starts_at, was->check_in_opens_at) &&
           is_movable(was, starts_at, was->check_in_closes_at) &&
           is_movable(was, starts_at, was->buyer_may_cancel_until);
}

static struct event wanted_of(const struct event *was, const struct event_clone *request)
{
    struct event wanted = *was;
    wanted.status = EVENT_DRAFT;
    wanted.external_id = request->external_id;
    wanted.reminder_id = wanted.news_id = NULL;
    wanted.had_shared_addresses.set = wanted.had_shared_addresses.value = false;
    wanted.starts_at = request->starts_at;
    wanted.ends_at = moved(was, request->starts_at, was->ends_at);
    wanted.check_in_opens_at = moved(was, request->starts_at, was->check_in_opens_at);
    wanted.buyer_may_cancel_until = moved(was, request->starts_at, was->buyer_may_cancel_until);
    wanted.check_in_closes_at = moved(was, request->starts_at, was->check_in_closes_at);
    if (request->name != NULL)
        wanted.name = request->name;
    return wanted;
}

static void clone_type(void *context, const void *record)
{
    struct cloning *cloning = context;
    const struct ticket_type *was = record;
    int64_t starts_at = cloning->event->starts_at;
    if (strcmp(was->event_id, cloning->was->id) != 0)
        return;
    struct ticket_type wanted = *was;
    wanted.sales_start = moved(cloning->was, starts_at, was->sales_start);
    wanted.sales_end = moved(cloning->was, starts_at, was->sales_end);
    const struct ticket_type *type = ticket_type_add(cloning->decision, cloning->event, &wanted);
    cloning->types = mem_grow(decision_arena(cloning->decision), cloning->types,
                              struct event_questions_type, cloning->n_types + 1);
    cloning->types[cloning->n_types++] = (struct event_questions_type){was->id, type->id};
}

static const char *type_instead(const struct cloning *cloning, const char *was)
{
    for (size_t i = 0; i < cloning->n_types; i++)
        if (strcmp(cloning->types[i].was, was) == 0)
            return cloning->types[i].is;
    return NULL;
}

/* NULL: it is for people of the event, of whom the other one has none. */
static struct audience *audience_of(const struct cloning *cloning,
                                    const struct notification *notification)
{
    const struct audience *was = notification->audience;
    if (was == NULL || was->attendees.n > 0 || was->recipients.n > 0 || was->order_id != NULL ||
        was->orders != NULL)
        return NULL;
    struct audience *audience = mem_dup(decision_arena(cloning->decision), was, sizeof *was);
    if (was->ticket_type_id == NULL)
        return audience;
    audience->ticket_type_id = type_instead(cloning, was->ticket_type_id);
    return audience->ticket_type_id != NULL ? audience : NULL;
}

/* What would be due already becomes a draft. */
static void plan(const struct cloning *cloning, struct notification *text)
{
    text->send_at = moved(cloning->was, cloning->event->starts_at, text->send_at);
    schedule_plan(cloning->event, text);
    if (!text->due_at.set || text->due_at.ms > decision_now(cloning->decision))
        return;
    text->send_at.set = false;
    text->before_start = text->after_end = NULL;
    schedule_plan(cloning->event, text);
}

static void clone_text(void *context, const void *record)
{
    struct cloning *cloning = context;
    struct decision *decision = cloning->decision;
    const struct notification *was = record;
    bool waits = was->status == NOTIFICATION_DRAFT || was->status == NOTIFICATION_SCHEDULED;
    struct audience *audience = audience_of(cloning, was);
    if (strcmp(was->event_id, cloning->was->id) != 0 || !waits ||
        was->automatic != AUTOMATIC_UNSET || audience == NULL)
        return;
    struct notification *text = edit_add(decision, &collection_notifications,
                                         decision_id(decision, NOTIFICATION_PREFIX), was);
    text->event_id = cloning->event->id;
    text->audience = audience;
    text->counts = mem_new(decision_arena(decision), struct notification_counts);
    plan(cloning, text);
    notification_progress_emit(decision, "notification.created", text);
}

static struct store_page texts_of(const struct event *event, enum notification_status status)
{
    return (struct store_page){.collection = &collection_notifications,
                               .event_id = event->id,
                               .status = record_enum_text(notification_status_names, (int)status),
                               .limit = TEXTS_MAX};
}

static void clone_own_texts(const struct cloning *cloning)
{
    const struct message_texts *was = message_text_read(cloning->decision, cloning->was->id);
    if (was == NULL)
        return;
    struct message_texts *texts =
        edit_add(cloning->decision, &collection_message_texts, cloning->event->id, was);
    texts->event_id = cloning->event->id;
}

DECISION(event_clone, event_clone_record)
{
    struct answer refusal;
    const struct event *was = edit_find(decision, &collection_events, body, ID_EVENT, &refusal);
    if (was == NULL)
        return refusal;
    const struct store_page types = {.collection = &collection_ticket_types, .event_id = was->id};
    const struct store_page texts[] = {texts_of(was, NOTIFICATION_DRAFT),
                                       texts_of(was, NOTIFICATION_SCHEDULED)};
    (void)decision_want_page(decision, &types);
    message_text_want(decision, was->id);
    if (was->picture != NULL)
        decision_want(decision, &collection_pictures, was->id);
    for (size_t i = 0; i < 2; i++)
        (void)decision_want_page(decision, &texts[i]);
    struct decoder decoder = decision_decoder(decision);
    if (!has_room(was, request->starts_at)) {
        violations_add(decoder.violations, &(struct path){.name = "starts_at"},
                       VIOLATION_not_allowed);
        return answer_invalid(decision, decoder.violations);
    }
    const struct event wanted = wanted_of(was, request);
    struct event *event = event_add(decision, &wanted);
    event_picture_copy(decision, was, event);
    struct cloning cloning = {.decision = decision, .was = was, .event = event};
    decision_each(decision, &types, 1, clone_type, &cloning);
    if (was->questions.n > 0)
        cloning.event->questions =
            event_questions_cloned(decision, was, cloning.types, cloning.n_types);
    decision_each(decision, texts, 2, clone_text, &cloning);
    clone_own_texts(&cloning);
    return answer_created(decision, &event_record, cloning.event,
                          mem_printf(decision_arena(decision), "/v1/events/%s", cloning.event->id));
}

const struct handler event_clone_handlers[] = {
    {"event.clone", event_clone, &event_clone_record, .changes = CHANGES},
    {0},
};
