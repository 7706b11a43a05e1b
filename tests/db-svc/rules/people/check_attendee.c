/* What becomes of a person on an event's list. */
#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

static void begin(void)
{
    given_published(&t);
    given_event(&t, OTHER_EVENT_ID, EVENT_DRAFT);
}

static const char *sign_up(const char *email)
{
    scenario_when(&t, "attendee.register", "{" AT ",'name':'Ana Secret','email':'%s'}", email);
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static void when(const char *type, const char *id, const char *more)
{
    scenario_when(&t, type, "{" AT ",'attendee_id':'%s'%s}", id, more);
}

START_TEST(who_registers_is_unconfirmed)
{
    begin();
    const char *id = sign_up("ana@example.org");
    ck_assert_int_eq(t.result.answer.status, 201);
    ck_assert_str_eq(scenario_text(&t, "status"), "unconfirmed");
    ck_assert_str_eq(scenario_text(&t, "event_id"), EVENT_ID);
    ck_assert(!scenario_flag(&t, "email_folded"));
    ck_assert_str_eq(t.result.answer.location,
                     mem_printf(t.arena, "/v1/events/" EVENT_ID "/attendees/%s", id));
    json_t *fact = scenario_emitted(&t, "attendee.registered", 0);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "attendee_id")), id);
    ck_assert_str_eq(json_string_value(json_object_get(fact, "status")), "unconfirmed");
    scenario_close(&t);
}
END_TEST

START_TEST(an_address_registers_once_an_event_however_it_is_written)
{
    begin();
    (void)sign_up("ana@example.org");
    (void)sign_up("Ana@EXAMPLE.org");
    scenario_refused(&t, 409, "duplicate_email");
    (void)sign_up("eva@m\xc3\xbcnchen.example");
    ck_assert_int_eq(t.result.answer.status, 201);
    (void)sign_up("Eva@XN--Mnchen-3ya.example");
    scenario_refused(&t, 409, "duplicate_email");
    (void)sign_up("ben@example.org");
    ck_assert_int_eq(t.result.answer.status, 201);
    scenario_when(&t, "attendee.register",
                  "{'event_id':'" OTHER_EVENT_ID
                  "','name':'Ana Secret','email':'ana@example.org'}");
    ck_assert_int_eq(t.result.answer.status, 201);
    scenario_close(&t);
}
END_TEST

START_TEST(nobody_registers_for_a_cancelled_event)
{
    scenario_open(&t);
    given_event(&t, EVENT_ID, EVENT_CANCELLED);
    (void)sign_up("ana@example.org");
    scenario_refused(&t, 409, "illegal_transition");
    ck_assert_str_eq(scenario_text(&t, "event_status"), "cancelled");
    scenario_close(&t);
}
END_TEST

START_TEST(nobody_registers_for_what_is_over)
{
    scenario_open(&t);
    given_event(&t, EVENT_ID, EVENT_FINISHED);
    (void)sign_up("ana@example.org");
    scenario_refused(&t, 409, "event_over");
    scenario_close(&t);
    begin();
    t.now = SCENARIO_NOW + INT64_C(86400000) + 4 * INT64_C(3600000) - 1; /* of its day in Madrid */
    (void)sign_up("ana@example.org");
    ck_assert_int_eq(t.result.answer.status, 201);
    t.now++;
    (void)sign_up("ben@example.org");
    scenario_refused(&t, 409, "event_over");
    ck_assert_str_eq(scenario_text(&t, "over_at"), "2026-05-02T22:00:00.000Z");
    scenario_when(&t, "event.update", "{'event_id':'" EVENT_ID "','patch':{'status':'postponed'}}");
    (void)sign_up("ben@example.org");
    ck_assert_int_eq(t.result.answer.status, 201); /* its day is yet to be said */
    scenario_close(&t);
}
END_TEST

