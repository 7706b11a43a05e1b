/* What becomes of an event. */
#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define BODY                                                                                       \
    "'name':'Fair','starts_at':'2026-06-01T20:00:00+02:00','time_zone':'Europe/Madrid',"           \
    "'location':'Square','category':'music','currency':'EUR'"

static const struct event *event(void)
{
    return scenario_record(&t, &collection_events, EVENT_ID);
}

static void begin(enum event_status status)
{
    scenario_open(&t);
    given_event(&t, EVENT_ID, status);
}

START_TEST(a_new_event_is_a_draft_unless_it_is_published_at_once)
{
    scenario_open(&t);
    scenario_when(&t, "event.create", "{" BODY "}");
    ck_assert_int_eq(t.result.answer.status, 201);
    ck_assert_str_eq(scenario_text(&t, "status"), "draft");
    ck_assert_int_eq(scenario_number(&t, "version"), 1);
    ck_assert_str_eq(t.result.answer.location,
                     mem_printf(t.arena, "/v1/events/%s", scenario_text(&t, "id")));
    json_t *fact = scenario_emitted(&t, "event.created", 0);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "status")), "draft");
    scenario_when(&t, "event.create", "{" BODY ",'status':'published'}");
    ck_assert_str_eq(scenario_text(&t, "status"), "published");
    scenario_close(&t);
}
END_TEST

START_TEST(an_event_does_not_begin_in_a_later_status)
{
    static const char *const statuses[] = {"postponed", "cancelled", "finished"};
    scenario_open(&t);
    for (size_t i = 0; i < 3; i++) {
        scenario_when(&t, "event.create", "{" BODY ",'status':'%s'}", statuses[i]);
        SCENARIO_INVALID(&t, "#/status not_allowed");
    }
    scenario_close(&t);
}
END_TEST

START_TEST(the_status_goes_only_where_it_may)
{
    static const bool may[6][6] = {
        [EVENT_DRAFT] = {[EVENT_PUBLISHED] = true, [EVENT_CANCELLED] = true},
        [EVENT_PUBLISHED] =
            {[EVENT_POSTPONED] = true, [EVENT_CANCELLED] = true, [EVENT_FINISHED] = true},
        [EVENT_POSTPONED] =
            {[EVENT_PUBLISHED] = true, [EVENT_CANCELLED] = true, [EVENT_FINISHED] = true},
    };
    for (enum event_status from = EVENT_DRAFT; from <= EVENT_FINISHED; from++)
        for (enum event_status to = EVENT_DRAFT; to <= EVENT_FINISHED; to++) {
            begin(from);
            scenario_when(&t, "event.update", "{" AT ",'patch':{'status':'%s'}}",
                          event_status_names[to]);
            if (from == to) {
                scenario_unchanged(&t, 200);
            } else if (may[from][to]) {
                ck_assert_str_eq(scenario_text(&t, "status"), event_status_names[to]);
                ck_assert_ptr_nonnull(scenario_emitted(
                    &t, to == EVENT_CANCELLED ? "event.cancelled" : "event.updated", 0));
            } else {
                scenario_refused(&t, 409, "illegal_transition");
                ck_assert_str_eq(scenario_text(&t, "from"), event_status_names[from]);
                ck_assert_str_eq(scenario_text(&t, "to"), event_status_names[to]);
            }
            scenario_close(&t);
        }
}
END_TEST

START_TEST(an_edit_moves_version_and_etag_and_keeps_what_it_does_not_name)
{
    begin(EVENT_PUBLISHED);
    scenario_when(&t, "event.update", "{" AT ",'patch':{'name':'Fair','description':'All day'}}");
    ck_assert_str_eq(t.result.answer.etag, "\"2\"");
    ck_assert_str_eq(scenario_text(&t, "name"), "Fair");
    ck_assert_str_eq(scenario_text(&t, "location"), "Hall");
    json_t *fact = scenario_emitted(&t, "event.updated", 0);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "status")), "published");
    ck_assert_int_eq(json_integer_value(json_object_get(fact, "version")), 2);
    scenario_when(&t, "event.replace", "{" AT "," BODY "}");
    ck_assert_int_eq(scenario_number(&t, "version"), 3);
    ck_assert(!scenario_flag(&t, "description"));
    ck_assert_str_eq(scenario_text(&t, "status"), "published");
    scenario_close(&t);
}
END_TEST

START_TEST(an_edit_that_changes_nothing_changes_nothing)
{
    begin(EVENT_DRAFT);
    scenario_when(&t, "event.update", "{" AT ",'patch':{'name':'Concert','version':1}}");
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(every_wrong_member_of_an_edit_is_named)
{
    begin(EVENT_DRAFT);
    scenario_when(&t, "event.update", "{" AT ",'patch':{'version':7,'name':null,'colour':'red'}}");
    SCENARIO_INVALID(&t, "#/version read_only", "#/colour unknown_member", "#/name required");
    scenario_close(&t);
}
END_TEST

START_TEST(the_currency_stays_once_there_are_ticket_types)
{
    begin(EVENT_DRAFT);
    scenario_when(&t, "event.update", "{" AT ",'patch':{'currency':'JPY'}}");
    ck_assert_str_eq(scenario_text(&t, "currency"), "JPY");
    scenario_when(&t, "event.update", "{" AT ",'patch':{'currency':'EUR'}}");
    given_type(&t, GENERAL_ID, 10);
    scenario_when(&t, "event.update", "{" AT ",'patch':{'currency':'JPY'}}");
    SCENARIO_INVALID(&t, "#/currency read_only");
    scenario_when(&t, "event.replace", "{" AT "," BODY "}");
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(cancelling_twice_is_once_and_a_finished_event_stays_so)
{
    begin(EVENT_PUBLISHED);
    scenario_when(&t, "event.cancel", "{" AT "}");
    ck_assert_str_eq(scenario_text(&t, "status"), "cancelled");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "event.cancelled", 0));
    scenario_when(&t, "event.cancel", "{" AT "}");
    scenario_unchanged(&t, 200);
    scenario_close(&t);
    begin(EVENT_FINISHED);
    scenario_when(&t, "event.cancel", "{" AT "}");
    scenario_refused(&t, 409, "illegal_transition");
    scenario_close(&t);
}
END_TEST

