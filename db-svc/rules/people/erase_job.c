/* Forgetting a person: all of it in the first decision, or, if it is much, the rest by pages. */
#include "db-svc/rules/rules.h"
#include "db-svc/rules/job.h"

#include "db-svc/rules/attendee_key.h"
#include "db-svc/rules/edit.h"
#include "db-svc/rules/people/redact.h"
#include "db-svc/rules/people/third_party_texts.h"
#include "db-svc/rules/messages/suppression.h"
#include "libshared/base/mem.h"
#include "libshared/record/personal.h"

enum {
    KINDS = 4,
    PAGE = 50, /* records of a kind are erased in one decision */
};

static const char *job_id(struct decision *decision, const char *erasure_id)
{
    return mem_printf(decision_arena(decision), "erase/%s", erasure_id);
}

/* ---- whom */

/* In the arena, not yet kept. */
static struct erasure *sought_by_attendee(struct decision *decision,
                                          const struct attendee *attendee)
{
    struct erasure *sought = mem_new(decision_arena(decision), struct erasure);
    struct redact redact = {.decision = decision, .erasure = sought};
    sought->created_at = decision_now(decision);
    sought->event_id = attendee->event_id;
    sought->email = collection_fold_email(decision_arena(decision), attendee->email);
    sought->shared_address =
        (struct opt_bool){true, attendee_key_shared(decision, attendee->event_id)};
    redact_seek_attendee(&redact, attendee->id);
    redact_seek_phone(&redact, attendee->phone);
    return sought;
}

static struct erasure *sought_by_order(struct decision *decision, const struct order *order)
{
    struct erasure *sought = mem_new(decision_arena(decision), struct erasure);
    struct redact redact = {.decision = decision, .erasure = sought};
    sought->created_at = decision_now(decision);
    sought->event_id = order->event_id;
    sought->email = collection_fold_email(decision_arena(decision), order->buyer->email);
    sought->shared_address =
        (struct opt_bool){true, attendee_key_shared(decision, order->event_id)};
    redact_seek_name(&redact, order->buyer->name);
    redact_seek_phone(&redact, order->buyer->phone);
    return sought;
}

/* NULL: nobody any more. */
static const struct erasure *sought_by_page(struct decision *decision,
                                            const struct command_body *body)
{
    const struct erasure_page *page = body->request;
    const struct erasure *erasure = decision_read(decision, &collection_erasures, page->erasure_id);
    bool at = erasure != NULL && erasure->status == ERASURE_RUNNING && erasure->page == page->page;
    return at ? erasure : NULL;
}

/* ---- what is read */

struct search {
    const struct collection *collection;
    decision_each_record *take;
    struct store_page *pages; /* that find the person's */
    size_t n;
};

static void find_by(struct redact *redact, struct search *search, const char *filter,
                    const char *term)
{
    struct decision *decision = redact->decision;
    search->pages =
        mem_grow(decision_arena(decision), search->pages, struct store_page, search->n + 1);
    search->pages[search->n] = (struct store_page){.collection = search->collection,
                                                   .event_id = redact->erasure->event_id,
                                                   .filter = filter,
                                                   .term = term,
                                                   .limit = PAGE};
    decision_want_page(decision, &search->pages[search->n++]);
}

static void find_by_each(struct redact *redact, struct search *search, const char *filter,
                         const struct texts *terms)
{
    for (size_t i = 0; i < terms->n; i++)
        find_by(redact, search, filter, terms->at[i]);
}

enum { ATTENDEES, ORDERS, DELIVERIES, NOTIFICATIONS };

/* By what is known of the person when the page begins. */
static void find(struct redact *redact, struct search *searches)
{
    const struct erasure *person = redact->erasure;
    find_by(redact, &searches[ATTENDEES], "email", person->email);
    find_by(redact, &searches[ORDERS], "email", person->email);
    find_by(redact, &searches[ORDERS], "holder", person->email);
    find_by(redact, &searches[ORDERS], "past_holder", redact_hash(redact));
    find_by(redact, &searches[DELIVERIES], "recipient", person->email);
    find_by(redact, &searches[NOTIFICATIONS], "recipient", person->email);
    find_by_each(redact, &searches[ORDERS], "holder", &person->attendee_ids);
    find_by_each(redact, &searches[DELIVERIES], "attendee_id", &person->attendee_ids);
    find_by_each(redact, &searches[NOTIFICATIONS], "attendee_id", &person->attendee_ids);
    find_by_each(redact, &searches[DELIVERIES], "recipient", &person->phones);
    find_by_each(redact, &searches[NOTIFICATIONS], "recipient", &person->phones);
}

static void each(struct redact *redact, const struct search *search, decision_each_record *take,
                 void *context)
{
    decision_each(redact->decision, search->pages, search->n, take, context);
}

static void want_third_party_texts(void *context, const void *record)
{
    const struct redact *redact = context;
    if (redact_names_order(redact, record))
        third_party_texts_want(redact->decision, record);
}

/* A delivery that is not sent counts in its notification. */
static void want_notification(void *context, const void *record)
{
    const struct redact *redact = context;
    const struct delivery *delivery = record;
    if (delivery->status == DELIVERY_QUEUED || delivery->status == DELIVERY_SENDING)
        decision_want(redact->decision, &collection_notifications, delivery->notification_id);
}

/* ---- a page */

