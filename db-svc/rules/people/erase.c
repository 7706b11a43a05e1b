/* Forgetting a person: all of it in the first turn, or, if it is much, the rest by pages. */
#include "db-svc/rules/rules.h"
#include "db-svc/rules/job.h"

#include "db-svc/rules/edit.h"
#include "db-svc/rules/people/erasing.h"
#include "db-svc/rules/people/mentions.h"
#include "db-svc/rules/messages/suppression.h"
#include "libshared/base/mem.h"

enum {
    KINDS = 4,
    PAGE = 50, /* records of a kind are erased in one turn */
};

static const char *job_id(struct turn *turn, const char *erasure_id)
{
    return mem_printf(turn_arena(turn), "erase/%s", erasure_id);
}

/* ---- whom */

/* In the arena, not yet kept. */
static struct erasure *sought_by_attendee(struct turn *turn, const struct attendee *attendee)
{
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
    struct erasure *sought = mem_new(turn_arena(turn), struct erasure);
    struct erasing erasing = {.turn = turn, .erasure = sought};
    sought->created_at = turn_now(turn);
    sought->event_id = order->event_id;
    sought->email = collection_fold_email(turn_arena(turn), order->buyer->email);
    erasing_seek_phone(&erasing, order->buyer->phone);
    return sought;
}

/* NULL: nobody any more. */
static const struct erasure *sought_by_page(struct turn *turn, const struct command_body *body)
{
    const struct erasure_page *page = body->request;
    const struct erasure *erasure = turn_read(turn, &collection_erasures, page->erasure_id);
    bool at = erasure != NULL && erasure->status == ERASURE_RUNNING && erasure->page == page->page;
    return at ? erasure : NULL;
}

/* ---- what is read */

struct search {
    const struct collection *collection;
    turn_each_record *take;
    struct store_page *pages; /* that find the person's */
    size_t n;
};

static void find_by(struct erasing *erasing, struct search *search, const char *filter,
                    const char *term)
{
    struct turn *turn = erasing->turn;
    search->pages = mem_grow(turn_arena(turn), search->pages, struct store_page, search->n + 1);
    search->pages[search->n] = (struct store_page){.collection = search->collection,
                                                   .event_id = erasing->erasure->event_id,
                                                   .filter = filter,
                                                   .term = term,
                                                   .limit = PAGE};
    turn_want_page(turn, &search->pages[search->n++]);
}

static void find_by_each(struct erasing *erasing, struct search *search, const char *filter,
                         const struct texts *terms)
{
    for (size_t i = 0; i < terms->n; i++)
        find_by(erasing, search, filter, terms->at[i]);
}

enum { ATTENDEES, ORDERS, DELIVERIES, NOTIFICATIONS };

/* By what is known of the person when the page begins. */
static void find(struct erasing *erasing, struct search *searches)
{
    const struct erasure *person = erasing->erasure;
    find_by(erasing, &searches[ATTENDEES], "email", person->email);
    find_by(erasing, &searches[ORDERS], "email", person->email);
    find_by(erasing, &searches[ORDERS], "holder", person->email);
    find_by(erasing, &searches[ORDERS], "past_holder", erasing_hash(erasing));
    find_by(erasing, &searches[DELIVERIES], "recipient", person->email);
    find_by(erasing, &searches[NOTIFICATIONS], "recipient", person->email);
    find_by_each(erasing, &searches[ORDERS], "holder", &person->attendee_ids);
    find_by_each(erasing, &searches[DELIVERIES], "attendee_id", &person->attendee_ids);
    find_by_each(erasing, &searches[NOTIFICATIONS], "attendee_id", &person->attendee_ids);
    find_by_each(erasing, &searches[DELIVERIES], "recipient", &person->phones);
    find_by_each(erasing, &searches[NOTIFICATIONS], "recipient", &person->phones);
}

static void each(struct erasing *erasing, const struct search *search, turn_each_record *take,
                 void *context)
{
    turn_each(erasing->turn, search->pages, search->n, take, context);
}

static void want_mentions(void *context, const void *record)
{
    const struct erasing *erasing = context;
    if (erasing_names_order(erasing, record))
        mentions_want(erasing->turn, record);
}

/* What is not sent counts in its notification. */
static void want_notification(void *context, const void *record)
{
    const struct erasing *erasing = context;
    const struct delivery *delivery = record;
    if (delivery->status == DELIVERY_QUEUED || delivery->status == DELIVERY_SENDING)
        turn_want(erasing->turn, &collection_notifications, delivery->notification_id);
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
    struct search searches[KINDS] = {
        [ATTENDEES] = {.collection = &collection_attendees, .take = take_attendee},
        [ORDERS] = {.collection = &collection_orders, .take = take_order},
        [DELIVERIES] = {.collection = &collection_deliveries, .take = take_delivery},
        [NOTIFICATIONS] = {.collection = &collection_notifications, .take = take_notification}};
    struct page page = {.erasing = *erasing};
    find(erasing, searches);
    each(erasing, &searches[ORDERS], want_mentions, erasing);
    each(erasing, &searches[DELIVERIES], want_notification, erasing);
    for (size_t i = 0; i < KINDS; i++) {
        page.n = 0;
        each(erasing, &searches[i], searches[i].take, &page);
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

static struct answer attendee_erase(struct turn *turn, const struct command_body *body)
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

static struct answer order_erase(struct turn *turn, const struct command_body *body)
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

DECISION(attendee_erase_page, erasure_page_record)
{
    const struct erasure *was = sought_by_page(turn, body);
    if (was == NULL) {
        job_pass(turn, job_id(turn, request->erasure_id));
        return answer_none(turn);
    }
    struct erasing erasing = {.turn = turn,
                              .erasure = turn_edit(turn, &collection_erasures, was->id)};
    erase_page(&erasing);
    return answer_none(turn);
}

const struct handler erase_handlers[] = {
    {"attendee.erase", attendee_erase, .changes = KINDS * PAGE},
    {"attendee.erase_page", attendee_erase_page, &erasure_page_record, .changes = KINDS * PAGE},
    {"order.erase", order_erase, .changes = KINDS * PAGE},
    {0},
};
