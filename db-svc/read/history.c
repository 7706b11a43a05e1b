#include "db-svc/read/history.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/read/cursor.h"
#include "libshared/base/mem.h"
#include "libshared/contract/attendee.h"
#include "libshared/contract/attendee_change.h"
#include "libshared/contract/query.h"

/* Before every change: where a page ends that has room for nothing but how the record came. */
#define BEFORE_ALL ATTENDEE_CHANGE_PREFIX "_00000000000000000000000000"

struct page {
    const struct query *query;
    json_t *items;
    size_t limit;
    const struct common *last;
    bool more;
};

static void show(struct page *page, const struct attendee_change *change)
{
    const struct attendee_change_view view = attendee_change_view_of(change);
    json_t *item = record_json(&attendee_change_view_record, &view);
    if (view.changed.n == 0)
        (void)json_object_set_new(item, "changed", json_array());
    (void)json_array_append_new(page->items, item);
}

static void show_origin(struct page *page, const struct attendee *attendee)
{
    static const struct common before_all = {.id = BEFORE_ALL};
    const struct attendee_origin *origin = attendee->origin;
    const struct attendee_change change = {.at = attendee->created_at,
                                           .command = origin->command,
                                           .source = origin->source,
                                           .command_id = origin->command_id};
    show(page, &change);
    page->last = &before_all;
}

static bool take(void *context, void *record)
{
    struct page *page = context;
    page->more = json_array_size(page->items) == page->limit;
    if (page->more)
        return false;
    show(page, record);
    page->last = record;
    return true;
}

static struct read_answer answer_of(const struct page *page, const struct store_list *list)
{
    const struct query *query = page->query;
    return query_page(query, page->items,
                      page->more ? cursor_write(query->arena, list, page->last) : NULL);
}

/* Also for a deleted person, as long as anything is known. */
int history_of_attendee(const struct query *query, struct read_answer *ret_answer)
{
    const struct list_request *request = query->body->request;
    const struct store_match matches[] = {{"attendee_id", query->body->ids[ID_ATTENDEE], false},
                                          {"event_id", query->body->ids[ID_EVENT], false}};
    struct store_list list = {
        .collection = &collection_attendee_changes, .matches = matches, .n_matches = 2};
    if (request->cursor != NULL &&
        !cursor_read(query->arena, request->cursor, ATTENDEE_CHANGE_PREFIX, &list)) {
        *ret_answer = query_invalid_parameter(query, "cursor", VIOLATION_not_allowed);
        return 0;
    }
    void *record;
    struct page page = {.query = query,
                        .limit =
                            request->limit.set ? (size_t)request->limit.value : LIST_LIMIT_DEFAULT};
    int r = query_load_of_event(query, &collection_attendees, ID_ATTENDEE, &record);
    if (r < 0)
        return r;
    const struct attendee *attendee = record;
    page.items = json_array();
    if (request->cursor == NULL && attendee != NULL && attendee->origin != NULL)
        show_origin(&page, attendee);
    list.limit = page.limit + 1;
    r = store_list(query->store, query->arena, &list, take, &page);
    bool known = attendee != NULL || request->cursor != NULL || json_array_size(page.items) > 0;
    if (r == 0)
        *ret_answer = known ? answer_of(&page, &list) : query_not_found(query);
    json_decref(page.items);
    return r;
}
