/* An event's own texts for its automatic messages: where they are saved, and who reads which. */
#include "tests/db-svc/rules/messages/automatic_fixture.h"
#include "tests/support/messages.h"

#include "libshared/contract/message_texts.h"

/* A text of `kind` in a language, as a member of the texts. */
#define TEXT(kind, locale, message)                                                                \
    "'" kind "':[{'locale':'" locale "','subject':'Ours: {{event.name}}'," MESSAGE(message) "}]"
#define MESSAGE(message) "'message':'" message "'"

static void save(const char *texts)
{
    scenario_when(&t, "message_texts.update", "{" AT ",'patch':{%s}}", texts);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

static void try_to_save(const char *texts)
{
    scenario_when(&t, "message_texts.update", "{" AT ",'patch':{%s}}", texts);
}

/* The mail to that address, as it goes out. */
static const char *mail_to(const char *address)
{
    messages_claim(&t, address, 0);
    return scenario_text(&t, "message");
}

static void sign_up_in(const char *email, const char *locale)
{
    scenario_when(&t, "attendee.register", "{" AT ",'name':'Secret','email':'%s','locale':'%s'}",
                  email, locale);
    ck_assert_int_eq(t.result.answer.status, 201);
    expand();
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

START_TEST(what_is_saved_is_shown_and_moves_the_version)
{
    begin("{'welcome':true}");
    save(TEXT("welcome", "es", "Hola, {{recipient.name}}"));
    ck_assert_str_eq(scenario_text(&t, "event_id"), EVENT_ID);
    ck_assert_str_eq(scenario_text(&t, "welcome/0/locale"), "es");
    ck_assert_int_eq(scenario_number(&t, "version"), 1);
    const struct event *event = scenario_record(&t, &collection_events, EVENT_ID);
    int64_t version = event->version;
    save(TEXT("moved", "en", "Another day"));
    ck_assert_int_eq(scenario_number(&t, "version"), 2);
    ck_assert(scenario_flag(&t, "welcome/0") && scenario_flag(&t, "moved/0"));
    event = scenario_record(&t, &collection_events, EVENT_ID);
    ck_assert_int_eq(event->version, version);
    save("'welcome':null");
    ck_assert(!scenario_flag(&t, "welcome") && scenario_flag(&t, "moved/0"));
    save("'welcome':null");
    scenario_unchanged(&t, 200);
    t.if_match = "\"2\"";
    try_to_save(TEXT("moved", "en", "Later"));
    scenario_refused(&t, 412, "precondition_failed");
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_wrong_is_told_at_once_where_it_is_saved)
{
    begin("{}");
    try_to_save("'welcome':[{'locale':'en','subject':'{{event.nam}}','message':'{{recipient.name'},"
                "{'locale':'EN','subject':'Hi','message':'{{tickets.list}}{{tickets.list}}"
                "{{tickets.list}}{{tickets.list}}{{tickets.list}}'}]");
    SCENARIO_INVALID(&t, "#/welcome/0/subject unknown_field", "#/welcome/0/message unknown_field",
                     "#/welcome/1/message too_many_fields", "#/welcome/1/locale duplicate");
    try_to_save("'welcom':[],'tickets':[{'locale':'en','subject':'Two\\nlines'}]");
    SCENARIO_INVALID(&t, "#/welcom unknown_member", "#/tickets/0/subject invalid_text",
                     "#/tickets/0/message required");
    char *long_text = mem_zeroed(t.arena, MESSAGE_TEXT_BYTES + 2);
    memset(long_text, 'a', MESSAGE_TEXT_BYTES + 1);
    try_to_save(
        mem_printf(t.arena, "'moved':[{'locale':'en','subject':'s','message':'%s'}]", long_text));
    SCENARIO_INVALID(&t, "#/moved/0/message too_long");
    scenario_when(&t, "message_texts.replace", "{'event_id':'" OTHER_EVENT_ID "'}");
    scenario_refused(&t, 404, "not_found");
    scenario_close(&t);
}
END_TEST

/* Lists of mails show subjects, on screens that others see. */
START_TEST(a_subject_holds_nothing_that_is_for_its_reader_alone)
{
    static const char *const secret[] = {
        "links.order",       "links.confirm",       "links.cancel",
        "links.unsubscribe", "attendee.cancel_url", "tickets.codes",
        "tickets.list",      "tickets.answers",     "attendee.confirm_url"};
    begin("{}");
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++) {
        try_to_save(mem_printf(
            t.arena, "'moved':[{'locale':'en','subject':'To {{ %s }}','message':'m'}]", secret[i]));
        SCENARIO_INVALID(&t, "#/moved/0/subject not_in_subject");
    }
    try_to_save("'welcome':[{'locale':'en','subject':'{{links.order}}{{x}}','message':'{{x}}'}]");
    SCENARIO_INVALID(&t, "#/welcome/0/subject unknown_field", "#/welcome/0/subject not_in_subject",
                     "#/welcome/0/message unknown_field");
    save("'tickets':[{'locale':'en','subject':'{{tickets.count}}: {{tickets.types}}',"
         "'message':'{{links.order}} {{tickets.list}}'}]");
    scenario_close(&t);
}
END_TEST

/* The default text's buttons lead on from an own one, too. */
START_TEST(an_own_text_takes_the_place_of_the_words_and_not_of_the_links)
{
    begin("{'welcome':true}");
    save(TEXT("welcome", "en", "Welcome aboard, {{recipient.name}}."));
    (void)sign_up("ana@example.org");
    expand();
    const char *text = mail_to("ana@example.org");
    ck_assert_str_eq(scenario_text(&t, "subject"), "Ours: Concert");
    ck_assert(has(text, "Welcome aboard, Secret."));
    ck_assert(!has(text, "thank you for registering"));
    ck_assert(has(text, "\n\nPlease confirm that you are coming:\nhttp"));
    ck_assert(has(text, "\n\nIf you cannot come, you can cancel here:\nhttp"));
    save(TEXT("welcome", "en", "Yes: {{ attendee.confirm_url }} No: {{links.cancel}}"));
    (void)sign_up("ben@example.org");
    expand();
    text = mail_to("ben@example.org");
    ck_assert(has(text, "Yes: http") && has(text, "No: http"));
    ck_assert(!has(text, "Please confirm") && !has(text, "you can cancel here"));
    scenario_close(&t);
}
END_TEST

START_TEST(everybody_reads_the_own_text_of_their_language_or_else_its_default)
{
    begin("{'welcome':true}");
    save("'welcome':[{'locale':'ca','subject':'s','message':'Benvinguts'},"
         "{'locale':'es','subject':'s','message':'Bienvenidos'}]");
    static const char *const reads[][3] = {{"ca@example.org", "ca", "Benvinguts"},
                                           {"mx@example.org", "es-MX", "Bienvenidos"},
                                           {"gb@example.org", "en-GB", "thank you for registering"},
                                           {"fr@example.org", "fr", "Benvinguts"}};
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        sign_up_in(reads[i][0], reads[i][1]);
        const char *text = mail_to(reads[i][0]);
        ck_assert_msg(has(text, reads[i][2]), "%s: %s", reads[i][1], text);
    }
    (void)sign_up("any@example.org");
    expand();
    ck_assert(has(mail_to("any@example.org"), "Benvinguts"));
    ck_assert_str_eq(scenario_text(&t, "event/locale"), "ca");
    scenario_close(&t);
}
END_TEST

