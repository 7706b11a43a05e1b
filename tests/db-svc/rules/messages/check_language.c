/* Each recipient reads the text that is there in a language of theirs. */
#include "tests/support/check_main.h"

#include <stdlib.h>

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define MAIL "'channel':'email','subject':'Hello','message':'At {{event.starts_at}}'"
#define SPANISH "{'locale':'es','subject':'Hola','message':'El {{event.starts_at}}'}"

static void begin(void)
{
    given_published(&t);
}

static void given_attendee(const char *locale)
{
    scenario_given(&t, &collection_attendees, ATTENDEE_ID,
                   &(struct attendee){.event_id = EVENT_ID,
                                      .name = "Ana Secret",
                                      .email = "ana@example.org",
                                      .locale = locale,
                                      .status = ATTENDEE_CONFIRMED});
}

/* What the only recipient of a notification gets. */
static void send(const char *members, const char *audience)
{
    scenario_when(&t, "notification.send", "{" AT ",%s,'audience':%s}", members, audience);
    ck_assert_msg(t.result.answer.status == 202, "%s", t.result.answer.body);
    char *page = json_dumps(scenario_emitted(&t, "notification.expand", 0), 0);
    scenario_when(&t, "notification.expand", "%s", page);
    free(page);
    json_t *offer = scenario_emitted(&t, "delivery.offered", 0);
    ck_assert_ptr_nonnull(offer);
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'%s','status':'sending','attempt':1,'claim':'c'}",
                  json_string_value(json_object_get(offer, "delivery_id")));
    ck_assert_int_eq(t.result.answer.status, 200);
}

static void gets(const char *subject, const char *message)
{
    ck_assert_str_eq(scenario_text(&t, "subject"), subject);
    ck_assert_str_eq(scenario_text(&t, "message"), message);
}

START_TEST(an_attendee_reads_the_text_of_their_language)
{
    static const struct {
        const char *locale, *subject, *message;
    } rows[] = {
        {"es", "Hola", "El sábado, 2 de mayo de 2026, 20:00"},
        {"es-MX", "Hola", "El sábado, 2 de mayo de 2026, 20:00"},
        {"en", "Hello", "At Saturday 2 May 2026, 20:00"},
        {"fr", "Hello", "At 2026-05-02 20:00"},
        {NULL, "Hello", "At 2026-05-02 20:00"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        given_attendee(rows[i].locale);
        send(MAIL ",'texts':[" SPANISH "]", "{'all':true}");
        gets(rows[i].subject, rows[i].message);
        scenario_close(&t);
    }
}
END_TEST

START_TEST(a_text_whose_language_is_told_is_spelt_in_it)
{
    begin();
    given_attendee("es");
    send(MAIL ",'locale':'en'", "{'all':true}");
    gets("Hello", "At Saturday 2 May 2026, 20:00");
    scenario_close(&t);
}
END_TEST

START_TEST(what_a_text_leaves_out_is_the_first_ones)
{
    begin();
    given_attendee("es");
    send(MAIL ",'texts':[{'locale':'es','message':'Hola'}]", "{'all':true}");
    gets("Hello", "Hola");
    scenario_close(&t);
}
END_TEST

START_TEST(recipients_and_buyers_have_a_language_too)
{
    begin();
    send(MAIL ",'texts':[" SPANISH "]",
         "{'recipients':[{'name':'Ana Secret','email':'ana@example.org','locale':'es-ES'}]}");
    ck_assert_str_eq(scenario_text(&t, "subject"), "Hola");
    scenario_close(&t);

    begin();
    given_type(&t, GENERAL_ID, 10);
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':1}],'buyer':{"
                  "'name':'Ana Secret','email':'ana@example.org','locale':'es'}}");
    ck_assert_str_eq(scenario_text(&t, "buyer/locale"), "es");
    send(MAIL ",'texts':[" SPANISH "]", "{'ticket_type_id':'" GENERAL_ID "'}");
    ck_assert_str_eq(scenario_text(&t, "subject"), "Hola");
    scenario_close(&t);
}
END_TEST

START_TEST(a_preview_is_in_the_attendees_language)
{
    begin();
    given_attendee("es");
    scenario_when(&t, "notification.preview",
                  "{" AT "," MAIL ",'texts':[" SPANISH "],'attendee_id':'" ATTENDEE_ID "'}");
    gets("Hola", "El sábado, 2 de mayo de 2026, 20:00");
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_wrong_with_texts_is_named_at_once)
{
    begin();
    scenario_when(&t, "notification.create",
                  "{" AT "," MAIL ",'audience':{'all':true},'texts':[" SPANISH ",{'locale':'es',"
                  "'subject':'{{x}}','message':'{{event.nam}}'},{'locale':'ES','message':'m'}]}");
    SCENARIO_INVALID(&t, "#/texts/1/subject unknown_field", "#/texts/1/message unknown_field",
                     "#/texts/1/locale duplicate", "#/texts/2/locale duplicate");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("language", an_attendee_reads_the_text_of_their_language,
           a_text_whose_language_is_told_is_spelt_in_it, what_a_text_leaves_out_is_the_first_ones,
           recipients_and_buyers_have_a_language_too, a_preview_is_in_the_attendees_language,
           what_is_wrong_with_texts_is_named_at_once)
