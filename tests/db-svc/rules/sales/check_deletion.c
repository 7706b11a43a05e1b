/* What goes with a deleted event: everything of it, page by page. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/dead_code.h"
#include "libshared/contract/deletion.h"
#include "tests/support/given.h"

static struct scenario t;

#define PEOPLE 250

static const struct deletion *deletion(void)
{
    return scenario_record(&t, &collection_deletions, EVENT_ID);
}

static void register_at(const char *event_id, int n)
{
    scenario_when(&t, "attendee.register",
                  "{'event_id':'%s','name':'Ana Secret','email':'ana%d@example.org'}", event_id, n);
    ck_assert_int_eq(t.result.answer.status, 201);
}

static void given_order(enum order_status status)
{
    scenario_given(&t, &collection_orders, ORDER_ID,
                   &(struct order){.event_id = EVENT_ID, .status = status});
}

static void begin(void)
{
    given_published(&t);
    given_event(&t, OTHER_EVENT_ID, EVENT_PUBLISHED);
    given_type(&t, GENERAL_ID, 10);
    for (int i = 0; i < PEOPLE; i++)
        register_at(EVENT_ID, i);
    register_at(OTHER_EVENT_ID, 0);
    scenario_when(&t, "attendee.delete", "{'event_id':'" OTHER_EVENT_ID "','attendee_id':'%s'}",
                  scenario_text(&t, "id"));
    register_at(OTHER_EVENT_ID, 1);
    scenario_given(&t, &collection_notifications, NOTIFICATION_ID,
                   &(struct notification){.event_id = EVENT_ID, .status = NOTIFICATION_SENT});
    scenario_given(&t, &collection_deliveries, "delivery_01jz3w4v9he8qb2m5x7k6d0c1n",
                   &(struct delivery){.event_id = EVENT_ID, .notification_id = NOTIFICATION_ID});
    scenario_given(&t, &collection_dead_codes, "c0",
                   &(struct dead_code){.event_id = EVENT_ID, .order_id = ORDER_ID});
    scenario_given(&t, &collection_buyer_quotas, "t0", &(struct buyer_quota){.event_id = EVENT_ID});
}

/* Runs the pages that the last command asked for, and those that they ask for; how many. */
static int run_pages(void)
{
    int pages = 0;
    for (json_t *next; (next = scenario_emitted(&t, "event.delete_page", 0)) != NULL; pages++) {
        char *text = json_dumps(next, JSON_COMPACT);
        scenario_when(&t, "event.delete_page", "%s", text);
        ck_assert_uint_le(t.n_changes, 102); /* a hundred, the deletion and its job */
        free(text);
    }
    return pages;
}

static size_t left_of(const char *event_id)
{
    size_t left = 0;
    for (size_t i = 0; collections[i] != NULL; i++) {
        const void **records;
        size_t n = workset_of_event(t.workset, t.arena, collections[i], event_id, &records);
        left +=
            collections[i] == &collection_deletions || collections[i] == &collection_ledger ? 0 : n;
    }
    return left;
}

START_TEST(everything_of_an_event_goes_with_it_by_pages)
{
    begin();
    given_order(ORDER_REFUNDED);
    size_t of_other = left_of(OTHER_EVENT_ID);
    scenario_when(&t, "event.delete", "{" AT "}");
    ck_assert_int_eq(t.result.answer.status, 204);
    ck_assert_int_eq(deletion()->status, DELETION_RUNNING);
    ck_assert_int_gt(run_pages(), PEOPLE / 100);
    ck_assert_int_eq(deletion()->status, DELETION_DONE);
    ck_assert(deletion()->done_at.set);
    ck_assert_int_ge(deletion()->removed, PEOPLE + 5);
    ck_assert_uint_eq(left_of(EVENT_ID), 0);
    ck_assert_uint_eq(left_of(OTHER_EVENT_ID), of_other);
    scenario_close(&t);
}
END_TEST

START_TEST(a_page_told_again_does_nothing)
{
    begin();
    scenario_when(&t, "event.delete_page", "{" AT ",'page':1}");
    scenario_unchanged(&t, 204);
    scenario_when(&t, "event.delete", "{" AT "}");
    (void)run_pages();
    scenario_when(&t, "event.delete_page", "{" AT ",'page':1}");
    scenario_unchanged(&t, 204);
    scenario_close(&t);
}
END_TEST

START_TEST(who_paid_and_has_no_tickets_is_not_forgotten)
{
    begin();
    given_order(ORDER_PAID_UNFULFILLED);
    scenario_when(&t, "event.delete", "{" AT "}");
    scenario_refused(&t, 409, "has_sales");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("deletion", everything_of_an_event_goes_with_it_by_pages, a_page_told_again_does_nothing,
           who_paid_and_has_no_tickets_is_not_forgotten)
