#include "db-svc/rules/sales/buyer_quota.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"

const char *buyer_quota_of(struct decision *decision, const char *event_id,
                           const struct order *order)
{
    void *arena = decision_arena(decision);
    if (order->tally != NULL)
        return order->tally;
    char *id = mem_zeroed(arena, BUYER_QUOTA_ID_SIZE);
    buyer_quota_id(id, event_id, text_fold_email(arena, order->buyer->email));
    return id;
}

static struct buyer_quota_item *item_of(const struct buyer_quota *quota, const char *ticket_type_id)
{
    for (size_t i = 0; i < quota->items.n; i++)
        if (strcmp(quota->items.at[i].ticket_type_id, ticket_type_id) == 0)
            return &quota->items.at[i];
    return NULL;
}

int64_t buyer_quota_count(struct decision *decision, const char *id, const char *ticket_type_id)
{
    const struct buyer_quota *quota = decision_read(decision, &collection_buyer_quotas, id);
    const struct buyer_quota_item *item = quota != NULL ? item_of(quota, ticket_type_id) : NULL;
    return item != NULL ? item->quantity : 0;
}

static int64_t quantity_of(const struct order *order, const char *ticket_type_id)
{
    for (size_t i = 0; i < order->items.n; i++)
        if (strcmp(order->items.at[i].ticket_type_id, ticket_type_id) == 0)
            return order->items.at[i].quantity;
    return 0;
}

/* A list of its own, with room for every type of the order. */
static void count(struct decision *decision, struct buyer_quota *quota, const struct order *order,
                  int sign)
{
    struct buyer_quota_item *items = mem_array(decision_arena(decision), struct buyer_quota_item,
                                               quota->items.n + order->tallied.n + 1);
    if (quota->items.n > 0)
        memcpy(items, quota->items.at, quota->items.n * sizeof *items);
    quota->items.at = items;
    for (size_t i = 0; i < order->tallied.n; i++) {
        const char *type_id = order->tallied.at[i];
        struct buyer_quota_item *item = item_of(quota, type_id);
        if (item == NULL) {
            item = &items[quota->items.n++];
            item->ticket_type_id = type_id;
        }
        item->quantity += sign * quantity_of(order, type_id);
    }
}

void buyer_quota_add(struct decision *decision, const struct order *order)
{
    if (order->tallied.n == 0)
        return;
    const char *id = buyer_quota_of(decision, order->event_id, order);
    bool there = decision_read(decision, &collection_buyer_quotas, id) != NULL;
    struct buyer_quota *quota = there ? decision_change(decision, &collection_buyer_quotas, id)
                                      : decision_add(decision, &collection_buyer_quotas, id);
    quota->event_id = order->event_id;
    count(decision, quota, order, +1);
}

void buyer_quota_take_off(struct decision *decision, const struct order *order)
{
    if (order->tallied.n == 0)
        return;
    const char *id = buyer_quota_of(decision, order->event_id, order);
    if (decision_read(decision, &collection_buyer_quotas, id) != NULL)
        count(decision, decision_change(decision, &collection_buyer_quotas, id), order, -1);
}
