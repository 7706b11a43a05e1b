#include "db-svc/rules/sales/tally.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"

const char *tally_of(struct turn *turn, const char *event_id, const struct order *order)
{
    void *arena = turn_arena(turn);
    if (order->tally != NULL)
        return order->tally;
    char *id = mem_zeroed(arena, TALLY_ID_SIZE);
    tally_id(id, event_id, text_fold_email(arena, order->buyer->email));
    return id;
}

static struct tally_item *item_of(const struct tally *tally, const char *ticket_type_id)
{
    for (size_t i = 0; i < tally->items.n; i++)
        if (strcmp(tally->items.at[i].ticket_type_id, ticket_type_id) == 0)
            return &tally->items.at[i];
    return NULL;
}

int64_t tally_count(struct turn *turn, const char *id, const char *ticket_type_id)
{
    const struct tally *tally = turn_read(turn, &collection_tallies, id);
    const struct tally_item *item = tally != NULL ? item_of(tally, ticket_type_id) : NULL;
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
static void count(struct turn *turn, struct tally *tally, const struct order *order, int sign)
{
    struct tally_item *items =
        mem_array(turn_arena(turn), struct tally_item, tally->items.n + order->tallied.n + 1);
    if (tally->items.n > 0)
        memcpy(items, tally->items.at, tally->items.n * sizeof *items);
    tally->items.at = items;
    for (size_t i = 0; i < order->tallied.n; i++) {
        const char *type_id = order->tallied.at[i];
        struct tally_item *item = item_of(tally, type_id);
        if (item == NULL) {
            item = &items[tally->items.n++];
            item->ticket_type_id = type_id;
        }
        item->quantity += sign * quantity_of(order, type_id);
    }
}

void tally_add(struct turn *turn, const struct order *order)
{
    if (order->tallied.n == 0)
        return;
    const char *id = tally_of(turn, order->event_id, order);
    bool there = turn_read(turn, &collection_tallies, id) != NULL;
    struct tally *tally = there ? turn_change(turn, &collection_tallies, id)
                                : turn_add(turn, &collection_tallies, id);
    tally->event_id = order->event_id;
    count(turn, tally, order, +1);
}

void tally_take_off(struct turn *turn, const struct order *order)
{
    if (order->tallied.n == 0)
        return;
    const char *id = tally_of(turn, order->event_id, order);
    if (turn_read(turn, &collection_tallies, id) != NULL)
        count(turn, turn_change(turn, &collection_tallies, id), order, -1);
}
