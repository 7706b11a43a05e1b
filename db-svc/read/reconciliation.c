#include "db-svc/read/reconciliation.h"

#include <string.h>

#include "db-svc/read/audit.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/event.h"
#include "libshared/contract/reconciliation.h"

/* Records that move while they are read are read anew, so often. */
#define TRIES 3
/* So that the answer fits a message. */
#define ITEMS_MAX 2000
#define DIFFERENCES_MAX 1000

struct comparing {
    const void *arena;
    struct reconciliation *said;
    int64_t differences, left_out;
};

static void differ(struct comparing *comparing, const struct account *account,
                   struct difference difference)
{
    struct reconciliation *said = comparing->said;
    comparing->differences++;
    if (said->differences.n == DIFFERENCES_MAX) {
        comparing->left_out++;
        return;
    }
    difference.ticket_type_id = account->ticket_type_id;
    difference.pool = account->ticket_type_id == NULL ? account->pool : NULL;
    said->differences.at = (void *)mem_grow(comparing->arena, said->differences.at,
                                            struct difference, said->differences.n + 1);
    said->differences.at[said->differences.n++] = difference;
}

static struct opt_int64 count(int64_t value)
{
    return (struct opt_int64){.set = true, .value = value};
}

/* `fewer` (not positive) and `more`: by how much what was found may be off. */
static void compare(struct comparing *comparing, const struct account *account, const char *code,
                    const char *member, int64_t counter, int64_t found, int64_t fewer, int64_t more)
{
    if (found < counter + fewer || found > counter + more)
        differ(
            comparing, account,
            (struct difference){
                .code = code, .member = member, .counter = count(counter), .found = count(found)});
}

static void compare_ledger(struct comparing *comparing, const struct account *account)
{
    static const char code[] = "ledger_differs";
    const struct figures *counter = &account->counter, *ledger = &account->ledger;
    compare(comparing, account, code, "capacity", counter->capacity, ledger->capacity, 0, 0);
    compare(comparing, account, code, "sold", counter->sold, ledger->sold, 0, 0);
    compare(comparing, account, code, "held", counter->held, ledger->held, 0, 0);
}

static void compare_orders(struct comparing *comparing, const struct account *account)
{
    const struct figures *counter = &account->counter, *orders = &account->orders;
    const struct figures *fewer = &account->fewer, *more = &account->more;
    if (account->regrouped) {
        differ(comparing, account, (struct difference){.code = "moving"});
        return;
    }
    compare(comparing, account, "orders_differ", "sold", counter->sold, orders->sold, fewer->sold,
            more->sold);
    compare(comparing, account, "tickets_differ", "sold", counter->sold, account->tickets,
            fewer->sold, more->sold);
    compare(comparing, account, "orders_differ", "held", counter->held, orders->held, fewer->held,
            more->held);
}

static void compare_record(struct comparing *comparing, const struct account *account)
{
    const struct figures *counter = &account->counter;
    if (counter->sold < 0 || counter->held < 0 || counter->sold + counter->held > counter->capacity)
        differ(comparing, account, (struct difference){.code = "overcommitted"});
    if (!account->record.set || account->record.value != counter->capacity)
        differ(comparing, account,
               (struct difference){.code = "record_differs",
                                   .member = "capacity",
                                   .counter = count(counter->capacity),
                                   .found = account->record});
    if (account->ticket_type_id != NULL && !text_equal(account->pool, account->record_pool))
        differ(comparing, account, (struct difference){.code = "pool_differs", .member = "pool"});
}

/* A deleted type leaves rows that add up to nothing, and orders that sold nothing. */
static bool is_nothing(const struct account *account)
{
    const struct figures *ledger = &account->ledger, *orders = &account->orders;
    return !account->record.set && ledger->capacity == 0 && ledger->sold == 0 &&
           ledger->held == 0 && orders->sold == 0 && orders->held == 0 && account->tickets == 0;
}

static void compare_all(struct comparing *comparing, const struct account *account)
{
    if (!account->counted) {
        if (!is_nothing(account))
            differ(comparing, account, (struct difference){.code = "counter_missing"});
        return;
    }
    compare_record(comparing, account);
    compare_ledger(comparing, account);
    compare_orders(comparing, account);
}

static struct reconciled *reconciled(const void *arena, int64_t counter, int64_t ledger)
{
    struct reconciled *reconciled = mem_new(arena, struct reconciled);
    reconciled->counter = count(counter);
    reconciled->ledger = count(ledger);
    return reconciled;
}

static struct reconciliation_item item_of(const void *arena, const struct account *account)
{
    const struct figures *counter = &account->counter, *ledger = &account->ledger;
    struct reconciliation_item item = {
        .ticket_type_id = account->ticket_type_id,
        .pool = account->pool,
        .capacity = reconciled(arena, counter->capacity, ledger->capacity),
        .sold = reconciled(arena, counter->sold, ledger->sold),
        .held = reconciled(arena, counter->held, ledger->held),
    };
    item.capacity->record = account->record;
    item.sold->orders = count(account->orders.sold);
    item.sold->tickets = count(account->tickets);
    item.held->orders = count(account->orders.held);
    return item;
}

static void show(struct comparing *comparing, const struct account *account)
{
    struct reconciliation *said = comparing->said;
    if (!account->counted)
        return;
    if (said->items.n + said->pools.n == ITEMS_MAX) {
        comparing->left_out++;
        return;
    }
    const struct reconciliation_item item = item_of(comparing->arena, account);
    if (account->ticket_type_id != NULL)
        said->items.at[said->items.n++] = item;
    else
        said->pools.at[said->pools.n++] = item;
}

static void compare_accounts(const struct query *query, const struct audit *audit,
                             struct reconciliation *ret_said)
{
    size_t n = HASH_COUNT(audit->accounts) + 1;
    *ret_said = (struct reconciliation){
        .event_id = query->body->ids[ID_EVENT], .as_of = query->now, .orders = audit->orders};
    ret_said->items.at = (void *)mem_array(query->arena, struct reconciliation_item, n);
    ret_said->pools.at = (void *)mem_array(query->arena, struct reconciliation_item, n);
    ret_said->differences.at = (void *)mem_grow(query->arena, NULL, struct difference, 1);
    struct comparing comparing = {.arena = query->arena, .said = ret_said};
    for (const struct account *account = audit->accounts; account != NULL;
         account = account->hh.next) {
        compare_all(&comparing, account);
        show(&comparing, account);
    }
    ret_said->clean = comparing.differences == 0;
    ret_said->left_out = (struct opt_int64){comparing.left_out > 0, comparing.left_out};
}

static int try(const struct query *query, const struct event *event, struct reconciliation *said,
               bool *ret_moved)
{
    struct audit audit;
    int r = audit_read(query, event, &audit);
    if (r == 0)
        compare_accounts(query, &audit, said);
    *ret_moved = audit.moved;
    audit_end(&audit);
    return r;
}

int reconciliation_get(const struct query *query, struct read_answer *ret_answer)
{
    struct reconciliation said = {0};
    bool moved = true;
    for (int tries = 0; tries < TRIES && moved && !said.clean; tries++) {
        void *event;
        int r = query_load(query, &collection_events, query->body->ids[ID_EVENT], &event);
        if (r == 0 && event == NULL) {
            *ret_answer = query_not_found(query);
            return 0;
        }
        if (r == 0)
            r = try(query, event, &said, &moved);
        if (r < 0)
            return r;
    }
    *ret_answer = query_shown(query, &reconciliation_record, &said);
    return 0;
}
