/* Orders as a help desk filters them, as an audience: each buyer, and whoever holds their tickets.
 */
#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "tests/support/messages.h"

static struct scenario t;

#define TEXT "'channel':'email','subject':'Hello','message':'%s','audience':{'orders':{%s}}"

static struct order *add(int n, const char *email, const char *types)
{
    return messages_order(&t, n, email, types);
}

static void begin(void)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 10);
    given_type(&t, VIP_ID, 10);
    struct order *order = add(1, "one@example.org", "g");
    order->items.n = 1;
    messages_given(&t, 1, order);
    order = add(2, "two@example.org", "x");
    order->status = ORDER_CANCELLED;
    order->refund_due = (struct money){2500, "EUR"};
    order->payments.at = mem_new(t.arena, struct order_payment);
    order->payments.at[0] = (struct order_payment){.payment_id = "pay-2"};
    order->payments.n = 1;
    messages_given(&t, 2, order);
    order = add(3, "three@example.org", "vg");
    order->created_at = SCENARIO_NOW - 1000;
    order->tickets.at[1].attendee = messages_holder(&t, "luis", NULL);
    messages_given(&t, 3, order);
}

static const char *goes_to(const char *orders)
{
    begin();
    messages_send(&t, TEXT, "Hello", orders);
    const char *addresses = mem_strdup(NULL, messages_addresses(&t));
    scenario_close(&t);
    return addresses;
}

START_TEST(a_filter_is_the_orders_that_fit_all_of_it)
{
    static const char *const found[][2] = {
        {"", "one@example.org three@example.org two@example.org"},
        {"'status':'paid'", "one@example.org three@example.org"},
        {"'refund_due':true", "two@example.org"},
        {"'refund_due':false,'status':'paid'", "one@example.org three@example.org"},
        {"'ticket_type_id':'" VIP_ID "'", "three@example.org two@example.org"},
        {"'ticket_type_id':'" VIP_ID "','status':'paid'", "three@example.org"},
        {"'payment_id':'pay-2'", "two@example.org"},
        {"'created_before':'2026-05-01T18:00:00Z'", "three@example.org"},
        {"'created_from':'2026-05-01T18:00:00Z'", "one@example.org two@example.org"},
        {"'payment_id':'pay-3'", ""},
    };
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        const char *addresses = goes_to(found[i][0]);
        ck_assert_msg(strcmp(addresses, found[i][1]) == 0, "%s: %s", found[i][0], addresses);
        mem_free((void *)addresses);
    }
}
END_TEST

START_TEST(tickets_go_to_whoever_holds_them)
{
    begin();
    messages_send(&t, TEXT ",'attach':['tickets']", "For {{order.id}}", "'status':'paid'");
    ck_assert_str_eq(messages_addresses(&t), "luis@example.org one@example.org three@example.org");
    messages_claim(&t, "luis@example.org", 0);
    ck_assert_str_eq(scenario_text(&t, "tickets/0/code"), "3b");
    ck_assert(!scenario_flag(&t, "tickets/1"));
    messages_claim(&t, "three@example.org", 0);
    ck_assert_str_eq(scenario_text(&t, "tickets/0/code"), "3a");
    ck_assert(!scenario_flag(&t, "tickets/1"));
    ck_assert_ptr_nonnull(strstr(scenario_text(&t, "message"), messages_order_id(&t, 3)));
    scenario_close(&t);
}
END_TEST

START_TEST(one_buyer_hears_of_each_order)
{
    begin();
    messages_given(&t, 4, add(4, "one@example.org", "g"));
    messages_send(&t, TEXT, "For {{order.id}}", "'status':'paid'");
    ck_assert_str_eq(messages_addresses(&t), "one@example.org one@example.org three@example.org");
    scenario_close(&t);
}
END_TEST

START_TEST(many_go_by_pages)
{
    begin();
    for (int n = 10; n < 1210; n++)
        messages_given(&t, n, add(n, mem_printf(t.arena, "b%d@example.org", n), "g"));
    messages_send(&t, TEXT, "Hello", "'status':'paid'");
    const struct delivery **all;
    ck_assert_uint_eq(messages_deliveries(&t, &all), 1202);
    scenario_close(&t);
}
END_TEST

START_TEST(what_is_wrong_with_a_filter_is_told)
{
    begin();
    scenario_when(&t, "notification.send",
                  "{" AT ",'channel':'email','message':'x','audience':{'orders':{"
                  "'ticket_type_id':'" NO_TYPE_ID "'}}}");
    SCENARIO_INVALID(&t, "#/audience/orders/ticket_type_id other_event");
    scenario_when(&t, "notification.send",
                  "{" AT ",'channel':'email','message':'x','marketing':true,'per':'ticket',"
                  "'audience':{'orders':{}}}");
    SCENARIO_INVALID(&t, "#/marketing not_allowed", "#/per not_allowed");
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("audience_orders", a_filter_is_the_orders_that_fit_all_of_it,
           tickets_go_to_whoever_holds_them, one_buyer_hears_of_each_order, many_go_by_pages,
           what_is_wrong_with_a_filter_is_told)
