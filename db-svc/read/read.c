#include "db-svc/read/read.h"

#include <errno.h>
#include <string.h>

#include "db-svc/read/lists.h"
#include "db-svc/read/tickets.h"
#include "db-svc/signing.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"
#include "libshared/contract/query.h"

/* NULL if it is another event's. */
static int load_of_event(const struct query *query, const struct collection *collection,
                         enum command_id id, void **ret_record)
{
    int r = query_load(query, collection, query->body->ids[id], ret_record);
    if (r < 0 || *ret_record == NULL)
        return r;
    const char *event_id = collection->event_id(*ret_record);
    if (event_id == NULL || strcmp(event_id, query->body->ids[ID_EVENT]) != 0)
        *ret_record = NULL;
    return 0;
}

static int show(const struct query *query, const struct collection *collection, void *record,
                struct read_answer *ret_answer)
{
    if (record == NULL) {
        *ret_answer = query_not_found(query);
        return 0;
    }
    *ret_answer = query_shown(query, collection->record, record);
    ret_answer->etag =
        mem_printf(query->arena, "\"%lld\"", (long long)((const struct common *)record)->version);
    return 0;
}

static int get(const struct query *query, const struct collection *collection, enum command_id id,
               struct read_answer *ret_answer)
{
    void *record;
    int r = load_of_event(query, collection, id, &record);
    return r < 0 ? r : show(query, collection, record, ret_answer);
}

static int get_event(const struct query *query, struct read_answer *ret_answer)
{
    return get(query, &collection_events, ID_EVENT, ret_answer);
}

static int get_cancellation(const struct query *query, struct read_answer *ret_answer)
{
    return get(query, &collection_cancellations, ID_EVENT, ret_answer);
}

static int get_order(const struct query *query, struct read_answer *ret_answer)
{
    return get(query, &collection_orders, ID_ORDER, ret_answer);
}

static int get_attendee(const struct query *query, struct read_answer *ret_answer)
{
    return get(query, &collection_attendees, ID_ATTENDEE, ret_answer);
}

static int get_attendee_links(const struct query *query, struct read_answer *ret_answer)
{
    void *record;
    struct signing_key key;
    int r = load_of_event(query, &collection_attendees, ID_ATTENDEE, &record);
    if (r == 0)
        r = signing_load(query->store, query->settings, &key);
    if (r < 0)
        return r;
    const struct attendee *attendee = record;
    if (attendee == NULL || attendee->email == NULL) {
        *ret_answer = query_not_found(query);
        return 0;
    }
    const struct self_service service = signing_self_service(query->settings, &key);
    const struct self_service_links links =
        self_service_links(query->arena, &service, attendee, query->now);
    *ret_answer = query_shown(query, &self_service_links_record, &links);
    return 0;
}

static int get_import(const struct query *query, struct read_answer *ret_answer)
{
    return get(query, &collection_imports, ID_IMPORT, ret_answer);
}

static int get_attendee_counts(const struct query *query, struct read_answer *ret_answer)
{
    void *event, *record = NULL;
    const char *event_id = query->body->ids[ID_EVENT];
    int r = query_load(query, &collection_events, event_id, &event);
    if (r == 0 && event != NULL)
        r = query_load(query, &collection_rosters, event_id, &record);
    if (r < 0)
        return r;
    const struct roster none = {0}, *roster = record != NULL ? record : &none;
    const struct attendee_counts counts = {
        .event_id = event_id,
        .unconfirmed = roster->unconfirmed,
        .confirmed = roster->confirmed,
        .cancelled = roster->cancelled,
        .total = roster->unconfirmed + roster->confirmed + roster->cancelled,
    };
    *ret_answer = event != NULL ? query_shown(query, &attendee_counts_record, &counts)
                                : query_not_found(query);
    return 0;
}

static int get_notification(const struct query *query, struct read_answer *ret_answer)
{
    return get(query, &collection_notifications, ID_NOTIFICATION, ret_answer);
}

static int get_ticket_type(const struct query *query, struct read_answer *ret_answer)
{
    void *record;
    int r = load_of_event(query, &collection_ticket_types, ID_TICKET_TYPE, &record);
    struct ticket_type *type = record;
    if (r == 0 && type != NULL)
        r = query_join_stock(query, &type, 1, NULL);
    return r < 0 ? r : show(query, &collection_ticket_types, type, ret_answer);
}