START_TEST(a_changed_text_is_read_from_then_on)
{
    begin("{'welcome':true}");
    (void)sign_up("ana@example.org");
    expand();
    save(TEXT("welcome", "en", "First"));
    ck_assert(has(mail_to("ana@example.org"), "First"));
    (void)sign_up("ben@example.org");
    expand();
    save(TEXT("welcome", "en", "Second"));
    ck_assert(has(mail_to("ben@example.org"), "Second"));
    (void)sign_up("eva@example.org");
    expand();
    save("'welcome':null");
    ck_assert(has(mail_to("eva@example.org"), "thank you for registering"));
    scenario_close(&t);
}
END_TEST

START_TEST(tickets_keep_their_cards_and_their_button)
{
    begin("{'tickets':true}");
    save(TEXT("tickets", "en", "Here you are.") "," TEXT("ticket", "en", "Yours now."));
    const char *id = buy("ana@example.org", "");
    expand();
    const char *text = mail_to("ana@example.org");
    ck_assert(has(text, "Here you are.\n\nSee your order online:\nhttp"));
    ck_assert(scenario_flag(&t, "tickets/1/code") && scenario_flag(&t, "calendar"));
    scenario_when(&t, "ticket.transfer",
                  "{" AT ",'order_id':'%s','n':1,'name':'Secret','email':'luis@example.org'}", id);
    expand();
    text = mail_to("luis@example.org");
    ck_assert(has(text, "Yours now.\n\nSee your ticket online:\nhttp"));
    ck_assert(scenario_flag(&t, "tickets/0/code") && !scenario_flag(&t, "tickets/1"));
    scenario_close(&t);
}
END_TEST

