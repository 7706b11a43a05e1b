/* Forgetting a person: all of it in the first turn, or, if it is much, the rest by pages. */
#include "db-svc/rules/decisions.h"
#include "db-svc/rules/job.h"

#include "db-svc/rules/edit.h"
#include "db-svc/rules/people/erasing.h"
#include "db-svc/rules/people/mentions.h"
#include "db-svc/rules/messages/suppression.h"
#include "libshared/base/mem.h"

#define PAGE ERASE_PAGE

static const char *job_id(struct turn *turn, const char *erasure_id)
{
    return mem_printf(turn_arena(turn), "erase/%s", erasure_id);
}

/* ---- whom */

/* NULL: nobody to look for. In the arena, not yet kept. */
static struct erasure *sought_by_attendee(struct turn *turn, const struct attendee *attendee)
{
    if (attendee == NULL || attendee->erased_at.set)
        return NULL;
    struct erasure *sought = mem_new(turn_arena(turn), struct erasure);
    struct erasing erasing = {.turn = turn, .erasure = sought};
    sought->created_at = turn_now(turn);
    sought->event_id = attendee->event_id;
    sought->email = collection_fold_email(turn_arena(turn), attendee->email);
    erasing_seek_attendee(&erasing, attendee->id);
    erasing_seek_phone(&erasing, attendee->phone);
    return sought;
}

static struct erasure *sought_by_order(struct turn *turn, const struct order *order)
{
    if (order == NULL || order->buyer == NULL)
        return NULL;
    struct erasure *sought = mem_new(turn_arena(turn), struct erasure);
    struct erasing erasing = {.turn = turn, .erasure = sought};
    sought->created_at = turn_now(turn);
    sought->event_id = order->event_id;
    sought->email = collection_fold_email(turn_arena(turn), order->buyer->email);
    erasing_seek_phone(&erasing, order->buyer->phone);
    return sought;
}

static const struct erasure *sought_by_page(struct turn *turn, const struct command_body *body)
{
    const struct erasure_page *page = body->request;
    const struct erasure *erasure = turn_read(turn, &collection_erasures, page->erasure_id);
    bool at = erasure != NULL && erasure->status == ERASURE_RUNNING && erasure->page == page->page;
    return at ? erasure : NULL;
}

/* The person that a command is about; NULL: nobody. */
static const struct erasure *sought(struct turn *turn, const struct command_body *body)
{
    if (body->ids[ID_ATTENDEE] != NULL)
        return sought_by_attendee(turn,
                                  turn_read(turn, &collection_attendees, body->ids[ID_ATTENDEE]));
    if (body->ids[ID_ORDER] != NULL)
        return sought_by_order(turn, turn_read(turn, &collection_orders, body->ids[ID_ORDER]));
    return sought_by_page(turn, body);
}

/* ---- what is loaded */

void erase_names(struct names *names, const struct command_body *body)
{
    const struct erasure_page *page = body->request;
    names_id(names, &collection_events, body->ids[ID_EVENT]);
    names_id(names, &collection_attendees, body->ids[ID_ATTENDEE]);
    names_id(names, &collection_orders, body->ids[ID_ORDER]);
    if (page != NULL)
        names_id(names, &collection_erasures, page->erasure_id);
}

static void name_each(struct names *names, const struct erasure *person,
                      const struct collection *collection, const char *filter,
                      const struct texts *texts)
{
    for (size_t i = 0; i < texts->n; i++)
        names_found(names, collection, person->event_id, filter, texts->at[i], PAGE);
}

/* What is not sent counts in its notification. */
static void name_notification(void *context, const void *record)
{
    const struct delivery *delivery = record;
    if (delivery->status == DELIVERY_QUEUED || delivery->status == DELIVERY_SENDING)
        names_id(context, &collection_notifications, delivery->notification_id);
}

struct naming {
    struct names *names;
    struct erasing erasing;
};

static void name_mentions(void *context, const void *record)
{
    const struct naming *naming = context;
    if (erasing_names_order(&naming->erasing, record))
        mentions_names(naming->names, &naming->erasing, record);
}

void erase_follows(struct names *names, struct turn *turn, const struct command_body *body)
{
    const struct erasure *person = sought(turn, body);
    const struct erasure_page *page = body->request;
    if (page != NULL)
        job_names(names, job_id(turn, page->erasure_id));
    if (person == NULL)
        return;
    const char *event_id = person->event_id;
    char *hash = mem_zeroed(turn_arena(turn), TALLY_ID_SIZE);
    tally_id(hash, event_id, person->email);
    names_found(names, &collection_attendees, event_id, "email", person->email, PAGE);
    names_found(names, &collection_orders, event_id, "email", person->email, PAGE);
    names_found(names, &collection_orders, event_id, "holder", person->email, PAGE);
    names_found(names, &collection_orders, event_id, "past_holder", hash, PAGE);
    names_found(names, &collection_deliveries, event_id, "recipient", person->email, PAGE);
    names_found(names, &collection_notifications, event_id, "recipient", person->email, PAGE);
    names_id(names, &collection_suppressions,
             suppression_id(turn_arena(turn), CHANNEL_EMAIL, person->email));
    for (size_t i = 0; i < person->phones.n; i++)
        names_id(names, &collection_suppressions,
                 suppression_id(turn_arena(turn), CHANNEL_SMS, person->phones.at[i]));
    name_each(names, person, &collection_orders, "holder", &person->attendee_ids);
    name_each(names, person, &collection_deliveries, "attendee_id", &person->attendee_ids);
    name_each(names, person, &collection_notifications, "attendee_id", &person->attendee_ids);
    name_each(names, person, &collection_deliveries, "recipient", &person->phones);
    name_each(names, person, &collection_notifications, "recipient", &person->phones);
    turn_each(turn, &collection_deliveries, event_id, name_notification, names);
    struct erasure copy = *person;
    struct naming naming = {names, {.turn = turn, .erasure = &copy}};
    turn_each(turn, &collection_orders, event_id, name_mentions, &naming);
}

