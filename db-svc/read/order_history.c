/* An order's commands and payments stand in the order; its mails and scans are found by its id. All
 * of it is little enough to be read at once, and so pages go by places in the whole. */
#include "db-svc/read/order_history.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/read/cursor.h"
#include "libshared/base/mem.h"
#include "libshared/contract/order_history.h"
#include "libshared/contract/query.h"
#include "libshared/service/operation_id.h"

#define RECORDS_MAX 5000 /* of a kind */
#define REST "/rest/"

struct entries {
    const struct query *query;
    struct order_history *at;
    size_t n;
};

static struct order_history *add(struct entries *entries, enum order_history_kind kind, int64_t at)
{
    entries->at =
        mem_grow(entries->query->arena, entries->at, struct order_history, entries->n + 1);
    struct order_history *entry = &entries->at[entries->n++];
    *entry = (struct order_history){.at = at, .kind = kind};
    return entry;
}

static void tell_sender(const struct query *query, struct order_history *entry, const char *source,
                        const char *command_id)
{
    bool rest = source != NULL && strncmp(source, REST, strlen(REST)) == 0;
    entry->key = rest ? source + strlen(REST) : source;
    entry->command_id = command_id;
    if (rest && command_id != NULL)
        entry->operation_id = operation_id(query->arena, entry->key, command_id);
}

static void add_steps(struct entries *entries, const struct order *order)
{
    for (size_t i = 0; i < order->trail.n; i++) {
        const struct order_step *step = &order->trail.at[i];
        struct order_history *entry = add(entries, HISTORY_COMMAND, step->at);
        entry->command = step->command;
        entry->changed = step->changed;
        tell_sender(entries->query, entry, step->source, step->command_id);
    }
    if (order->trail.n == 0) /* an older release kept none */
        add(entries, HISTORY_COMMAND, order->created_at)->command = "order.place";
}

static void add_payments(struct entries *entries, const struct order *order)
{
    for (size_t i = 0; i < order->payments.n; i++) {
        const struct order_payment *payment = &order->payments.at[i];
        struct order_history *entry =
            add(entries, HISTORY_PAYMENT, payment->at.set ? payment->at.ms : order->created_at);
        entry->payment_id = payment->payment_id;
        entry->refund_id = payment->refund_id;
        entry->dispute_id = payment->dispute_id;
        entry->amount = payment->amount;
        entry->reason = payment->reason;
        entry->status = payment_status_names[payment->status];
    }
}

static bool take_mail(void *context, void *record)
{
    struct entries *entries = context;
    const struct delivery *delivery = record;
    struct order_history *entry = add(entries, HISTORY_MAIL, delivery->created_at);
    entry->notification_id = delivery->notification_id;
    entry->delivery_id = delivery->id;
    entry->status = delivery_status_names[delivery->status];
    entry->channel = channel_names[delivery->channel];
    entry->sent_at = delivery->sent_at;
    return entries->n < RECORDS_MAX;
}

static bool take_scan(void *context, void *record)
{
    struct entries *entries = context;
    const struct scan *scan = record;
    struct order_history *entry = add(entries, HISTORY_SCAN, scan->at);
    entry->result = scan_result_names[scan->result];
    entry->gate = scan->gate;
    entry->reason = scan->reason;
    entry->ticket_type_id = scan->ticket_type_id;
    tell_sender(entries->query, entry, scan->source, scan->command_id);
    return entries->n < 2 * RECORDS_MAX;
}

static int add_found(struct entries *entries, const struct collection *collection,
                     const char *order_id, store_next *take)
{
    const struct store_match of_order[] = {{"order_id", order_id, false}};
    const struct store_list list = {.collection = collection, .matches = of_order, .n_matches = 1};
    return store_list(entries->query->store, entries->query->arena, &list, take, entries);
}

static int compare(const void *a, const void *b)
{
    const struct order_history *one = a, *other = b;
    if (one->at != other->at)
        return one->at < other->at ? -1 : 1;
    return one->kind < other->kind ? -1 : one->kind > other->kind;
}

static int gather(struct entries *entries, const struct order *order)
{
    add_steps(entries, order);
    add_payments(entries, order);
    int r = add_found(entries, &collection_deliveries, order->id, take_mail);
    if (r == 0)
        r = add_found(entries, &collection_scans, order->id, take_scan);
    if (r == 0 && entries->n > 0)
        qsort(entries->at, entries->n, sizeof *entries->at, compare);
    return r;
}

static void show(const struct entries *entries, const char *order_id, size_t first, size_t limit,
                 struct read_answer *ret_answer)
{
    const struct query *query = entries->query;
    json_t *items = json_array();
    first = first < entries->n ? first : entries->n;
    size_t end = first + limit < entries->n ? first + limit : entries->n;
    for (size_t i = first; i < end; i++) {
        json_t *item = record_json(&order_history_record, &entries->at[i]);
        if (entries->at[i].kind == HISTORY_COMMAND && entries->at[i].changed.n == 0)
            (void)json_object_set_new(item, "changed", json_array());
        (void)json_array_append_new(items, item);
    }
    *ret_answer = query_page(
        query, items, end < entries->n ? cursor_write_part(query->arena, order_id, end) : NULL);
    json_decref(items);
}

int history_of_order(const struct query *query, struct read_answer *ret_answer)
{
    const struct list_request *request = query->body->request;
    size_t limit = request->limit.set ? (size_t)request->limit.value : LIST_LIMIT_DEFAULT;
    const char *of = NULL;
    size_t first = 0;
    void *record;
    if (request->cursor != NULL &&
        (!cursor_read_part(query->arena, request->cursor, ORDER_PREFIX, &of, &first) ||
         strcmp(of, query->body->ids[ID_ORDER]) != 0)) {
        *ret_answer = query_invalid_parameter(query, "cursor", VIOLATION_not_allowed);
        return 0;
    }
    int r = query_load_of_event(query, &collection_orders, ID_ORDER, &record);
    if (r < 0)
        return r;
    if (record == NULL) {
        *ret_answer = query_not_found(query);
        return 0;
    }
    struct entries entries = {.query = query};
    r = gather(&entries, record);
    if (r == 0)
        show(&entries, ((const struct order *)record)->id, first, limit, ret_answer);
    return r;
}