START_TEST(a_sale_carries_no_texts)
{
    begin("{'tickets':true}");
    save(TEXT("tickets", "en", "Here you are."));
    (void)buy("ana@example.org", "");
    for (size_t i = 0; i < t.n_changes; i++)
        ck_assert_ptr_ne(t.changes[i].collection, &collection_message_texts);
    const struct notification *mail = only(AUTOMATIC_TICKETS);
    ck_assert(!has(mail->message, "Here you are."));
    scenario_close(&t);
}
END_TEST

START_TEST(a_notification_that_a_person_has_edited_says_what_they_wrote)
{
    begin("{'reminder':'P1D'}");
    (void)sign_up("ana@example.org");
    save(TEXT("reminder", "en", "Ours"));
    const char *id = mem_strdup(t.arena, only(AUTOMATIC_REMINDER)->id);
    scenario_when(&t, "notification.update",
                  "{" AT ",'notification_id':'%s','patch':{'message':'By hand','texts':null}}", id);
    ck_assert_int_eq(t.result.answer.status, 200);
    t.now += 2 * DAY;
    scenario_when(&t, "notification.send", "{" AT ",'notification_id':'%s'}", id);
    expand();
    ck_assert_str_eq(mail_to("ana@example.org"), "By hand");
    scenario_close(&t);
}
END_TEST

START_TEST(a_reminder_with_tickets_in_its_text_tells_of_them)
{
    begin("{'reminder':'P1D'}");
    const char *person = sign_up("ana@example.org");
    const char *id = buy("ben@example.org", "");
    scenario_when(&t, "ticket.assign",
                  "{" AT ",'order_id':'%s','n':1,'name':'Secret','email':'ana@example.org'}", id);
    ck_assert_int_eq(t.result.answer.status, 200);
    (void)person;
    save(TEXT("reminder", "en", "Bring {{tickets.types}}: {{tickets.codes}}"));
    const struct order *order = scenario_record(&t, &collection_orders, id);
    const char *code = mem_strdup(t.arena, order->tickets.at[0].code);
    t.now += 2 * DAY;
    scenario_when(&t, "notification.send", "{" AT ",'notification_id':'%s'}",
                  only(AUTOMATIC_REMINDER)->id);
    expand();
    ck_assert_str_eq(mail_to("ana@example.org"), mem_printf(t.arena, "Bring 1 General: %s", code));
    scenario_close(&t);
}
END_TEST

START_TEST(another_event_like_it_says_the_same_and_a_deleted_one_nothing)
{
    begin("{'welcome':true}");
    save(TEXT("welcome", "en", "Ours"));
    scenario_when(&t, "event.clone", "{" AT ",'starts_at':'2031-05-01T20:00:00Z'}");
    ck_assert_int_eq(t.result.answer.status, 201);
    const struct message_texts *texts =
        scenario_record(&t, &collection_message_texts, scenario_text(&t, "id"));
    ck_assert_ptr_nonnull(texts);
    ck_assert_str_eq(texts->event_id, scenario_text(&t, "id"));
    ck_assert_str_eq(message_texts_of(texts, MESSAGE_WELCOME)->at[0].message, "Ours");
    scenario_when(&t, "event.delete", "{" AT "}");
    ck_assert_int_eq(t.result.answer.status, 204);
    ck_assert_ptr_null(scenario_record(&t, &collection_message_texts, EVENT_ID));
    scenario_close(&t);
}
END_TEST

/* All of them have to fit an answer. */
START_TEST(the_texts_of_a_kind_are_bounded)
{
    begin("{'welcome':true}");
    const char *most = mem_printf(t.arena, "%0*d", 16000, 0);
    const char *list = "";
    for (int i = 0; i < 4; i++)
        list = mem_printf(t.arena, "%s%s{'locale':'a%c','subject':'Ours','message':'%s'}", list,
                          i > 0 ? "," : "", 'a' + i, most);
    try_to_save(mem_printf(t.arena, "'welcome':[%s],'moved':[%s]", list, list));
    SCENARIO_INVALID(&t, "#/welcome too_long", "#/moved too_long");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("message_texts", the_texts_of_a_kind_are_bounded,
           what_is_saved_is_shown_and_moves_the_version,
           what_is_wrong_is_told_at_once_where_it_is_saved,
           a_subject_holds_nothing_that_is_for_its_reader_alone,
           an_own_text_takes_the_place_of_the_words_and_not_of_the_links,
           everybody_reads_the_own_text_of_their_language_or_else_its_default,
           a_changed_text_is_read_from_then_on, tickets_keep_their_cards_and_their_button,
           a_sale_carries_no_texts, a_notification_that_a_person_has_edited_says_what_they_wrote,
           a_reminder_with_tickets_in_its_text_tells_of_them,
           another_event_like_it_says_the_same_and_a_deleted_one_nothing)
