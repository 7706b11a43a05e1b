#include "tests/support/messages.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "libshared/base/mem.h"

struct order *messages_order(struct scenario *scenario, int n, const char *email, const char *types)
{
    void *arena = scenario->arena;
    struct order *order = mem_new(arena, struct order);
    struct person *buyer = mem_new(arena, struct person);
    *buyer = (struct person){.name = "Ana Secret", .email = email, .phone = "+34600111222"};
    *order = (struct order){.event_id = EVENT_ID, .buyer = buyer, .status = ORDER_PAID};
    order->tickets.at = mem_array(arena, struct ticket, strlen(types));
    order->tickets.n = strlen(types);
    order->items.at = mem_array(arena, struct order_item, 2);
    order->items.at[0] = (struct order_item){.ticket_type_id = GENERAL_ID, .quantity = 1};
    order->items.at[1] = (struct order_item){.ticket_type_id = VIP_ID, .quantity = 1};
    order->items.n = 2;
    for (size_t i = 0; types[i] != '\0'; i++)
        order->tickets.at[i] =
            (struct ticket){.code = mem_printf(arena, "%d%c", n, (char)('a' + i)),
                            .signature = "s",
                            .ticket_type_id = types[i] == 'v' ? VIP_ID : GENERAL_ID,
                            .status = types[i] == 'x' ? TICKET_VOID : TICKET_VALID};
    return order;
}

const char *messages_order_id(struct scenario *scenario, int n)
{
    return mem_printf(scenario->arena, "order_01jz3w4v9he8qb2m5x7k6d%04d", n);
}

void messages_given(struct scenario *scenario, int n, const struct order *order)
{
    scenario_given(scenario, &collection_orders, messages_order_id(scenario, n), order);
}

struct ticket_holder *messages_holder(struct scenario *scenario, const char *name,
                                      const char *attendee_id)
{
    struct ticket_holder *holder = mem_new(scenario->arena, struct ticket_holder);
    *holder = (struct ticket_holder){.name = name,
                                     .email = mem_printf(scenario->arena, "%s@example.org", name),
                                     .attendee_id = attendee_id};
    return holder;
}

void messages_expand(struct scenario *scenario)
{
    json_t *page;
    while ((page = scenario_emitted(scenario, "notification.expand", 0)) != NULL) {
        char *text = json_dumps(page, 0);
        scenario_when(scenario, "notification.expand", "%s", text);
        free(text);
    }
}

void messages_send(struct scenario *scenario, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    scenario_when(scenario, "notification.send", "{'event_id':'" EVENT_ID "',%s}",
                  talloc_vasprintf(scenario->arena, format, arguments));
    va_end(arguments);
    ck_assert_msg(scenario->result.answer.status == 202, "%s", scenario->result.answer.body);
    messages_expand(scenario);
}

size_t messages_deliveries(struct scenario *scenario, const struct delivery ***ret_deliveries)
{
    return workset_of_event(scenario->workset, scenario->arena, &collection_deliveries, EVENT_ID,
                            (const void ***)ret_deliveries);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *messages_addresses(struct scenario *scenario)
{
    const struct delivery **all;
    size_t n = messages_deliveries(scenario, &all);
    const char **at = mem_array(scenario->arena, const char *, n + 1), *text = "";
    for (size_t i = 0; i < n; i++)
        at[i] = all[i]->address != NULL ? all[i]->address : all[i]->error;
    if (n > 0)
        qsort(at, n, sizeof *at, by_text);
    for (size_t i = 0; i < n; i++)
        text = mem_printf(scenario->arena, "%s%s%s", text, i > 0 ? " " : "", at[i]);
    return text;
}

void messages_claim(struct scenario *scenario, const char *address, int64_t ticket)
{
    const struct delivery **all;
    for (size_t i = 0, n = messages_deliveries(scenario, &all); i < n; i++) {
        if (all[i]->status != DELIVERY_QUEUED || strcmp(all[i]->address, address) != 0 ||
            (ticket > 0 && all[i]->ticket.value != ticket))
            continue;
        scenario_when(scenario, "delivery.record",
                      "{'event_id':'" EVENT_ID "','delivery_id':'%s','status':'sending',"
                      "'attempt':%d,'claim':'c','sender':'office@example.org'}",
                      all[i]->id, (int)all[i]->attempts + 1);
        ck_assert_int_eq(scenario->result.answer.status, 200);
        return;
    }
    ck_abort_msg("nothing goes to %s", address);
}
