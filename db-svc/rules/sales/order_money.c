#include "db-svc/rules/sales/order_money.h"

#include <string.h>

#include "libshared/base/mem.h"

int64_t order_money_left(const struct order *order)
{
    return order->paid.amount - order->refunded.amount;
}

int64_t order_money_kept(const struct order *order)
{
    return order_money_left(order) - order->refund_due.amount;
}

struct money order_money_of(const struct order *order, int64_t amount)
{
    struct money money = order->total;
    money.amount = amount;
    return money;
}

int64_t order_money_price(const struct order *order, const struct ticket *ticket)
{
    for (size_t i = 0; i < order->items.n; i++)
        if (strcmp(order->items.at[i].ticket_type_id, ticket->ticket_type_id) == 0)
            return order->items.at[i].unit_price.amount;
    return 0;
}

/* As much of the amount as there is. */
static int64_t within(int64_t amount, int64_t most)
{
    int64_t some = amount < most ? amount : most;
    return some > 0 ? some : 0;
}

static void put(struct order *order, int64_t paid, int64_t refunded, int64_t due)
{
    order->paid = order_money_of(order, paid);
    order->refunded = order_money_of(order, refunded);
    order->refund_due = order_money_of(order, due);
}

void order_money_pay(struct order *order, int64_t amount)
{
    put(order, order->paid.amount + amount, order->refunded.amount, order->refund_due.amount);
}

int64_t order_money_owe(struct order *order, int64_t amount)
{
    int64_t owed = within(amount, order_money_kept(order));
    put(order, order->paid.amount, order->refunded.amount, order->refund_due.amount + owed);
    return owed;
}

int64_t order_money_refund_due(struct order *order, int64_t amount)
{
    int64_t back = within(amount, order->refund_due.amount);
    put(order, order->paid.amount, order->refunded.amount + back, order->refund_due.amount - back);
    return back;
}

int64_t order_money_refund_kept(struct order *order, int64_t amount)
{
    int64_t back = within(amount, order_money_kept(order));
    put(order, order->paid.amount, order->refunded.amount + back, order->refund_due.amount);
    return back;
}

void order_money_undo_refund(struct order *order, int64_t amount)
{
    int64_t again = within(amount, order->refunded.amount);
    put(order, order->paid.amount, order->refunded.amount - again,
        order->refund_due.amount + again);
}

bool order_money_same_currency(const struct order *order, const struct money *amount)
{
    return strcmp(order->total.currency, amount->currency) == 0;
}

static const char *id_of(const struct order_payment *said)
{
    if (said->dispute_id != NULL)
        return said->dispute_id;
    return said->refund_id != NULL ? said->refund_id : said->payment_id;
}

const struct order_payment *order_money_find(const struct order *order, const char *id,
                                             enum payment_status status)
{
    for (size_t i = 0; i < order->payments.n; i++) {
        const struct order_payment *said = &order->payments.at[i];
        if (said->status == status && strcmp(id_of(said), id) == 0)
            return said;
    }
    return NULL;
}

/* Which one goes: the first failure, or else the first that is no payment: refunds name those. */
static size_t to_drop(const struct order *order)
{
    size_t failed = 0, other = 0;
    while (failed < order->payments.n && order->payments.at[failed].status != PAYMENT_FAILED)
        failed++;
    while (other < order->payments.n && order->payments.at[other].status == PAYMENT_SUCCEEDED)
        other++;
    return failed < order->payments.n ? failed : other < order->payments.n ? other : 0;
}

void order_money_note(struct decision *decision, struct order *order,
                      const struct order_payment *said)
{
    size_t n = order->payments.n;
    size_t drop = n < ORDER_PAYMENTS_MAX ? n : to_drop(order);
    struct order_payment *list = mem_array(decision_arena(decision), struct order_payment, n + 1);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (i != drop)
            list[kept++] = order->payments.at[i];
    list[kept] = *said;
    list[kept++].at = (struct opt_time){true, decision_now(decision)};
    order->payments.at = list;
    order->payments.n = kept;
}
