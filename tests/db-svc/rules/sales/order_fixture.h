/* order_fixture: two types on sale, and orders of them, for the suites of orders. */
#pragma once

#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define BUYER "'buyer':{'name':'Ana Secret','email':'ana@example.org','phone':'+34600111222'}"
#define ITEM(id, quantity) "{'ticket_type_id':'" id "','quantity':" #quantity "}"

static inline void begin(void)
{
    given_published(&t);
    given_event(&t, OTHER_EVENT_ID, EVENT_PUBLISHED);
    given_type(&t, GENERAL_ID, 10);
    given_type(&t, VIP_ID, 3);
}

static inline const char *place(const char *items, const char *more)
{
    scenario_when(&t, "order.place", "{" AT ",'items':[%s]," BUYER "%s}", items, more);
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static inline const char *hold(const char *items)
{
    return place(items, ",'hold_seconds':600");
}

static inline void when(const char *type, const char *order_id)
{
    scenario_when(&t, type, "{" AT ",'order_id':'%s'}", order_id);
}

static inline const struct order *order_of(const char *id)
{
    return scenario_record(&t, &collection_orders, id);
}

static inline const char *buy_limited(const char *email, int quantity, bool held)
{
    scenario_when(&t, "order.place",
                  "{" AT ",'items':[{'ticket_type_id':'" NO_TYPE_ID "','quantity':%d}],"
                  "'buyer':{'name':'Ana Secret','email':'%s'}%s}",
                  quantity, email, held ? ",'hold_seconds':60" : "");
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}