struct page {
    struct redact redact;
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
    if (redact_names_attendee(&page->redact, record) && is_on(page))
        redact_attendee(&page->redact, record);
}

static void take_order(void *context, const void *record)
{
    struct page *page = context;
    if (!redact_names_order(&page->redact, record) || !is_on(page))
        return;
    redact_order(&page->redact, record);
    third_party_texts_erase(&page->redact, record);
}

static void take_delivery(void *context, const void *record)
{
    struct page *page = context;
    if (redact_names_delivery(&page->redact, record) && is_on(page))
        redact_delivery(&page->redact, record);
}

static void take_notification(void *context, const void *record)
{
    struct page *page = context;
    if (redact_names_notification(&page->redact, record) && is_on(page))
        redact_notification(&page->redact, record);
}

static void next_page(struct decision *decision, struct erasure *erasure)
{
    erasure->page++;
    job_go_on(decision,
              &(struct job_page){.job_id = job_id(decision, erasure->id),
                                 .type = "attendee.erase_page",
                                 .command_id = mem_printf(decision_arena(decision), "erase/%s/%lld",
                                                          erasure->id, (long long)erasure->page),
                                 .body = {.ids = {[ID_EVENT] = erasure->event_id},
                                          .request = &(struct erasure_page){
                                              .erasure_id = erasure->id, .page = erasure->page}}});
}

static void erase_job_suppressions(struct decision *decision, const struct erasure *erasure)
{
    const struct texts emails = {(const char *[]){erasure->email}, 1};
    for (int channel = CHANNEL_UNSET + 1; channel < CHANNELS; channel++) {
        const struct texts *addresses =
            channel_is_by_email((enum channel)channel) ? &emails : &erasure->phones;
        for (size_t i = 0; i < addresses->n; i++)
            suppression_erase(decision, (enum channel)channel, addresses->at[i]);
    }
}

static void finish(struct decision *decision, struct erasure *erasure)
{
    erase_job_suppressions(decision, erasure);
    erasure->status = ERASURE_DONE;
    erasure->done_at = (struct opt_time){true, decision_now(decision)};
    record_redact(decision_arena(decision), &erasure_record, erasure, NULL);
}

static void erase_page(struct redact *redact)
{
    struct search searches[KINDS] = {
        [ATTENDEES] = {.collection = &collection_attendees, .take = take_attendee},
        [ORDERS] = {.collection = &collection_orders, .take = take_order},
        [DELIVERIES] = {.collection = &collection_deliveries, .take = take_delivery},
        [NOTIFICATIONS] = {.collection = &collection_notifications, .take = take_notification}};
    struct page page = {.redact = *redact};
    find(redact, searches);
    each(redact, &searches[ORDERS], want_third_party_texts, redact);
    each(redact, &searches[DELIVERIES], want_notification, redact);
    for (size_t i = 0; i < KINDS; i++) {
        page.n = 0;
        each(redact, &searches[i], searches[i].take, &page);
    }
    if (page.more || page.redact.learned)
        next_page(redact->decision, redact->erasure);
    else {
        finish(redact->decision, redact->erasure);
        job_end(redact->decision, job_id(redact->decision, redact->erasure->id));
    }
}

/* ---- decisions */

/* The person who is looked for from now on. */
static struct redact begin(struct decision *decision, const char *of_id,
                           const struct erasure *person)
{
    struct erasure *erasure = edit_add(decision, &collection_erasures,
                                       erasure_id(decision_arena(decision), of_id), person);
    erasure->status = ERASURE_RUNNING;
    return (struct redact){.decision = decision, .erasure = erasure};
}

static struct answer attendee_erase(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct attendee *was =
        edit_find(decision, &collection_attendees, body, ID_ATTENDEE, &refusal);
    if (was == NULL)
        return refusal;
    if (!was->erased_at.set) {
        struct redact redact = begin(decision, was->id, sought_by_attendee(decision, was));
        redact_attendee(&redact, was);
        erase_page(&redact);
    }
    return answer_ok(decision, &attendee_record,
                     decision_read(decision, &collection_attendees, was->id));
}

static struct answer order_erase(struct decision *decision, const struct command_body *body)
{
    struct answer refusal;
    const struct order *was = edit_find(decision, &collection_orders, body, ID_ORDER, &refusal);
    if (was == NULL)
        return refusal;
    if (was->buyer != NULL) {
        struct redact redact = begin(decision, was->id, sought_by_order(decision, was));
        redact_order(&redact, was);
        third_party_texts_erase(&redact, was);
        erase_page(&redact);
    }
    return answer_ok(decision, &order_record, decision_read(decision, &collection_orders, was->id));
}

DECISION(attendee_erase_page, erasure_page_record)
{
    const struct erasure *was = sought_by_page(decision, body);
    if (was == NULL) {
        job_pass(decision, job_id(decision, request->erasure_id));
        return answer_none(decision);
    }
    struct redact redact = {.decision = decision,
                            .erasure = decision_edit(decision, &collection_erasures, was->id)};
    erase_page(&redact);
    return answer_none(decision);
}

const struct handler erase_job_handlers[] = {
    {"attendee.erase", attendee_erase, .changes = KINDS * PAGE},
    {"attendee.erase_page", attendee_erase_page, &erasure_page_record, .changes = KINDS * PAGE},
    {"order.erase", order_erase, .changes = KINDS * PAGE},
    {0},
};
