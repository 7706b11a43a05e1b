#include "db-svc/read/read.h"

#include <errno.h>
#include <string.h>

#include "db-svc/read/availability.h"
#include "db-svc/read/check_in_numbers.h"
#include "db-svc/read/history.h"
#include "db-svc/read/ledger.h"
#include "db-svc/read/listed_events.h"
#include "db-svc/read/lists.h"
#include "db-svc/read/operation.h"
#include "db-svc/read/order_history.h"
#include "db-svc/read/order_search.h"
#include "db-svc/read/own_order.h"
#include "db-svc/read/reconciliation.h"
#include "db-svc/read/tickets.h"
#include "db-svc/rules/messages/default_texts.h"
#include "db-svc/signing.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/event.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/order.h"
#include "libshared/contract/query.h"

static int show_as(const struct query *query, const struct record *shown, void *record,
                   struct read_answer *ret_answer)
{
    if (record == NULL) {
        *ret_answer = query_not_found(query);
        return 0;
    }
    *ret_answer = query_shown(query, shown, record);
    ret_answer->etag =
        mem_printf(query->arena, "\"%lld\"", (long long)((const struct common *)record)->version);
    return 0;
}

static int show(const struct query *query, const struct collection *collection, void *record,
                struct read_answer *ret_answer)
{
    return show_as(query, collection->record, record, ret_answer);
}

static int get(const struct query *query, const struct collection *collection, enum command_id id,
               struct read_answer *ret_answer)
{
    void *record;
    int r = query_load_of_event(query, collection, id, &record);
    return r < 0 ? r : show(query, collection, record, ret_answer);
}

static int get_event(const struct query *query, struct read_answer *ret_answer)
{
    return get(query, &collection_events, ID_EVENT, ret_answer);
}

static int load_event(const struct query *query, void **ret_event)
{
    return query_load(query, &collection_events, query->body->ids[ID_EVENT], ret_event);
}

static int get_picture(const struct query *query, struct read_answer *ret_answer)
{
    void *event = NULL, *record;
    int r = query_load_of_event(query, &collection_pictures, ID_EVENT, &record);
    struct picture_file *file = record;
    if (r == 0 && file != NULL)
        r = load_event(query, &event);
    if (event != NULL && ((const struct event *)event)->status == EVENT_DRAFT)
        file->draft = (struct opt_bool){true, true};
    return r < 0 ? r : show_as(query, &shown_picture_file_record, file, ret_answer);
}

static int get_cancellation(const struct query *query, struct read_answer *ret_answer)
{
    return get(query, &collection_cancellations, ID_EVENT, ret_answer);
}

