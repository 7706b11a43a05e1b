/* Runs a decision, and takes over what it leaves behind. */
#include "db-svc/rules/decision_run.h"

#include <string.h>

#include "db-svc/rules/decision_state.h"
#include "db-svc/rules/order_trail.h"
#include "libshared/base/mem.h"
#include "libshared/contract/ticket_type.h"

static struct pool_level *level_of_pool(struct decision *decision, const struct stock *stock)
{
    const struct pool *pool =
        stock->pool == NULL ? NULL
                            : decision_read(decision, &collection_pools,
                                            pool_id(decision->arena, stock->event_id, stock->pool));
    if (pool == NULL)
        return NULL;
    const struct pool_level level = pool_level_of(pool);
    return mem_dup(decision->arena, &level, sizeof level);
}

/* The pool that the stock was in before this decision, if it has left it. */
static struct pool_level *level_of_left_pool(struct decision *decision, const struct stock *stock)
{
    const struct stock *was = workset_read(decision->workset, &collection_stock, stock->id);
    if (was == NULL || was->pool == NULL ||
        (stock->pool != NULL && strcmp(was->pool, stock->pool) == 0))
        return NULL;
    return level_of_pool(decision, was);
}

/* The stock that this decision moved, as facts and replies carry it; NULL: none. */
static const char *moved_stock(struct decision *decision)
{
    char *list = NULL;
    for (size_t i = 0; i < decision->n_touched; i++) {
        const struct stock *stock = (const struct stock *)decision->touched[i].record;
        if (decision->touched[i].collection != &collection_stock || stock == NULL)
            continue;
        const struct stock_level level = {.ticket_type_id = stock->id,
                                          .capacity = stock->capacity,
                                          .sold = stock->sold,
                                          .held = stock->held,
                                          .rev = stock->rev,
                                          .epoch = {true, decision->input->epoch},
                                          .pool = level_of_pool(decision, stock),
                                          .left_pool = level_of_left_pool(decision, stock)};
        const char *text = record_text(decision->arena, &stock_level_record, &level);
        list = list == NULL ? mem_printf(decision->arena, "[%s", text)
                            : mem_printf(decision->arena, "%s,%s", list, text);
    }
    return list == NULL ? NULL : mem_printf(decision->arena, "%s]", list);
}

static const char *with_stock(struct decision *decision, const char *body, const char *stock)
{
    static const char name[] = ",\"stock\":";
    const size_t n = strlen(body) - 1, stock_n = strlen(stock);
    char *text = mem_bytes(decision->arena, n + sizeof name + stock_n + 1), *at = text;
    at = mempcpy(at, body, n);
    at = mempcpy(at, name, sizeof name - 1);
    at = mempcpy(at, stock, stock_n);
    memcpy(at, "}", 2);
    return text;
}

static void publish(struct decision *decision, const char *stock, struct decision_result *result)
{
    result->outgoing = mem_array(decision->arena, struct outgoing, decision->n_emitted + 1);
    for (size_t i = 0; i < decision->n_emitted; i++) {
        struct emitted *emitted = &decision->emitted[i];
        if (emitted->carries_stock && stock != NULL)
            emitted->message.body = with_stock(decision, emitted->message.body, stock);
        result->outgoing[result->n_outgoing++] = emitted->message;
    }
}

/* Puts what this decision left behind into its place; of a refusal only what is kept. */
static void leave(struct decision *decision, bool refused)
{
    for (size_t i = 0; i < decision->n_touched; i++) {
        const struct touched *touched = &decision->touched[i];
        if (refused && !touched->kept)
            continue;
        workset_put(decision->workset, touched->collection, touched->id, touched->record);
    }
}

/* The page of this batch for a stock: in the workset under the stock's id, since there is one. */
static struct ledger_page *page_of(struct decision *decision, const struct decision_stock *stock)
{
    const void *present = workset_read(decision->workset, &collection_ledger, stock->id);
    if (present != NULL)
        return (struct ledger_page *)present;
    struct ledger_page *page = mem_new(decision->arena, struct ledger_page);
    *page =
        (struct ledger_page){.id = decision_id(decision, LEDGER_PREFIX),
                             .version = 1,
                             .created_at = decision->input->now,
                             .updated_at = decision->input->now,
                             .event_id = mem_strdup(decision->arena, stock->event_id),
                             .of = mem_strdup(decision->arena, stock->id),
                             .ticket_type_id = mem_strdup(decision->arena, stock->ticket_type_id),
                             .pool = mem_strdup(decision->arena, stock->pool)};
    workset_put(decision->workset, &collection_ledger, stock->id, page);
    return page;
}

/* The movements of one stock in a batch are one page, however many commands made them. */
static void keep_ledger(struct decision *decision)
{
    const char *receipt = decision->n_entered > 0 ? decision_receipt(decision) : NULL;
    for (size_t i = 0; i < decision->n_entered; i++) {
        const struct entered *entered = &decision->entered[i];
        struct ledger_page *page = page_of(decision, &entered->stock);
        page->rows.at =
            (void *)mem_grow(decision->arena, page->rows.at, struct ledger_row, page->rows.n + 1);
        struct ledger_row *row = &page->rows.at[page->rows.n++];
        *row = entered->row;
        row->at = decision->input->now;
        row->command = decision->input->handler->type;
        row->receipt = receipt;
        page->rev = row->rev;
    }
}

static void keep_trail(struct decision *decision)
{
    for (size_t i = 0; i < decision->n_touched; i++) {
        const struct touched *touched = &decision->touched[i];
        if (touched->collection == &collection_orders && touched->record != NULL)
            order_trail_add(decision, (struct order *)touched->record,
                            workset_read(decision->workset, &collection_orders, touched->id));
    }
}

static void settle(struct decision *decision, struct decision_result *result)
{
    result->stock = moved_stock(decision); /* reads, so it is before any change */
    keep_ledger(decision);
    keep_trail(decision);
    publish(decision, result->stock, result);
    leave(decision, false);
    result->about = decision->shown;
    result->n_about = decision->n_forgotten == 0 ? decision->n_shown : 0;
    result->forgotten = decision->forgotten;
    result->n_forgotten = decision->n_forgotten;
    if (decision->n_forgotten > 0)
        result->forgotten_body = answer_refuse(decision, PROBLEM_erased).body;
}

/* Frames that longjmp() leaves behind own nothing: all is the arena's. */
static bool decide(struct decision *decision, struct decision_result *result)
{
    if (setjmp(decision->lacks) != 0)
        return false;
    *result = (struct decision_result){
        .answer = decision->input->handler->decide(decision, decision->input->body)};
    if (decision->looking_ahead)
        return true;
    if (result->answer.problem == PROBLEM_NONE)
        settle(decision, result);
    else
        leave(decision, true);
    return true;
}

bool decision_run(void *arena, struct workset *workset, struct wants *wants,
                  const struct decision_input *input, struct decision_result *ret_result)
{
    struct decision decision = {.arena = arena, .workset = workset, .wants = wants, .input = input};
    return decide(&decision, ret_result);
}

void decision_look_ahead(void *arena, struct workset *workset, struct wants *wants,
                         const struct decision_input *input)
{
    struct decision decision = {
        .arena = arena, .workset = workset, .wants = wants, .input = input, .looking_ahead = true};
    struct decision_result dropped;
    (void)decide(&decision, &dropped);
}
