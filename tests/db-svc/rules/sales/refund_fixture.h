/* refund_fixture: orders that are paid, used, cancelled and paid back, for the suites of refunds.
 */
#pragma once

#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define BUYER "'buyer':{'name':'Ana Secret','email':'ana@example.org'}"

static inline void begin(void)
{
    given_published(&t);
    given_type(&t, GENERAL_ID, 100);
}

static inline const char *place(int quantity, const char *more)
{
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':%d}]," BUYER
                  "%s}",
                  quantity, more);
    ck_assert_int_eq(t.result.answer.status, 201);
    t.now++; /* ids rise */
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static inline const struct order *order_of(const char *id)
{
    return scenario_record(&t, &collection_orders, id);
}

/* 'code','code' of the tickets that are numbered from 1. */
static inline const char *codes(const char *id, const char *numbers)
{
    const char *list = "";
    for (; *numbers != '\0'; numbers++)
        list = mem_printf(t.arena, "%s%s'%s'", list, *list == '\0' ? "" : ",",
                          order_of(id)->tickets.at[*numbers - '1'].code);
    return list;
}

static inline void when(const char *type, const char *id, const char *more)
{
    scenario_when(&t, type, "{" AT ",'order_id':'%s'%s}", id, more);
}

static inline void when_of(const char *type, const char *id, const char *numbers, const char *more)
{
    when(type, id, mem_printf(t.arena, ",'tickets':[%s]%s", codes(id, numbers), more));
}

static inline void pay(const char *payment_id, const char *id, int64_t amount)
{
    when("payment.succeeded", id,
         mem_printf(t.arena, ",'payment_id':'%s','amount':{'amount':%lld,'currency':'EUR'}",
                    payment_id, (long long)amount));
}

static inline void payment_refunded(const char *payment_id, const char *id, const char *more)
{
    when("payment.refunded", id, mem_printf(t.arena, ",'payment_id':'%s'%s", payment_id, more));
}

static inline void use(const char *id, size_t number)
{
    scenario_when(&t, "ticket.check_in", "{" AT ",'code':'%s','gate':'north'}",
                  order_of(id)->tickets.at[number - 1].code);
    ck_assert_int_eq(t.result.answer.status, 200);
}

/* As the last answer shows it. */
static inline void money_is(const char *status, int64_t paid, int64_t refunded, int64_t due)
{
    ck_assert_msg(t.result.answer.status < 300, "%s", t.result.answer.body);
    ck_assert_str_eq(scenario_text(&t, "status"), status);
    ck_assert_int_eq(scenario_number(&t, "paid/amount"), paid);
    ck_assert_int_eq(scenario_number(&t, "refunded/amount"), refunded);
    ck_assert_int_eq(scenario_number(&t, "refund_due/amount"), due);
    ck_assert_str_eq(scenario_text(&t, "refund_due/currency"), "EUR");
}

static inline void reasons_are(const char *const *reasons)
{
    for (size_t i = 0; reasons[i] != NULL; i++) {
        const char *path = mem_printf(t.arena, "tickets/%zu/void_reason", i);
        ck_assert_str_eq(scenario_text(&t, path), reasons[i]);
    }
}
#define REASONS_ARE(...) reasons_are((const char *const[]){__VA_ARGS__, NULL})

static inline int64_t told_amount(const char *fact)
{
    json_t *amount = json_object_get(scenario_emitted(&t, fact, 0), "amount");
    return amount != NULL ? json_integer_value(json_object_get(amount, "amount")) : -1;
}
