/* What the fields of a text become for one recipient. */
#include "db-svc/rules/messages/content.h"

#include "db-svc/rules/messages/send_time_fields.h"
#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

static const struct event event = {.id = "event_1",
                                   .name = "Gala",
                                   .location = "Teatro Real",
                                   .category = "concert",
                                   .time_zone = "Europe/Madrid",
                                   .starts_at = 1906567200000,
                                   .ends_at = {true, 1906578000000},
                                   .status = EVENT_POSTPONED};
static const struct delivery delivery = {
    .recipient = "Ana", .address = "ana@example.org", .channel = CHANNEL_EMAIL};
static struct person buyer = {.name = "Ana García", .email = "ana@example.org"};
static struct order_item items[] = {{.ticket_type_id = "a", .quantity = 3}};
static const struct order order = {.id = "order_1",
                                   .buyer = &buyer,
                                   .items = {items, 1},
                                   .total = {7500, "EUR"},
                                   .status = ORDER_PAID};
static const struct delivery_ticket tickets[] = {
    {.number = 1, .code = "AAA", .type = "General admission"},
    {.number = 2, .code = "BBB", .type = "VIP", .holder = "Luis"},
    {.number = 3, .code = "CCC", .type = "General admission"},
};

static const char *says(void *arena, const char *locale, const char *text)
{
    const struct content content = {.event = &event,
                                    .delivery = &delivery,
                                    .order = &order,
                                    .tickets = tickets,
                                    .n_tickets = 3,
                                    .locale = locale};
    const struct send_time_fields fields = {.confirm_link = "https://example.org/c?t=1",
                                            .cancel_link = "https://example.org/x?t=1",
                                            .unsubscribe_link = "https://example.org/u?t=1",
                                            .tickets = tickets,
                                            .n_tickets = 3};
    const struct template_text kept = content_render(arena, text, &content);
    return send_time_fields_fill(arena, &kept, &fields);
}

START_TEST(every_field_has_its_value)
{
    static const char *const rows[][2] = {
        {"{{event.id}}", "event_1"},
        {"{{event.name}}", "Gala"},
        {"{{event.location}}", "Teatro Real"},
        {"{{event.category}}", "concert"},
        {"{{event.status}}", "postponed"},
        {"{{event.time_zone}}", "Europe/Madrid"},
        {"{{event.starts_at}}", "Saturday 1 June 2030, 20:00"},
        {"{{event.ends_at}}", "Saturday 1 June 2030, 23:00"},
        {"{{recipient.name}}", "Ana"},
        {"{{recipient.address}}", "ana@example.org"},
        {"{{order.id}}", "order_1"},
        {"{{order.name}}", "Ana García"},
        {"{{order.email}}", "ana@example.org"},
        {"{{order.status}}", "paid"},
        {"{{order.tickets}}", "3"},
        {"{{order.total}}", "75.00 EUR"},
        {"{{tickets.count}}", "3"},
        {"{{tickets.codes}}", "AAA\nBBB\nCCC"},
        {"{{tickets.types}}", "2 General admission, 1 VIP"},
        {"{{tickets.list}}", "General admission: AAA\nVIP, Luis: BBB\nGeneral admission: CCC"},
        {"{{links.confirm}}", "https://example.org/c?t=1"},
        {"{{links.cancel}}", "https://example.org/x?t=1"},
        {"{{links.unsubscribe}}", "https://example.org/u?t=1"},
        {"{{attendee.confirm_url}}", "https://example.org/c?t=1"},
        {"{{attendee.cancel_url}}", "https://example.org/x?t=1"},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_str_eq(says(arena, "en", rows[i][0]), rows[i][1]);
    mem_free(arena);
}
END_TEST

START_TEST(times_and_amounts_follow_the_language)
{
    void *arena = mem_arena(NULL, 0);
    ck_assert_str_eq(says(arena, "es", "{{event.starts_at}}: {{order.total}}"),
                     "sábado, 1 de junio de 2030, 20:00: 75,00 EUR");
    ck_assert_str_eq(says(arena, NULL, "{{event.starts_at}}: {{order.total}}"),
                     "2030-06-01 20:00: 75.00 EUR");
    mem_free(arena);
}
END_TEST

START_TEST(what_is_not_known_is_empty)
{
    static const char all[] =
        "{{event.id}}{{event.name}}{{event.starts_at}}{{order.id}}{{order.name}}{{order.total}}"
        "{{tickets.codes}}{{tickets.types}}{{tickets.list}}{{links.confirm}}{{attendee.status}}";
    void *arena = mem_arena(NULL, 0);
    const struct content nothing = {.delivery = &delivery};
    const struct template_text kept = content_render(arena, all, &nothing);
    ck_assert_str_eq(kept.text, "{{tickets.codes}}{{tickets.list}}{{links.confirm}}");
    ck_assert_uint_eq(content_marks(all), 3);
    ck_assert_str_eq(
        send_time_fields_fill(arena, &kept, &(const struct send_time_fields){.n_tickets = 0}), "");
    ck_assert_str_eq(content_render(arena, "{{tickets.count}}", &nothing).text, "0");
    ck_assert_ptr_null(content_render(arena, NULL, &nothing).text);
    mem_free(arena);
}
END_TEST

/* Who calls himself that in a text that is sent to many would fill the process's memory. */
START_TEST(a_name_that_looks_like_a_list_becomes_none)
{
    void *arena = mem_arena(NULL, 0);
    const struct delivery bold = {.recipient = "{{tickets.list}}", .channel = CHANNEL_EMAIL};
    const struct send_time_fields fields = {.tickets = tickets, .n_tickets = 1};
    const struct template_text kept =
        content_render(arena, "{{recipient.name}}: {{tickets.codes}}, {{recipient.name}}",
                       &(const struct content){.delivery = &bold});
    ck_assert_str_eq(send_time_fields_fill(arena, &kept, &fields),
                     "{{tickets.list}}: AAA, {{tickets.list}}");
    mem_free(arena);
}
END_TEST

/* Marks as they come from the database, which has been edited by hand. */
START_TEST(a_mark_where_none_is_is_passed_over)
{
    void *arena = mem_arena(NULL, 0);
    size_t marks[] = {3, 3, 1, 1000, SIZE_MAX};
    const struct template_text kept = {
        .text = mem_strdup(arena, "a: {{links.confirm}}"), .marks = marks, .n_marks = 5};
    ck_assert_str_eq(
        send_time_fields_fill(arena, &kept, &(const struct send_time_fields){.confirm_link = "b"}),
        "a: b");
    mem_free(arena);
}
END_TEST

START_TEST(a_text_may_list_its_tickets_a_few_times)
{
    void *arena = mem_arena(NULL, 0);
    struct violations violations = {.arena = arena};
    struct decoder decoder = {.arena = arena, .violations = &violations};
    const struct notification_text few = {.message =
                                              "{{tickets.list}}{{tickets.codes}}{{event.name}}"};
    content_check(&decoder, NULL, &few);
    ck_assert_uint_eq(violations.n, 0);
    const struct notification_text many = {
        .message =
            "{{tickets.list}}{{tickets.list}}{{tickets.list}}{{tickets.list}}{{tickets.list}}"};
    content_check(&decoder, NULL, &many);
    ck_assert_uint_eq(violations.n, 1);
    mem_free(arena);
}
END_TEST

CHECK_MAIN("content", every_field_has_its_value, times_and_amounts_follow_the_language,
           what_is_not_known_is_empty, a_name_that_looks_like_a_list_becomes_none,
           a_mark_where_none_is_is_passed_over, a_text_may_list_its_tickets_a_few_times)
