#include "tests/support/given.h"

#include <check.h>

void given_event(struct scenario *scenario, const char *id, enum event_status status)
{
    scenario_given(scenario, &collection_events, id,
                   &(struct event){.name = "Concert",
                                   .time_zone = "Europe/Madrid",
                                   .location = "Hall",
                                   .category = "music",
                                   .currency = "EUR",
                                   .starts_at = SCENARIO_NOW + 86400000,
                                   .status = status});
}

void given_published(struct scenario *scenario)
{
    scenario_open(scenario);
    given_event(scenario, EVENT_ID, EVENT_PUBLISHED);
}

void given_type_as(struct scenario *scenario, const char *id, struct ticket_type type)
{
    type.event_id = EVENT_ID;
    type.type = "general";
    type.name = "General";
    type.price = (struct money){2500, "EUR"};
    scenario_given(scenario, &collection_ticket_types, id, &type);
    scenario_given(
        scenario, &collection_stock, id,
        &(struct stock){.event_id = EVENT_ID, .capacity = type.capacity, .pool = type.pool});
}

void given_type(struct scenario *scenario, const char *id, int64_t capacity)
{
    given_type_as(scenario, id, (struct ticket_type){.capacity = capacity});
}

const struct stock *stock_of(struct scenario *scenario, const char *id)
{
    return scenario_record(scenario, &collection_stock, id);
}

void check_stock_is(struct scenario *scenario, const char *id, int64_t sold, int64_t held)
{
    const struct stock *stock = stock_of(scenario, id);
    ck_assert_int_eq(stock->sold, sold);
    ck_assert_int_eq(stock->held, held);
    ck_assert_int_le(sold + held, stock->capacity);
}
