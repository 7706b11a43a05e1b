#include "db-svc/read/audit.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/event.h"
#include "libshared/contract/ledger.h"
#include "libshared/contract/order.h"

struct audit_reader {
    const struct query *query;
    struct audit *audit;
};

static struct account *account_of(const struct audit_reader *reader, const char *id)
{
    struct account *account;
    HASH_FIND_STR(reader->audit->accounts, id, account);
    if (account != NULL)
        return account;
    account = mem_new(reader->query->arena, struct account);
    account->id = mem_strdup(reader->query->arena, id);
    HASH_ADD_KEYPTR(hh, reader->audit->accounts, account->id, strlen(account->id), account);
    return account;
}

static struct account *account_of_type(const struct audit_reader *reader,
                                       const char *ticket_type_id)
{
    struct account *account = account_of(reader, ticket_type_id);
    account->ticket_type_id = account->id;
    return account;
}

static struct account *account_of_pool(const struct audit_reader *reader, const char *event_id,
                                       const char *name)
{
    const void *arena = reader->query->arena;
    struct account *account = account_of(reader, pool_id(arena, event_id, name));
    account->pool = mem_strdup(arena, name);
    return account;
}

/* --- Counters, and the records that they are of --- */

static void take_pool(void *context, void *record)
{
    const struct pool *pool = record;
    struct account *account = account_of_pool(context, pool->event_id, pool->name);
    account->counted = true;
    account->rev = pool->rev;
    account->counter = (struct figures){pool->capacity, pool->sold, pool->held};
    if (pool->removed.value)
        account->record = (struct opt_int64){.set = true, .value = 0};
}

static void take_stock(void *context, void *record)
{
    const struct stock *stock = record;
    struct account *account = account_of_type(context, stock->id);
    account->counted = true;
    account->rev = stock->rev;
    account->pool = stock->pool;
    account->counter = (struct figures){stock->capacity, stock->sold, stock->held};
}

static void take_type(void *context, void *record)
{
    const struct ticket_type *type = record;
    struct account *account = account_of_type(context, type->id);
    account->record = (struct opt_int64){.set = true, .value = type->capacity};
    account->record_pool = type->pool;
}

static void take_event(const struct audit_reader *reader, const struct event *event)
{
    for (size_t i = 0; i < event->pools.n; i++)
        account_of_pool(reader, event->id, event->pools.at[i].name)->record =
            (struct opt_int64){.set = true, .value = event->pools.at[i].capacity};
}

static int load(struct audit_reader *reader, const struct collection *collection,
                const char *event_id, store_each *each)
{
    const struct store_page all = {.collection = collection, .event_id = event_id};
    return store_load_page(reader->query->store, reader->query->arena, &all, each, reader);
}

/* --- Orders --- */

#define T struct order_item
static const struct field item_fields[] = {
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX),
    FIELD(T, quantity),
};
static const struct record item_part = RECORD("order_item", T, item_fields);
#undef T
#define T struct ticket
static const struct field ticket_fields[] = {
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX),
    FIELD_ENUM(T, status, ticket_status_names),
    FIELD(T, keeps_place),
};
static const struct record ticket_part = RECORD("ticket", T, ticket_fields);
#undef T
#define T struct order
static const struct field order_fields[] = {
    FIELD_ENUM(T, status, order_status_names),
    FIELD_LIST(T, items, item_part),
    FIELD_LIST(T, tickets, ticket_part),
};
static const struct record order_part = RECORD("order", T, order_fields);
#undef T

static void take_item(struct account *account, enum order_status status, int64_t quantity)
{
    account->orders.sold += status == ORDER_PAID ? quantity : 0;
    account->orders.held += status == ORDER_HELD ? quantity : 0;
}

/* A void ticket that was used keeps its place, whatever becomes of its order. */
static void take_ticket(struct account *account, enum order_status status,
                        const struct ticket *ticket)
{
    bool is_void = ticket->status == TICKET_VOID, keeps = is_void && ticket->keeps_place.value;
    account->tickets += !is_void || keeps ? 1 : 0;
    if (status == ORDER_PAID)
        account->orders.sold -= is_void && !keeps ? 1 : 0;
    else
        account->orders.sold += keeps ? 1 : 0;
}