START_TEST(an_event_with_sales_is_not_deleted)
{
    static const struct stock stocks[] = {{.event_id = EVENT_ID, .capacity = 9, .sold = 1},
                                          {.event_id = EVENT_ID, .capacity = 9, .held = 1}};
    for (size_t i = 0; i < 2; i++) {
        begin(EVENT_DRAFT);
        scenario_given(&t, &collection_stock, VIP_ID, &stocks[i]);
        scenario_when(&t, "event.delete", "{" AT "}");
        scenario_refused(&t, 409, "has_sales");
        scenario_close(&t);
    }
}
END_TEST

START_TEST(with_an_event_go_its_types_and_what_is_scheduled)
{
    begin(EVENT_DRAFT);
    given_type(&t, GENERAL_ID, 10);
    given_type(&t, VIP_ID, 10);
    scenario_given(&t, &collection_notifications, NOTIFICATION_ID,
                   &(struct notification){.event_id = EVENT_ID, .status = NOTIFICATION_SCHEDULED});
    scenario_when(&t, "event.delete", "{" AT "}");
    ck_assert_int_eq(t.result.answer.status, 204);
    ck_assert_ptr_null(event());
    ck_assert_ptr_null(scenario_record(&t, &collection_ticket_types, VIP_ID));
    ck_assert_ptr_null(scenario_record(&t, &collection_stock, GENERAL_ID));
    ck_assert_ptr_nonnull(scenario_emitted(&t, "event.deleted", 0));
    ck_assert_ptr_nonnull(scenario_emitted(&t, "ticket_type.deleted", 1));
    scenario_when(&t, "event.delete_page", "{" AT ",'page':1}");
    ck_assert_ptr_null(scenario_record(&t, &collection_notifications, NOTIFICATION_ID));
    ck_assert_ptr_nonnull(scenario_emitted(&t, "notification.deleted", 0));
    scenario_when(&t, "event.delete", "{" AT "}");
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

START_TEST(a_missing_event_is_404_and_a_stale_one_412)
{
    static const char *const commands_of[][2] = {
        {"event.update", "{" AT ",'patch':{'name':'x'}}"},
        {"event.replace", "{" AT "," BODY "}"},
        {"event.cancel", "{" AT "}"},
        {"event.delete", "{" AT "}"},
    };
    for (size_t i = 0; i < 4; i++) {
        scenario_open(&t);
        scenario_when(&t, commands_of[i][0], "%s", commands_of[i][1]);
        scenario_refused(&t, 404, "not_found");
        given_event(&t, EVENT_ID, EVENT_DRAFT);
        t.if_match = "\"7\"";
        scenario_when(&t, commands_of[i][0], "%s", commands_of[i][1]);
        scenario_refused(&t, 412, "precondition_failed");
        t.if_match = "\"1\"";
        scenario_when(&t, commands_of[i][0], "%s", commands_of[i][1]);
        ck_assert_int_lt(t.result.answer.status, 300);
        scenario_close(&t);
    }
}
END_TEST

START_TEST(a_clone_with_a_time_behind_the_year_9999_is_refused)
{
    begin(EVENT_DRAFT);
    scenario_when(&t, "event.update",
                  "{'event_id':'" EVENT_ID "','patch':{'ends_at':'2030-01-01T00:00:00Z'}}");
    ck_assert_int_eq(t.result.answer.status, 200);
    scenario_when(&t, "event.clone",
                  "{'event_id':'" EVENT_ID "','starts_at':'9999-12-31T22:00:00Z'}");
    SCENARIO_INVALID(&t, "#/starts_at not_allowed");
    scenario_when(&t, "event.clone",
                  "{'event_id':'" EVENT_ID "','starts_at':'9990-12-31T22:00:00Z'}");
    ck_assert_int_eq(t.result.answer.status, 201);
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("event", a_new_event_is_a_draft_unless_it_is_published_at_once,
           an_event_does_not_begin_in_a_later_status, the_status_goes_only_where_it_may,
           an_edit_moves_version_and_etag_and_keeps_what_it_does_not_name,
           an_edit_that_changes_nothing_changes_nothing, every_wrong_member_of_an_edit_is_named,
           the_currency_stays_once_there_are_ticket_types,
           cancelling_twice_is_once_and_a_finished_event_stays_so,
           an_event_with_sales_is_not_deleted, with_an_event_go_its_types_and_what_is_scheduled,
           a_missing_event_is_404_and_a_stale_one_412,
           a_clone_with_a_time_behind_the_year_9999_is_refused)