START_TEST(the_status_goes_only_where_it_may)
{
    static const struct {
        enum attendee_status from;
        const char *verb, *to; /* `to` NULL: refused */
        bool moves;
    } rows[] = {
        {ATTENDEE_UNCONFIRMED, "attendee.confirm", "confirmed", true},
        {ATTENDEE_UNCONFIRMED, "attendee.cancel", "cancelled", true},
        {ATTENDEE_CONFIRMED, "attendee.confirm", "confirmed", false},
        {ATTENDEE_CONFIRMED, "attendee.cancel", "cancelled", true},
        {ATTENDEE_CANCELLED, "attendee.cancel", "cancelled", false},
        {ATTENDEE_CANCELLED, "attendee.confirm", NULL, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        scenario_given(&t, &collection_attendees, ATTENDEE_ID,
                       &(struct attendee){.event_id = EVENT_ID,
                                          .name = "Ana Secret",
                                          .email = "ana@example.org",
                                          .status = rows[i].from});
        when(rows[i].verb, ATTENDEE_ID, "");
        if (rows[i].to == NULL) {
            scenario_refused(&t, 409, "illegal_transition");
            ck_assert_str_eq(scenario_text(&t, "from"), "cancelled");
            ck_assert_str_eq(scenario_text(&t, "to"), "confirmed");
        } else {
            ck_assert_str_eq(scenario_text(&t, "status"), rows[i].to);
            ck_assert_int_eq(scenario_number(&t, "version"), rows[i].moves ? 2 : 1);
        }
        if (rows[i].moves)
            ck_assert_ptr_nonnull(
                scenario_emitted(&t, mem_printf(t.arena, "attendee.%s", rows[i].to), 0));
        else if (rows[i].to != NULL)
            scenario_unchanged(&t, 200);
        scenario_close(&t);
    }
}
END_TEST

START_TEST(who_has_cancelled_may_register_again)
{
    begin();
    const char *id = sign_up("ana@example.org");
    when("attendee.cancel", id, "");
    (void)sign_up("ana@example.org");
    ck_assert_int_eq(t.result.answer.status, 201);
    when("attendee.update", id, ",'patch':{'email':'ANA@example.org'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    when("attendee.update", id, ",'patch':{'name':'Ana M. Secret'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    (void)sign_up("ana@example.org");
    scenario_refused(&t, 409, "duplicate_email");
    scenario_close(&t);
}
END_TEST

START_TEST(an_address_changes_to_one_that_is_free)
{
    begin();
    const char *id = sign_up("ana@example.org");
    (void)sign_up("ben@example.org");
    when("attendee.update", id, ",'patch':{'email':'BEN@example.org'}");
    scenario_refused(&t, 409, "duplicate_email");
    when("attendee.replace", id, ",'name':'Ana Secret','email':'ben@example.org'");
    scenario_refused(&t, 409, "duplicate_email");
    when("attendee.update", id, ",'patch':{'email':'ANA@example.org'}");
    ck_assert_str_eq(scenario_text(&t, "email"), "ANA@example.org");
    ck_assert_ptr_nonnull(scenario_emitted(&t, "attendee.updated", 0));
    when("attendee.update", id, ",'patch':{'email':'new@example.org'}");
    ck_assert_int_eq(t.result.answer.status, 200);
    (void)sign_up("ana@example.org");
    ck_assert_int_eq(t.result.answer.status, 201);
    (void)sign_up("new@example.org");
    scenario_refused(&t, 409, "duplicate_email");
    scenario_close(&t);
}
END_TEST

START_TEST(the_status_is_not_edited)
{
    begin();
    const char *id = sign_up("ana@example.org");
    when("attendee.update", id, ",'patch':{'status':'confirmed','email':'x'}");
    SCENARIO_INVALID(&t, "#/status read_only", "#/email invalid_email");
    when("attendee.update", id, ",'patch':{'status':'unconfirmed','name':'Ana Secret'}");
    scenario_unchanged(&t, 200);
    scenario_close(&t);
}
END_TEST

START_TEST(a_deleted_person_is_gone_and_the_address_free)
{
    begin();
    const char *id = sign_up("ana@example.org");
    when("attendee.delete", id, "");
    ck_assert_int_eq(t.result.answer.status, 204);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "attendee.deleted", 0));
    ck_assert_ptr_null(scenario_record(&t, &collection_attendees, id));
    (void)sign_up("ana@example.org");
    ck_assert_int_eq(t.result.answer.status, 201);
    scenario_close(&t);
}
END_TEST

START_TEST(a_missing_person_is_404_and_a_stale_one_412)
{
    static const char *const rows[][2] = {
        {"attendee.update", ",'patch':{'name':'x'}"},
        {"attendee.replace", ",'name':'x','email':'x@example.org'"},
        {"attendee.confirm", ""},
        {"attendee.cancel", ""},
        {"attendee.delete", ""},
    };
    begin();
    const char *id = sign_up("ana@example.org");
    for (size_t i = 0; i < 5; i++) {
        when(rows[i][0], ATTENDEE_ID, rows[i][1]);
        scenario_refused(&t, 404, "not_found");
        scenario_when(&t, rows[i][0], "{'event_id':'" OTHER_EVENT_ID "','attendee_id':'%s'%s}", id,
                      rows[i][1]);
        scenario_refused(&t, 404, "not_found");
        t.if_match = "\"5\"";
        when(rows[i][0], id, rows[i][1]);
        scenario_refused(&t, 412, "precondition_failed");
        t.if_match = NULL;
    }
    scenario_when(&t, "attendee.register",
                  "{'event_id':'" NO_EVENT_ID "','name':'x','email':'x@example.org'}");
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

static void given_limit(int64_t limit)
{
    scenario_when(&t, "event.update", "{" AT ",'patch':{'attendee_limit':%d}}", (int)limit);
    ck_assert_int_eq(t.result.answer.status, 200);
}

START_TEST(a_list_takes_no_more_than_its_limit)
{
    begin();
    const char *first = sign_up("a@example.org");
    given_limit(2);
    (void)sign_up("b@example.org");
    ck_assert_int_eq(t.result.answer.status, 201);
    (void)sign_up("c@example.org");
    scenario_refused(&t, 409, "full");
    ck_assert_int_eq(scenario_number(&t, "limit"), 2);
    when("attendee.confirm", first, "");
    (void)sign_up("c@example.org");
    scenario_refused(&t, 409, "full");
    when("attendee.cancel", first, "");
    (void)sign_up("c@example.org");
    ck_assert_int_eq(t.result.answer.status, 201);
    when("attendee.delete", first, ""); /* whose place is gone already */
    (void)sign_up("d@example.org");
    scenario_refused(&t, 409, "full");
    given_limit(3);
    const char *last = sign_up("d@example.org");
    ck_assert_int_eq(t.result.answer.status, 201);
    when("attendee.delete", last, "");
    (void)sign_up("e@example.org");
    ck_assert_int_eq(t.result.answer.status, 201);
    scenario_close(&t);
}
END_TEST

START_TEST(consent_has_a_time_and_a_source)
{
    begin();
    scenario_when(&t, "attendee.register",
                  "{" AT ",'name':'Ana Secret','email':'ana@example.org',"
                  "'marketing_consent':{'given':true,'source':'web form'}}");
    const char *id = mem_strdup(t.arena, scenario_text(&t, "id"));
    ck_assert_str_eq(scenario_text(&t, "marketing_consent/at"), "2026-05-01T18:00:00.000Z");
    ck_assert_str_eq(scenario_text(&t, "marketing_consent/source"), "web form");
    t.now += 60000;
    when("attendee.update", id, ",'patch':{'name':'Ana Maria Secret'}");
    ck_assert_str_eq(scenario_text(&t, "marketing_consent/at"), "2026-05-01T18:00:00.000Z");
    when("attendee.update", id, ",'patch':{'marketing_consent':{'given':false}}");
    ck_assert_str_eq(scenario_text(&t, "marketing_consent/at"), "2026-05-01T18:01:00.000Z");
    when("attendee.update", id,
         ",'patch':{'marketing_consent':{'given':true,'at':'2026-04-01T00:00:00Z'}}");
    ck_assert_str_eq(scenario_text(&t, "marketing_consent/at"), "2026-04-01T00:00:00.000Z");
    when("attendee.update", id, ",'patch':{'marketing_consent':null}");
    ck_assert(!scenario_flag(&t, "marketing_consent"));
    scenario_close(&t);
}
END_TEST

START_TEST(good_rows_are_imported_and_bad_ones_told_by_line_and_column)
{
    begin();
    (void)sign_up("ana@example.org");
    scenario_when(&t, "attendee.import",
                  "{" AT ",'import_id':'" IMPORT_ID "','rows':["
                  "{'line':2,'name':'Ben Secret','email':'ben@example.org',"
                  "'marketing_consent':'yes'},"
                  "{'line':3,'name':'Ana Secret','email':'ANA@example.org'},"
                  "{'line':4,'name':'','email':'nowhere','phone':'12'},"
                  "{'line':7,'name':'Ben Secret','email':'ben@example.org'}],"
                  "'errors':[{'line':5,'code':'stray_quote'}],'ignored_columns':['shoe']}");
    ck_assert_int_eq(t.result.answer.status, 200);
    ck_assert_str_eq(scenario_text(&t, "status"), "running");
    ck_assert_int_eq(scenario_number(&t, "imported"), 1);
    ck_assert_ptr_nonnull(scenario_emitted(&t, "attendee.registered", 0));
    ck_assert_ptr_null(scenario_emitted(&t, "attendee.registered", 1));
    scenario_when(&t, "attendee.import",
                  "{" AT ",'import_id':'" IMPORT_ID "','rows':[],'end':'done'}");
    static const char *const told[][2] = {
        {"email", "duplicate_email"}, {"name", "too_short"}, {"email", "invalid_email"},
        {"phone", "invalid_phone"},   {"", "stray_quote"},   {"email", "duplicate_email"}};
    ck_assert_str_eq(scenario_text(&t, "ignored_columns/0"), "shoe");
    for (int i = 0; i < 6; i++) {
        if (*told[i][0] != '\0')
            ck_assert_str_eq(scenario_text(&t, mem_printf(t.arena, "errors/%d/column", i)),
                             told[i][0]);
        ck_assert_str_eq(scenario_text(&t, mem_printf(t.arena, "errors/%d/code", i)), told[i][1]);
    }
    ck_assert_int_eq(scenario_number(&t, "errors/5/line"), 7);
    ck_assert_str_eq(scenario_text(&t, "status"), "done");
    ck_assert_int_eq(scenario_number(&t, "imported"), 1);
    scenario_close(&t);
}
END_TEST

START_TEST(a_dry_run_imports_nobody)
{
    begin();
    scenario_when(&t, "attendee.import",
                  "{" AT ",'import_id':'" IMPORT_ID "','dry_run':true,'end':'done','rows':["
                  "{'line':2,'name':'Ben Secret','email':'ben@example.org'},"
                  "{'line':3,'name':'Ben Secret','email':'Ben@example.org'}]}");
    ck_assert_int_eq(scenario_number(&t, "imported"), 1);
    ck_assert_int_eq(scenario_number(&t, "errors/0/line"), 3);
    ck_assert_uint_eq(t.n_changes, 1);
    ck_assert_ptr_eq(t.changes[0].collection, &collection_imports);
    scenario_close(&t);
}
END_TEST

START_TEST(an_import_stops_at_the_limit)
{
    begin();
    given_limit(1);
    scenario_when(&t, "attendee.import",
                  "{" AT ",'import_id':'" IMPORT_ID "','end':'done','rows':["
                  "{'line':2,'name':'Ben Secret','email':'ben@example.org'},"
                  "{'line':3,'name':'Eva Secret','email':'eva@example.org'}]}");
    ck_assert_int_eq(scenario_number(&t, "imported"), 1);
    ck_assert_str_eq(scenario_text(&t, "errors/0/code"), "full");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("attendee", good_rows_are_imported_and_bad_ones_told_by_line_and_column,
           a_dry_run_imports_nobody, an_import_stops_at_the_limit,
           a_list_takes_no_more_than_its_limit, consent_has_a_time_and_a_source,
           who_registers_is_unconfirmed, an_address_registers_once_an_event_however_it_is_written,
           nobody_registers_for_a_cancelled_event, nobody_registers_for_what_is_over,
           the_status_goes_only_where_it_may, who_has_cancelled_may_register_again,
           an_address_changes_to_one_that_is_free, the_status_is_not_edited,
           a_deleted_person_is_gone_and_the_address_free,
           a_missing_person_is_404_and_a_stale_one_412)
