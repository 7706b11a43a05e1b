/* A turn from its decision to what it leaves behind. */
#include "db-svc/rules/turn_run.h"

#include <string.h>

#include "db-svc/rules/turn_state.h"
#include "libshared/base/mem.h"
#include "libshared/contract/ticket_type.h"

static struct pool_level *level_of_pool(struct turn *turn, const struct stock *stock)
{
    const struct pool *pool = stock->pool == NULL
                                  ? NULL
                                  : turn_read(turn, &collection_pools,
                                              pool_id(turn->arena, stock->event_id, stock->pool));
    if (pool == NULL)
        return NULL;
    const struct pool_level level = pool_level_of(pool);
    return mem_dup(turn->arena, &level, sizeof level);
}

/* Of the pool that the stock was in before this turn, if it is no more. */
static struct pool_level *level_of_left_pool(struct turn *turn, const struct stock *stock)
{
    const struct stock *was = workset_read(turn->workset, &collection_stock, stock->id);
    if (was == NULL || was->pool == NULL ||
        (stock->pool != NULL && strcmp(was->pool, stock->pool) == 0))
        return NULL;
    return level_of_pool(turn, was);
}

/* The stock that this turn moved, as facts and replies carry it; NULL: none. */
static const char *moved_stock(struct turn *turn)
{
    char *list = NULL;
    for (size_t i = 0; i < turn->n_touched; i++) {
        const struct stock *stock = (const struct stock *)turn->touched[i].record;
        if (turn->touched[i].collection != &collection_stock || stock == NULL)
            continue;
        const struct stock_level level = {.ticket_type_id = stock->id,
                                          .capacity = stock->capacity,
                                          .sold = stock->sold,
                                          .held = stock->held,
                                          .rev = stock->rev,
                                          .epoch = {true, turn->input->epoch},
                                          .pool = level_of_pool(turn, stock),
                                          .left_pool = level_of_left_pool(turn, stock)};
        const char *text = record_text(turn->arena, &stock_level_record, &level);
        list = list == NULL ? mem_printf(turn->arena, "[%s", text)
                            : mem_printf(turn->arena, "%s,%s", list, text);
    }
    return list == NULL ? NULL : mem_printf(turn->arena, "%s]", list);
}

static const char *with_stock(struct turn *turn, const char *body, const char *stock)
{
    return mem_printf(turn->arena, "%.*s,\"stock\":%s}", (int)strlen(body) - 1, body, stock);
}

static void publish(struct turn *turn, const char *stock, struct turn_result *result)
{
    result->outgoing = mem_array(turn->arena, struct outgoing, turn->n_told + 1);
    for (size_t i = 0; i < turn->n_told; i++) {
        struct told *told = &turn->told[i];
        if (told->carries_stock && stock != NULL)
            told->message.body = with_stock(turn, told->message.body, stock);
        result->outgoing[result->n_outgoing++] = told->message;
    }
}

/* Puts what this turn left behind into its place; of a refusal only what is kept. */
static void leave(struct turn *turn, bool refused)
{
    for (size_t i = 0; i < turn->n_touched; i++) {
        const struct touched *touched = &turn->touched[i];
        if (refused && !touched->kept)
            continue;
        workset_put(turn->workset, touched->collection, touched->id, touched->record);
    }
}

/* The page of this batch for a stock: in the workset under the stock's id, since there is one. */
static struct ledger_page *page_of(struct turn *turn, const struct turn_stock *stock)
{
    const void *present = workset_read(turn->workset, &collection_ledger, stock->id);
    if (present != NULL)
        return (struct ledger_page *)present;
    struct ledger_page *page = mem_new(turn->arena, struct ledger_page);
    *page = (struct ledger_page){.id = turn_id(turn, LEDGER_PREFIX),
                                 .version = 1,
                                 .created_at = turn->input->now,
                                 .updated_at = turn->input->now,
                                 .event_id = mem_strdup(turn->arena, stock->event_id),
                                 .of = mem_strdup(turn->arena, stock->id),
                                 .ticket_type_id = mem_strdup(turn->arena, stock->ticket_type_id),
                                 .pool = mem_strdup(turn->arena, stock->pool)};
    workset_put(turn->workset, &collection_ledger, stock->id, page);
    return page;
}

/* What a batch moves of one stock is one page, however many commands did. */
static void keep_ledger(struct turn *turn)
{
    const char *receipt = turn->n_entered > 0 ? turn_receipt(turn) : NULL;
    for (size_t i = 0; i < turn->n_entered; i++) {
        const struct entered *entered = &turn->entered[i];
        struct ledger_page *page = page_of(turn, &entered->stock);
        page->rows.at =
            (void *)mem_grow(turn->arena, page->rows.at, struct ledger_row, page->rows.n + 1);
        struct ledger_row *row = &page->rows.at[page->rows.n++];
        *row = entered->row;
        row->at = turn->input->now;
        row->command = turn->input->handler->type;
        row->receipt = receipt;
        page->rev = row->rev;
    }
}

static void settle(struct turn *turn, struct turn_result *result)
{
    keep_ledger(turn);
    result->stock = moved_stock(turn);
    publish(turn, result->stock, result);
    leave(turn, false);
    result->about = turn->shown;
    result->n_about = turn->n_forgotten == 0 ? turn->n_shown : 0;
    result->forgotten = turn->forgotten;
    result->n_forgotten = turn->n_forgotten;
    if (turn->n_forgotten > 0)
        result->forgotten_body = answer_refuse(turn, PROBLEM_erased).body;
}

/* Frames that longjmp() leaves behind own nothing: all is the arena's. */
static bool decide(struct turn *turn, struct turn_result *result)
{
    if (setjmp(turn->lacks) != 0)
        return false;
    *result = (struct turn_result){.answer = turn->input->handler->decide(turn, turn->input->body)};
    if (result->answer.problem == PROBLEMS)
        settle(turn, result);
    else
        leave(turn, true);
    return !turn->lacking;
}

bool turn_run(void *arena, struct workset *workset, struct wants *wants,
              const struct turn_input *input, struct turn_result *ret_result)
{
    struct turn turn = {.arena = arena, .workset = workset, .wants = wants, .input = input};
    return decide(&turn, ret_result);
}