struct types {
    const void *arena;
    struct ticket_type **at;
    int64_t *stock_revs;
    size_t n;
};

static void take_type(void *context, void *record)
{
    struct types *types = context;
    types->at = mem_grow(types->arena, types->at, struct ticket_type *, types->n + 1);
    types->at[types->n++] = record;
}

/* All types of the event, or the one asked for; none if it is another event's. */
static int load_types(const struct query *query, struct types *ret_types)
{
    *ret_types = (struct types){.arena = query->arena};
    if (query->body->ids[ID_TICKET_TYPE] == NULL) {
        const struct store_page all = {.collection = &collection_ticket_types,
                                       .event_id = query->body->ids[ID_EVENT]};
        return store_load_page(query->store, query->arena, &all, take_type, ret_types);
    }
    void *record;
    int r = load_of_event(query, &collection_ticket_types, ID_TICKET_TYPE, &record);
    if (r == 0 && record != NULL)
        take_type(ret_types, record);
    return r;
}

/* Whether it is the time to buy, be there any left or not. */
static bool on_sale(const struct event *event, const struct ticket_type *type, int64_t now)
{
    return event->status == EVENT_PUBLISHED &&
           (!type->sales_start.set || type->sales_start.ms <= now) &&
           (!type->sales_end.set || now < type->sales_end.ms);
}

static struct read_answer show_availability(const struct query *query, const struct event *event,
                                            const struct types *types)
{
    struct availability availability = {
        .event_id = event->id,
        .as_of = query->now,
        .status = record_enum_text(event_status_names, (int)event->status),
        .version = {true, event->version},
    };
    availability.items.at = (void *)mem_array(query->arena, struct availability_item, types->n + 1);
    availability.items.n = types->n;
    for (size_t i = 0; i < types->n; i++) {
        const struct ticket_type *type = types->at[i];
        availability.items.at[i] = (struct availability_item){
            .ticket_type_id = type->id,
            .type = type->type,
            .name = type->name,
            .price = type->price,
            .on_sale = on_sale(event, type, query->now),
            .capacity = type->capacity,
            .sold = type->sold,
            .held = type->held,
            .available = type->available,
            .sales_start = type->sales_start,
            .sales_end = type->sales_end,
            .version = {true, type->version},
            .rev = {true, types->stock_revs[i]},
        };
    }
    return query_shown(query, &availability_record, &availability);
}

static int get_availability(const struct query *query, struct read_answer *ret_answer)
{
    void *event;
    struct types types = {0};
    int r = query_load(query, &collection_events, query->body->ids[ID_EVENT], &event);
    if (r == 0 && event != NULL)
        r = load_types(query, &types);
    types.stock_revs = mem_array(query->arena, int64_t, types.n + 1);
    if (r == 0 && types.n > 0)
        r = query_join_stock(query, types.at, types.n, types.stock_revs);
    if (r < 0)
        return r;
    bool found = event != NULL && (types.n > 0 || query->body->ids[ID_TICKET_TYPE] == NULL);
    *ret_answer = found ? show_availability(query, event, &types) : query_not_found(query);
    return 0;
}

static const struct {
    const char *type;
    query_answer *answer;
} queries[] = {
    {"event.get", get_event},
    {"event.list", lists_events},
    {"cancellation.get", get_cancellation},
    {"ticket_type.get", get_ticket_type},
    {"ticket_type.list", lists_ticket_types},
    {"availability.get", get_availability},
    {"order.get", get_order},
    {"order.list", lists_orders},
    {"ticket.get", tickets_get},
    {"order_ticket.get", tickets_of_order},
    {"attendee_ticket.list", tickets_of_attendee},
    {"ticket.list", tickets_list},
    {"ticket_key.get", tickets_key},
    {"scan.list", lists_scans},
    {"attendee.get", get_attendee},
    {"attendee_counts.get", get_attendee_counts},
    {"attendee_links.get", get_attendee_links},
    {"import.get", get_import},
    {"attendee.list", lists_attendees},
    {"notification.get", get_notification},
    {"notification.list", lists_notifications},
    {"delivery.list", lists_deliveries},
};

int read_answer_query(struct store *store, void *arena, const struct settings *settings,
                      const struct command_body *body, int64_t now, struct read_answer *ret_answer)
{
    const struct query query = {store, arena, settings, body, now};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        if (strcmp(queries[i].type, body->command->type) == 0)
            return queries[i].answer(&query, ret_answer);
    return -ENOSYS;
}