/* ---- a page */

struct page {
    struct erasing erasing;
    size_t n; /* of the kind at hand */
    bool more;
};

/* False: the next page's. */
static bool is_on(struct page *page)
{
    page->more |= ++page->n >= PAGE;
    return page->n <= PAGE;
}

static void take_attendee(void *context, const void *record)
{
    struct page *page = context;
    if (erasing_names_attendee(&page->erasing, record) && is_on(page))
        erasing_attendee(&page->erasing, record);
}

static void take_order(void *context, const void *record)
{
    struct page *page = context;
    if (!erasing_names_order(&page->erasing, record) || !is_on(page))
        return;
    erasing_order(&page->erasing, record);
    mentions_erase(&page->erasing, record);
}

static void take_delivery(void *context, const void *record)
{
    struct page *page = context;
    if (erasing_names_delivery(&page->erasing, record) && is_on(page))
        erasing_delivery(&page->erasing, record);
}

static void take_notification(void *context, const void *record)
{
    struct page *page = context;
    if (erasing_names_notification(&page->erasing, record) && is_on(page))
        erasing_notification(&page->erasing, record);
}

static void next_page(struct turn *turn, struct erasure *erasure)
{
    erasure->page++;
    job_go_on(turn, job_id(turn, erasure->id), "attendee.erase_page", erasure->event_id,
              mem_printf(turn_arena(turn), "erase/%s/%lld", erasure->id, (long long)erasure->page),
              json_pack("{sssssI}", "event_id", erasure->event_id, "erasure_id", erasure->id,
                        "page", (json_int_t)erasure->page));
}

static void erase_suppressions(struct turn *turn, const struct erasure *erasure)
{
    suppression_erase(turn, CHANNEL_EMAIL, erasure->email);
    for (size_t i = 0; i < erasure->phones.n; i++)
        suppression_erase(turn, CHANNEL_SMS, erasure->phones.at[i]);
}

static void finish(struct turn *turn, struct erasure *erasure)
{
    erase_suppressions(turn, erasure);
    erasure->status = ERASURE_DONE;
    erasure->done_at = (struct opt_time){true, turn_now(turn)};
    erasure->email = NULL;
    erasure->names = erasure->phones = erasure->attendee_ids = (struct texts){0};
}

static void erase_page(struct erasing *erasing)
{
    static const struct {
        const struct collection *collection;
        turn_each_record *take;
    } kinds[] = {{&collection_attendees, take_attendee},
                 {&collection_orders, take_order},
                 {&collection_deliveries, take_delivery},
                 {&collection_notifications, take_notification}};
    struct page page = {.erasing = *erasing};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        page.n = 0;
        turn_each(erasing->turn, kinds[i].collection, erasing->erasure->event_id, kinds[i].take,
                  &page);
    }
    if (page.more || page.erasing.learned)
        next_page(erasing->turn, erasing->erasure);
    else {
        finish(erasing->turn, erasing->erasure);
        job_end(erasing->turn, job_id(erasing->turn, erasing->erasure->id));
    }
}

/* ---- decisions */

/* The person who is looked for from now on. */
static struct erasing begin(struct turn *turn, const char *of_id, const struct erasure *person)
{
    struct erasure *erasure =
        edit_add(turn, &collection_erasures, erasure_id(turn_arena(turn), of_id), person);
    erasure->status = ERASURE_RUNNING;
    return (struct erasing){.turn = turn, .erasure = erasure};
}

struct answer attendee_erase(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct attendee *was =
        edit_find(turn, &collection_attendees, body, ID_ATTENDEE, &refusal);
    if (was == NULL)
        return refusal;
    if (!was->erased_at.set) {
        struct erasing erasing = begin(turn, was->id, sought_by_attendee(turn, was));
        erasing_attendee(&erasing, was);
        erase_page(&erasing);
    }
    return answer_ok(turn, &attendee_record, turn_read(turn, &collection_attendees, was->id));
}

struct answer order_erase(struct turn *turn, const struct command_body *body)
{
    struct answer refusal;
    const struct order *was = edit_find(turn, &collection_orders, body, ID_ORDER, &refusal);
    if (was == NULL)
        return refusal;
    if (was->buyer != NULL) {
        struct erasing erasing = begin(turn, was->id, sought_by_order(turn, was));
        erasing_order(&erasing, was);
        mentions_erase(&erasing, was);
        erase_page(&erasing);
    }
    return answer_ok(turn, &order_record, turn_read(turn, &collection_orders, was->id));
}

struct answer attendee_erase_page(struct turn *turn, const struct command_body *body)
{
    const struct erasure_page *page = body->request;
    const struct erasure *was = sought_by_page(turn, body);
    if (was == NULL) {
        job_pass(turn, job_id(turn, page->erasure_id));
        return answer_none(turn);
    }
    struct erasing erasing = {.turn = turn,
                              .erasure = turn_edit(turn, &collection_erasures, was->id)};
    erase_page(&erasing);
    return answer_none(turn);
}
