/* The totals are the list's own; the rest is counted from the scans of the last day, a stretch of
 * time after the other, so that memory grows with gates and minutes and not with scans. */
#include "db-svc/read/check_in_numbers.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/check_in.h"
#include "libshared/contract/check_in_list.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define MINUTE_MS (INT64_C(60) * 1000)
#define GATES_MAX 1000 /* gates are any text: what more there are is in the totals alone */

struct counting {
    const struct query *query;
    const char *list_id;
    int64_t refused;
    struct check_in_reason *reasons;
    struct check_in_gate *gates;
    struct check_in_minute *minutes;
    size_t n_reasons, n_gates, n_minutes;
};

static void count_reason(struct counting *counting, const char *reason)
{
    const void *arena = counting->query->arena;
    size_t i = 0;
    while (i < counting->n_reasons && !text_equal(counting->reasons[i].reason, reason))
        i++;
    if (i == counting->n_reasons) {
        counting->reasons = mem_grow(arena, counting->reasons, struct check_in_reason, i + 1);
        counting->reasons[counting->n_reasons++] =
            (struct check_in_reason){.reason = mem_strdup(arena, reason)};
    }
    counting->reasons[i].count++;
}

static struct check_in_gate *gate_of(struct counting *counting, const char *gate)
{
    const void *arena = counting->query->arena;
    size_t i = 0;
    while (i < counting->n_gates && !text_equal(counting->gates[i].gate, gate))
        i++;
    if (i < counting->n_gates)
        return &counting->gates[i];
    if (i == GATES_MAX)
        return NULL;
    counting->gates = mem_grow(arena, counting->gates, struct check_in_gate, i + 1);
    counting->gates[counting->n_gates++] =
        (struct check_in_gate){.gate = gate != NULL ? mem_strdup(arena, gate) : NULL};
    return &counting->gates[i];
}

/* Scans come about in the order of time: the last minutes are looked at first. */
static struct check_in_minute *minute_of(struct counting *counting, int64_t at)
{
    int64_t begin = at - at % MINUTE_MS;
    for (size_t i = counting->n_minutes; i-- > 0;)
        if (counting->minutes[i].at == begin)
            return &counting->minutes[i];
    size_t n = counting->n_minutes++;
    counting->minutes =
        mem_grow(counting->query->arena, counting->minutes, struct check_in_minute, n + 1);
    counting->minutes[n] = (struct check_in_minute){.at = begin};
    return &counting->minutes[n];
}

static bool count(void *context, void *record, bool *ret_keep)
{
    struct counting *counting = context;
    const struct scan *scan = record;
    *ret_keep = false;
    bool counts = scan->result == SCAN_ADMITTED || scan->result == SCAN_REFUSED;
    if (!counts || !text_equal(scan->list_id, counting->list_id) ||
        scan->at < counting->query->now - DAY_MS)
        return true;
    bool refused = scan->result == SCAN_REFUSED;
    int64_t people = scan->people.set ? scan->people.value : 1;
    struct check_in_gate *gate = gate_of(counting, scan->gate);
    struct check_in_minute *minute = minute_of(counting, scan->at);
    counting->refused += refused;
    if (refused)
        count_reason(counting, scan->reason);
    if (gate != NULL)
        *(refused ? &gate->refused : &gate->admitted) += people;
    *(refused ? &minute->refused : &minute->admitted) += people;
    return true;
}

static int by_count(const void *a, const void *b)
{
    const struct check_in_reason *one = a, *other = b;
    if (one->count != other->count)
        return one->count > other->count ? -1 : 1;
    return strcmp(one->reason, other->reason);
}

static int by_name(const void *a, const void *b)
{
    const char *one = ((const struct check_in_gate *)a)->gate;
    const char *other = ((const struct check_in_gate *)b)->gate;
    return strcmp(one != NULL ? one : "", other != NULL ? other : "");
}

static int by_time(const void *a, const void *b)
{
    const struct check_in_minute *one = a, *other = b;
    return one->at < other->at ? -1 : one->at > other->at;
}

static void sort(struct counting *counting)
{
    if (counting->n_reasons > 0)
        qsort(counting->reasons, counting->n_reasons, sizeof *counting->reasons, by_count);
    if (counting->n_gates > 0)
        qsort(counting->gates, counting->n_gates, sizeof *counting->gates, by_name);
    if (counting->n_minutes > 0)
        qsort(counting->minutes, counting->n_minutes, sizeof *counting->minutes, by_time);
}

struct expecting {
    const void *arena;
    const struct check_in_list *list;
    const struct ticket_type **types; /* that admit several people */
    size_t n_types;
    int64_t people;
};

static void take_type(void *context, void *record)
{
    struct expecting *expecting = context;
    if (ticket_type_admits(record) == 1)
        return;
    expecting->types = mem_grow(expecting->arena, expecting->types, const struct ticket_type *,
                                expecting->n_types + 1);
    expecting->types[expecting->n_types++] = record;
}

static int64_t admits_of(const struct expecting *expecting, const char *type_id)
{
    for (size_t i = 0; i < expecting->n_types; i++)
        if (strcmp(expecting->types[i]->id, type_id) == 0)
            return ticket_type_admits(expecting->types[i]);
    return 1;
}

static void add_sold(void *context, void *record)
{
    struct expecting *expecting = context;
    const struct stock *stock = record;
    const struct texts *types = &expecting->list->ticket_type_ids;
    if (types->n == 0 || texts_have(types, stock->id))
        expecting->people += stock->sold * admits_of(expecting, stock->id);
}

static int count_expected(const struct query *query, struct expecting *expecting)
{
    const char *const *event_id = &expecting->list->event_id;
    int r = store_load_of_events(query->store, query->arena, &collection_ticket_types, event_id, 1,
                                 take_type, expecting);
    return r < 0 ? r
                 : store_load_of_events(query->store, query->arena, &collection_stock, event_id, 1,
                                        add_sold, expecting);
}

static int count_scans(struct counting *counting)
{
    const struct query *query = counting->query;
    const struct store_search scans = {.collection = &collection_scans,
                                       .prefix = SCAN_PREFIX,
                                       .event_id = query->body->ids[ID_EVENT],
                                       .from = {true, query->now - DAY_MS},
                                       .now = query->now};
    return store_search(query->store, query->arena, &scans, count, counting);
}

int check_in_numbers_get(const struct query *query, struct read_answer *ret_answer)
{
    void *record;
    int r = query_load_of_event(query, &collection_check_in_lists, ID_CHECK_IN_LIST, &record);
    if (r < 0)
        return r;
    if (record == NULL) {
        *ret_answer = query_not_found(query);
        return 0;
    }
    const struct check_in_list *list = record;
    struct counting counting = {.query = query, .list_id = list->id};
    struct expecting expecting = {.arena = query->arena, .list = list};
    r = count_scans(&counting);
    if (r == 0)
        r = count_expected(query, &expecting);
    if (r < 0)
        return r;
    sort(&counting);
    const struct check_in_numbers numbers = {
        .list_id = list->id,
        .name = list->name,
        .as_of = query->now,
        .admitted = list->admitted,
        .inside = list->inside,
        .expected = expecting.people,
        .max_inside = list->max_inside,
        .refused = counting.refused,
        .reasons = {.at = counting.reasons, .n = counting.n_reasons},
        .gates = {.at = counting.gates, .n = counting.n_gates},
        .minutes = {.at = counting.minutes, .n = counting.n_minutes}};
    *ret_answer = query_shown(query, &check_in_numbers_record, &numbers);
    return 0;
}