static bool take_order(void *context, void *record)
{
    const struct audit_reader *reader = context;
    const struct order *order = record;
    reader->audit->orders++;
    for (size_t i = 0; i < order->items.n; i++)
        if (order->items.at[i].ticket_type_id != NULL)
            take_item(account_of_type(reader, order->items.at[i].ticket_type_id), order->status,
                      order->items.at[i].quantity);
    for (size_t i = 0; i < order->tickets.n; i++)
        if (order->tickets.at[i].ticket_type_id != NULL)
            take_ticket(account_of_type(reader, order->tickets.at[i].ticket_type_id), order->status,
                        &order->tickets.at[i]);
    return true;
}

/* --- Ledger --- */

#define T struct ledger_row
static const struct field row_fields[] = {
    FIELD_ENUM(T, movement, movement_names),
    FIELD(T, capacity),
    FIELD(T, sold),
    FIELD(T, held),
    FIELD(T, rev),
};
static const struct record row_part = RECORD("ledger_row", T, row_fields);
#undef T
#define T struct ledger_page
static const struct field page_fields[] = {
    FIELD_ID(T, event_id, EVENT_PREFIX),
    FIELD(T, of),
    FIELD_ID(T, ticket_type_id, TICKET_TYPE_PREFIX),
    FIELD(T, pool),
    FIELD_LIST(T, rows, row_part),
};
static const struct record page_part = RECORD("ledger_page", T, page_fields);
#undef T

static void add(struct figures *sum, const struct ledger_row *row)
{
    sum->capacity += row->capacity.value;
    sum->sold += row->sold.value;
    sum->held += row->held.value;
}

static void add_later(struct account *account, const struct ledger_row *row)
{
    (row->sold.value < 0 ? &account->fewer : &account->more)->sold += row->sold.value;
    (row->held.value < 0 ? &account->fewer : &account->more)->held += row->held.value;
    account->regrouped =
        account->regrouped || row->movement == MOVEMENT_JOINED || row->movement == MOVEMENT_LEFT;
}

static bool take_page(void *context, void *record)
{
    const struct audit_reader *reader = context;
    const struct ledger_page *page = record;
    if (page->of == NULL)
        return true;
    struct account *account = page->pool != NULL
                                  ? account_of_pool(reader, page->event_id, page->pool)
                                  : account_of_type(reader, page->of);
    for (size_t i = 0; i < page->rows.n; i++) {
        const struct ledger_row *row = &page->rows.at[i];
        bool later = account->counted && row->rev > account->rev;
        if (later)
            add_later(account, row);
        else
            add(&account->ledger, row);
        reader->audit->moved = reader->audit->moved || later;
    }
    return true;
}

/* --- All of it --- */

static void add_up_pools(const struct audit_reader *reader, const char *event_id)
{
    for (const struct account *type = reader->audit->accounts; type != NULL; type = type->hh.next) {
        if (type->ticket_type_id == NULL || type->pool == NULL)
            continue;
        struct account *pool = account_of_pool(reader, event_id, type->pool);
        pool->orders.sold += type->orders.sold;
        pool->orders.held += type->orders.held;
        pool->tickets += type->tickets;
    }
}

static int scan(struct audit_reader *reader, const struct event *event,
                const struct store_scan *what, store_next *each)
{
    struct store_scan whole = *what;
    whole.event_id = event->id;
    whole.since = event->created_at;
    whole.until = reader->query->now;
    return store_scan(reader->query->store, &whole, each, reader);
}

/* Pools before their types: so a type that changes its pool in between is seen to have. */
int audit_read(const struct query *query, const struct event *event, struct audit *ret_audit)
{
    static const struct store_scan orders = {&collection_orders, ORDER_PREFIX, .part = &order_part};
    static const struct store_scan pages = {&collection_ledger, LEDGER_PREFIX, .part = &page_part};
    *ret_audit = (struct audit){0};
    struct audit_reader reader = {query, ret_audit};
    take_event(&reader, event);
    int r = load(&reader, &collection_pools, event->id, take_pool);
    if (r == 0)
        r = load(&reader, &collection_stock, event->id, take_stock);
    if (r == 0)
        r = load(&reader, &collection_ticket_types, event->id, take_type);
    if (r == 0)
        r = scan(&reader, event, &orders, take_order);
    if (r == 0)
        r = scan(&reader, event, &pages, take_page);
    if (r == 0)
        add_up_pools(&reader, event->id);
    return r;
}

void audit_end(struct audit *audit)
{
    HASH_CLEAR(hh, audit->accounts); /* uthash's buckets are malloc's */
}
