/* What messages say of the answers for the tickets that they are about. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/messages.h"

static struct scenario t;

#define MAIL                                                                                       \
    "'channel':'email','subject':'Hello','message':'Of you:\\n{{tickets.answers}}\\n\\nBye'"
#define BUYERS "'audience':{'ticket_type_id':'" GENERAL_ID "'}"

static struct string_map answers_of(const char *size, const char *first)
{
    static const char *const names[] = {"size", "first", "gone"};
    const char *values[] = {size, first, "x"};
    return (struct string_map){mem_dup(t.arena, names, sizeof names),
                               mem_dup(t.arena, values, sizeof values), 3};
}

static struct order *begin(void)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 10);
    scenario_when(&t, "event.update",
                  "{" AT ",'patch':{'questions':[{'id':'size','label':'Size','kind':'choice',"
                  "'choices':['S','M'],'texts':[{'locale':'es','label':'Talla','choices':['P','M']"
                  "}]},{'id':'first','label':'First visit?','kind':'yes_no'},"
                  "{'id':'diet','label':'Diet','kind':'text'}]}}");
    ck_assert_int_eq(t.result.answer.status, 200);
    struct order *order = messages_order(&t, 1, "ana@example.org", "ggg");
    order->tickets.at[0].answers = answers_of("S", "yes");
    order->tickets.at[2].answers = answers_of("XL", "no");
    return order;
}

static void check_says(const char *message)
{
    ck_assert_str_eq(scenario_text(&t, "message"), message);
}

START_TEST(a_line_tells_of_each_ticket_that_was_answered_for)
{
    messages_given(&t, 1, begin());
    messages_send(&t, MAIL "," BUYERS);
    messages_claim(&t, "ana@example.org", 0);
    check_says("Of you:\nGeneral: Size: S; First visit? yes\nGeneral: Size: XL; First visit? no"
               "\n\nBye");
    const struct delivery **all;
    ck_assert_uint_eq(messages_deliveries(&t, &all), 1);
    ck_assert_ptr_nonnull(strstr(all[0]->message, "{{tickets.answers}}"));
    ck_assert_ptr_null(strstr(all[0]->message, "Size"));
    scenario_close(&t);
}
END_TEST

START_TEST(answers_are_in_the_readers_language)
{
    struct order *order = begin();
    order->buyer->locale = "es-MX";
    messages_given(&t, 1, order);
    messages_send(&t, MAIL "," BUYERS);
    messages_claim(&t, "ana@example.org", 0);
    check_says("Of you:\nGeneral: Talla: P; First visit? sí\nGeneral: Talla: XL; First visit? no"
               "\n\nBye");
    scenario_close(&t);
}
END_TEST

START_TEST(without_answers_the_line_before_them_goes_too)
{
    struct order *order = begin();
    order->tickets.at[0].answers = order->tickets.at[2].answers = (struct string_map){0};
    messages_given(&t, 1, order);
    messages_send(&t, MAIL "," BUYERS);
    messages_claim(&t, "ana@example.org", 0);
    check_says("Bye");
    scenario_close(&t);
}
END_TEST

START_TEST(many_long_answers_leave_the_message_small)
{
    struct order *order = begin();
    char text[501];
    memset(text, 'x', 500);
    text[500] = '\0';
    order->tickets.at = mem_zeroed(t.arena, 100 * sizeof *order->tickets.at);
    order->tickets.n = 100;
    for (size_t i = 0; i < 100; i++)
        order->tickets.at[i] = (struct ticket){.code = mem_printf(t.arena, "c%zu", i),
                                               .signature = "s",
                                               .ticket_type_id = GENERAL_ID,
                                               .status = TICKET_VALID,
                                               .answers = answers_of(text, "yes")};
    messages_given(&t, 1, order);
    messages_send(&t, MAIL "," BUYERS);
    messages_claim(&t, "ana@example.org", 0);
    const char *message = scenario_text(&t, "message");
    ck_assert_uint_lt(strlen(message), 25000);
    ck_assert_ptr_nonnull(strstr(message, "yes\n…\n\nBye"));
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("message_answers", a_line_tells_of_each_ticket_that_was_answered_for,
           answers_are_in_the_readers_language, without_answers_the_line_before_them_goes_too,
           many_long_answers_leave_the_message_small)