static int get_deletion(const struct query *query, struct read_answer *ret_answer)
{
    return get(query, &collection_deletions, ID_EVENT, ret_answer);
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
    int r = query_load_of_event(query, &collection_attendees, ID_ATTENDEE, &record);
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

/* The erasure of the attendee or the order that it began with, or went with. */
static int get_erasure(const struct query *query, struct read_answer *ret_answer)
{
    bool by_order = query->body->ids[ID_ORDER] != NULL;
    void *record = NULL, *erasure = NULL;
    int r = by_order ? query_load_of_event(query, &collection_orders, ID_ORDER, &record)
                     : query_load_of_event(query, &collection_attendees, ID_ATTENDEE, &record);
    if (r < 0)
        return r;
    const char *id = record == NULL ? NULL
                     : by_order     ? ((const struct order *)record)->erasure_id
                                    : ((const struct attendee *)record)->erasure_id;
    if (id != NULL)
        r = query_load(query, &collection_erasures, id, &erasure);
    return r < 0 ? r : show(query, &collection_erasures, erasure, ret_answer);
}

static int get_import(const struct query *query, struct read_answer *ret_answer)
{
    return get(query, &collection_imports, ID_IMPORT, ret_answer);
}

static int get_check_in_list(const struct query *query, struct read_answer *ret_answer)
{
    return get(query, &collection_check_in_lists, ID_CHECK_IN_LIST, ret_answer);
}

static int get_suppression(const struct query *query, struct read_answer *ret_answer)
{
    void *record;
    int r = query_load(query, &collection_suppressions, query->body->ids[ID_SUPPRESSION], &record);
    return r < 0 ? r : show(query, &collection_suppressions, record, ret_answer);
}

static int get_attendee_counts(const struct query *query, struct read_answer *ret_answer)
{
    void *event, *record = NULL;
    const char *event_id = query->body->ids[ID_EVENT];
    int r = query_load(query, &collection_events, event_id, &event);
    if (r == 0 && event != NULL)
        r = query_load(query, &collection_attendee_counters, event_id, &record);
    if (r < 0)
        return r;
    const struct attendee_counters none = {0}, *counters = record != NULL ? record : &none;
    const struct attendee_counts counts = {
        .event_id = event_id,
        .unconfirmed = counters->unconfirmed,
        .confirmed = counters->confirmed,
        .cancelled = counters->cancelled,
        .total = counters->unconfirmed + counters->confirmed + counters->cancelled,
    };
    *ret_answer = event != NULL ? query_shown(query, &attendee_counts_record, &counts)
                                : query_not_found(query);
    return 0;
}

static int get_notification(const struct query *query, struct read_answer *ret_answer)
{
    return get(query, &collection_notifications, ID_NOTIFICATION, ret_answer);
}

/* Before the first edit there are none, of version 0. */
static int get_message_texts(const struct query *query, struct read_answer *ret_answer)
{
    void *event, *record = NULL;
    int r = load_event(query, &event);
    if (r == 0 && event != NULL)
        r = query_load(query, &collection_message_texts, query->body->ids[ID_EVENT], &record);
    const struct common *common = event;
    struct message_texts none = {.id = query->body->ids[ID_EVENT]};
    if (r == 0 && event != NULL && record == NULL) {
        none.event_id = none.id;
        none.created_at = none.updated_at = common->created_at;
        record = &none;
    }
    return r < 0 ? r : show(query, &collection_message_texts, record, ret_answer);
}

static int get_message_defaults(const struct query *query, struct read_answer *ret_answer)
{
    void *event;
    int r = load_event(query, &event);
    if (r < 0)
        return r;
    const struct message_texts all = default_texts_all(query->arena);
    *ret_answer =
        event != NULL ? query_shown(query, &message_defaults_record, &all) : query_not_found(query);
    return 0;
}

static int get_ticket_type(const struct query *query, struct read_answer *ret_answer)
{
    void *record;
    int r = query_load_of_event(query, &collection_ticket_types, ID_TICKET_TYPE, &record);
    struct ticket_type *type = record;
    if (r == 0 && type != NULL)
        r = query_join_stock(query, &type, 1, NULL);
    return r < 0 ? r : show(query, &collection_ticket_types, type, ret_answer);
}

static const struct {
    const char *type;
    query_answer *answer;
} queries[] = {
    {"event.get", get_event},
    {"picture.get", get_picture},
    {"event.list", lists_events},
    {"listed_event.list", listed_events},
    {"cancellation.get", get_cancellation},
    {"deletion.get", get_deletion},
    {"ticket_type.get", get_ticket_type},
    {"ticket_type.list", lists_ticket_types},
    {"availability.get", availability_get},
    {"ledger.list", ledger_list},
    {"reconciliation.get", reconciliation_get},
    {"order.get", get_order},
    {"order.list", lists_orders},
    {"order.search", order_search},
    {"listed_order.list", order_search_listed},
    {"order.find", order_search_by_any},
    {"order_history.list", history_of_order},
    {"ticket.get", tickets_get},
    {"order_links.get", own_order_links},
    {"own_order.get", own_order_get},
    {"own_tickets.get", own_order_tickets},
    {"order_ticket.get", tickets_of_order},
    {"order_tickets.get", tickets_of_whole_order},
    {"attendee_ticket.list", tickets_of_attendee},
    {"ticket.list", tickets_list},
    {"listed_ticket.list", tickets_listed},
    {"ticket_key.get", tickets_key},
    {"check_in_list.get", get_check_in_list},
    {"check_in_list.list", lists_check_in_lists},
    {"check_in_numbers.get", check_in_numbers_get},
    {"operation.get", get_operation},
    {"scan.list", lists_scans},
    {"attendee.get", get_attendee},
    {"attendee_counts.get", get_attendee_counts},
    {"attendee_links.get", get_attendee_links},
    {"attendee_history.list", history_of_attendee},
    {"erasure.get", get_erasure},
    {"import.get", get_import},
    {"import.list", lists_imports},
    {"listed_attendee.list", lists_listed_attendees},
    {"attendee.list", lists_attendees},
    {"notification.get", get_notification},
    {"notification.list", lists_notifications},
    {"message_texts.get", get_message_texts},
    {"message_defaults.get", get_message_defaults},
    {"delivery.list", lists_deliveries},
    {"suppression.get", get_suppression},
    {"suppression.list", lists_suppressions},
};

int read_answer_query(const struct read_source *source, void *arena,
                      const struct command_body *body, int64_t now, struct read_answer *ret_answer)
{
    const struct query query = {.store = source->store,
                                .arena = arena,
                                .settings = source->settings,
                                .cluster = source->cluster,
                                .body = body,
                                .now = now};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        if (strcmp(queries[i].type, body->command->type) == 0)
            return queries[i].answer(&query, ret_answer);
    return -ENOSYS;
}
