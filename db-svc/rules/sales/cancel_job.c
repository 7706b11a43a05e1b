#include "db-svc/rules/sales/cancel_job.h"

#include <string.h>

#include "db-svc/rules/rules.h"
#include "db-svc/rules/job.h"
#include "db-svc/rules/sales/order_money.h"
#include "db-svc/rules/sales/order_ops.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/cancellation.h"

#define PAGE 100

static const char *job_id(struct decision *decision, const char *event_id)
{
    return mem_printf(decision_arena(decision), "cancel/%s", event_id);
}

/* Asks for the page that the record stands at. */
static void next_page(struct decision *decision, const struct cancellation *cancellation)
{
    const char *orders = record_enum_text(order_status_names, cancellation->orders);
    const char *after = cancellation->after;
    const char *id = mem_printf(decision_arena(decision), "cancel/%s/%s/%s", cancellation->event_id,
                                orders, after != NULL ? after : "first");
    job_go_on(decision,
              &(struct job_page){.job_id = job_id(decision, cancellation->event_id),
                                 .type = "event.cancel_page",
                                 .command_id = id,
                                 .body = {.ids = {[ID_EVENT] = cancellation->event_id},
                                          .request = &(struct cancellation_page){
                                              .orders = cancellation->orders, .after = after}}});
}

void cancel_job_begin(struct decision *decision, const struct event *event)
{
    struct cancellation *cancellation =
        decision_add(decision, &collection_cancellations, event->id);
    cancellation->event_id = event->id;
    cancellation->status = CANCELLATION_RUNNING;
    cancellation->orders = ORDER_HELD;
    next_page(decision, cancellation);
}

/* The record, if the page is the one that it stands at. */
static const struct cancellation *at_page(struct decision *decision,
                                          const struct command_body *body)
{
    const struct cancellation_page *page = body->request;
    const struct cancellation *cancellation =
        decision_read(decision, &collection_cancellations, body->ids[ID_EVENT]);
    bool at = cancellation != NULL && cancellation->status == CANCELLATION_RUNNING &&
              cancellation->orders == page->orders && text_equal(cancellation->after, page->after);
    return at ? cancellation : NULL;
}

/* The orders of a page, done or not: others may be loaded too, but none is missing in between. */
struct page {
    const char *after;
    const struct order *at[PAGE];
    size_t n;
};

static void take_order(void *context, const void *record)
{
    struct page *page = context;
    const struct order *order = record;
    if (page->n < PAGE && (page->after == NULL || strcmp(order->id, page->after) > 0))
        page->at[page->n++] = order;
}

static struct page page_of(struct decision *decision, const struct cancellation *cancellation)
{
    const struct store_page orders = {
        .collection = &collection_orders,
        .event_id = cancellation->event_id,
        .after = cancellation->after,
        .status = record_enum_text(order_status_names, cancellation->orders),
        .limit = PAGE};
    struct page page = {.after = cancellation->after};
    decision_each(decision, &orders, 1, take_order, &page);
    for (size_t i = 0; i < page.n; i++)
        order_ops_want(decision, page.at[i]->id);
    return page;
}

static void owe(struct decision *decision, struct cancellation *cancellation, struct order *order,
                int64_t value)
{
    int64_t owed = order_money_owe(order, value);
    if (owed == 0)
        return;
    cancellation->refunds_due++;
    order_ops_emit_money(
        decision, "order.refund_due", order,
        &(struct fact_body){.reason = "event_cancelled", .amount = order_money_of(order, owed)});
}

/* Used tickets are void too: nothing of the event is sold again. */
static void end_order(struct decision *decision, struct cancellation *cancellation,
                      const struct order *was)
{
    const struct order_ops_taking taking = {
        .reason = VOID_EVENT_CANCELLED, .status = ORDER_CANCELLED, .frees_used = true};
    int64_t value = order_ops_value(was, NULL);
    bool held = was->status == ORDER_HELD;
    struct order *order = order_ops_release(decision, was, &taking, "order.cancelled", NULL);
    if (held)
        cancellation->holds_released++;
    else
        owe(decision, cancellation, order, value);
    cancellation->orders_done++;
}

/* On to the next page, to the paid orders after the held ones, or done. */
static void go_on(struct decision *decision, struct cancellation *cancellation,
                  const struct page *page)
{
    if (page->n == PAGE) {
        cancellation->after = page->at[PAGE - 1]->id;
    } else if (cancellation->orders == ORDER_HELD) {
        cancellation->orders = ORDER_PAID;
        cancellation->after = NULL;
    } else {
        cancellation->status = CANCELLATION_DONE;
        cancellation->done_at = (struct opt_time){.set = true, .ms = decision_now(decision)};
        job_end(decision, job_id(decision, cancellation->event_id));
        return;
    }
    next_page(decision, cancellation);
}

static struct answer event_cancel_page(struct decision *decision, const struct command_body *body)
{
    const struct cancellation *was = at_page(decision, body);
    if (was == NULL) {
        job_pass(decision, job_id(decision, body->ids[ID_EVENT]));
        return answer_none(decision);
    }
    const struct page page = page_of(decision, was);
    struct cancellation *cancellation = decision_edit(decision, &collection_cancellations, was->id);
    for (size_t i = 0; i < page.n; i++)
        if ((int)page.at[i]->status == cancellation->orders)
            end_order(decision, cancellation, page.at[i]);
    go_on(decision, cancellation, &page);
    return answer_none(decision);
}

const struct handler cancel_job_handlers[] = {
    {"event.cancel_page", event_cancel_page},
    {0},
};
