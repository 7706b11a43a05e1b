#include "tests/support/letters.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "libshared/base/mem.h"

struct order *letters_order(struct turns *turns, int n, const char *email, const char *types)
{
    void *arena = turns->arena;
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

const char *letters_order_id(struct turns *turns, int n)
{
    return mem_printf(turns->arena, "order_01jz3w4v9he8qb2m5x7k6d%04d", n);
}

void letters_given(struct turns *turns, int n, const struct order *order)
{
    turns_given(turns, &collection_orders, letters_order_id(turns, n), order);
}

struct ticket_holder *letters_holder(struct turns *turns, const char *name, const char *attendee_id)
{
    struct ticket_holder *holder = mem_new(turns->arena, struct ticket_holder);
    *holder = (struct ticket_holder){.name = name,
                                     .email = mem_printf(turns->arena, "%s@example.org", name),
                                     .attendee_id = attendee_id};
    return holder;
}

void letters_expand(struct turns *turns)
{
    json_t *page;
    while ((page = turns_told(turns, "notification.expand", 0)) != NULL) {
        char *text = json_dumps(page, 0);
        turns_when(turns, "notification.expand", "%s", text);
        free(text);
    }
}

void letters_send(struct turns *turns, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    turns_when(turns, "notification.send", "{'event_id':'" EVENT_ID "',%s}",
               talloc_vasprintf(turns->arena, format, arguments));
    va_end(arguments);
    ck_assert_msg(turns->result.answer.status == 202, "%s", turns->result.answer.body);
    letters_expand(turns);
}

size_t letters_deliveries(struct turns *turns, const struct delivery ***ret_deliveries)
{
    return workset_of_event(turns->workset, turns->arena, &collection_deliveries, EVENT_ID,
                            (const void ***)ret_deliveries);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *letters_addresses(struct turns *turns)
{
    const struct delivery **all;
    size_t n = letters_deliveries(turns, &all);
    const char **at = mem_array(turns->arena, const char *, n + 1), *text = "";
    for (size_t i = 0; i < n; i++)
        at[i] = all[i]->address != NULL ? all[i]->address : all[i]->error;
    if (n > 0)
        qsort(at, n, sizeof *at, by_text);
    for (size_t i = 0; i < n; i++)
        text = mem_printf(turns->arena, "%s%s%s", text, i > 0 ? " " : "", at[i]);
    return text;
}

void letters_claim(struct turns *turns, const char *address, int64_t ticket)
{
    const struct delivery **all;
    for (size_t i = 0, n = letters_deliveries(turns, &all); i < n; i++) {
        if (all[i]->status != DELIVERY_QUEUED || strcmp(all[i]->address, address) != 0 ||
            (ticket > 0 && all[i]->ticket.value != ticket))
            continue;
        turns_when(turns, "delivery.record",
                   "{'event_id':'" EVENT_ID "','delivery_id':'%s','status':'sending',"
                   "'attempt':%d,'claim':'c','sender':'office@example.org'}",
                   all[i]->id, (int)all[i]->attempts + 1);
        ck_assert_int_eq(turns->result.answer.status, 200);
        return;
    }
    ck_abort_msg("nothing goes to %s", address);
}
