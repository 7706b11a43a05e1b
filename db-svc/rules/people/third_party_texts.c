#include "db-svc/rules/people/third_party_texts.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/record/personal.h"

#define DELIVERIES_MAX 200 /* to one other, or of one order */

/* By what deliveries are found that may tell of an order. */
struct search {
    const struct order *order;
    struct store_page *pages;
    size_t n;
};

static void add_page(struct search *search, const char *filter, const char *term)
{
    search->pages[search->n++] = (struct store_page){.collection = &collection_deliveries,
                                                     .event_id = search->order->event_id,
                                                     .filter = filter,
                                                     .term = term,
                                                     .limit = DELIVERIES_MAX};
}

static struct search search_of(const void *arena, const struct order *order)
{
    const struct person *buyer = order->buyer;
    struct search search = {.order = order};
    search.pages = mem_array(arena, struct store_page, order->tickets.n + 3);
    add_page(&search, "order_id", order->id);
    for (size_t i = 0; i < order->tickets.n; i++) {
        const struct ticket_holder *holder = order->tickets.at[i].attendee;
        if (holder != NULL && holder->attendee_id != NULL)
            add_page(&search, "attendee_id", holder->attendee_id);
    }
    if (buyer != NULL)
        add_page(&search, "recipient", collection_fold_email(arena, buyer->email));
    if (buyer != NULL && buyer->phone != NULL)
        add_page(&search, "recipient", buyer->phone);
    return search;
}

void third_party_texts_want(struct decision *decision, const struct order *order)
{
    const struct search search = search_of(decision_arena(decision), order);
    for (size_t i = 0; i < search.n; i++)
        decision_want_page(decision, &search.pages[i]);
}

struct third_party_search {
    struct redact *redact;
    const struct order *order;
    const char *buyer; /* folded; NULL: nobody */
};

static bool holds_a_ticket(const struct order *order, const char *attendee_id)
{
    for (size_t i = 0; attendee_id != NULL && i < order->tickets.n; i++) {
        const struct ticket_holder *holder = order->tickets.at[i].attendee;
        if (holder != NULL && holder->attendee_id != NULL &&
            strcmp(holder->attendee_id, attendee_id) == 0)
            return true;
    }
    return false;
}

static bool is_the_buyers(const struct third_party_search *sought, const char *address)
{
    const struct person *buyer = sought->order->buyer;
    if (buyer == NULL || address == NULL)
        return false;
    return strcmp(collection_fold_email(decision_arena(sought->redact->decision), address),
                  sought->buyer) == 0 ||
           (buyer->phone != NULL && strcmp(buyer->phone, address) == 0);
}

static bool is_of_order(const struct third_party_search *sought, const struct delivery *delivery)
{
    return delivery->order_id != NULL && strcmp(delivery->order_id, sought->order->id) == 0;
}

/* At any address that the buyer had then. */
static bool is_for_the_person(const struct third_party_search *sought,
                              const struct delivery *delivery)
{
    const struct erasure *erasure = sought->redact->erasure;
    return delivery->buyer.value && is_of_order(sought, delivery) && sought->buyer != NULL &&
           strcmp(sought->buyer, erasure->email) == 0 &&
           delivery->created_at <= erasure->created_at;
}

static bool may_contain(const struct third_party_search *sought, const struct delivery *delivery)
{
    return !delivery->erased_at.set &&
           (is_of_order(sought, delivery) || holds_a_ticket(sought->order, delivery->attendee_id) ||
            is_the_buyers(sought, delivery->address));
}

static bool contains_any(const char *text, const struct texts *texts)
{
    for (size_t i = 0; i < texts->n; i++)
        if (strstr(text, texts->at[i]) != NULL)
            return true;
    return false;
}

static bool contains_person(void *context, const char *text)
{
    const struct redact *redact = context;
    const struct erasure *erasure = redact->erasure;
    const char *folded = text_fold(decision_arena(redact->decision), text, true);
    return strstr(folded, erasure->email) != NULL || contains_any(folded, &erasure->names) ||
           contains_any(folded, &erasure->phones);
}

static void look_at(void *context, const void *record)
{
    const struct third_party_search *sought = context;
    const struct delivery *was = record;
    struct redact *redact = sought->redact;
    if (!may_contain(sought, was) || redact_names_delivery(redact, was))
        return;
    if (is_for_the_person(sought, was)) {
        redact_delivery(redact, was);
        return;
    }
    decision_forget(redact->decision, was->id);
    if (!record_any_prose(&delivery_record, was, contains_person, redact))
        return;
    struct delivery *delivery = decision_edit(redact->decision, &collection_deliveries, was->id);
    record_blank_prose(decision_arena(redact->decision), &delivery_record, delivery);
    redact->erasure->deliveries++;
}

void third_party_texts_erase(struct redact *redact, const struct order *order)
{
    const struct search search = search_of(decision_arena(redact->decision), order);
    struct third_party_search sought = {.redact = redact, .order = order};
    if (order->buyer != NULL)
        sought.buyer = collection_fold_email(decision_arena(redact->decision), order->buyer->email);
    decision_each(redact->decision, search.pages, search.n, look_at, &sought);
}
