/* erase_fixture: a person and another with orders, who are erased, for the suites of erasures. */
#pragma once

#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define ANA "'name':'Ana Secret','email':'Ana@Example.org','phone':'+34600111222'"
#define EVA "'name':'Eva Other','email':'eva@example.org'"
#define BUY(person)                                                                                \
    "{" AT ",'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':2}],'buyer':{" person "}%s}"

static inline void begin(void)
{
    given_published(&t);
    given_type_as(&t, GENERAL_ID,
                  (struct ticket_type){.capacity = 1000, .per_buyer_limit = {true, 900}});
}

static inline const char *id_of(void)
{
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static inline const char *register_ana(void)
{
    scenario_when(&t, "attendee.register",
                  "{" AT "," ANA ",'external_id':'ana-secret','metadata':{'diet':'Secret'},"
                  "'marketing_consent':{'given':true,'source':'Secret form'}}");
    ck_assert_int_eq(t.result.answer.status, 201);
    return id_of();
}

static inline const char *buy_as_ana(const char *more)
{
    scenario_when(&t, "order.place", BUY(ANA), more);
    ck_assert_int_eq(t.result.answer.status, 201);
    return id_of();
}

static inline const char *buy_as_eva(void)
{
    scenario_when(&t, "order.place", BUY(EVA), "");
    return id_of();
}

static inline void erase(const char *attendee_id)
{
    scenario_when(&t, "attendee.erase", "{" AT ",'attendee_id':'%s'}", attendee_id);
    ck_assert_int_eq(t.result.answer.status, 200);
}

static inline bool forgets(const char *id)
{
    bool found = false;
    for (size_t i = 0; i < t.result.n_forgotten; i++)
        found = found || strcmp(t.result.forgotten[i], id) == 0;
    return found;
}

/* That no record of the event names Ana any more. */
static inline void check_gone(void)
{
    for (size_t i = 0; collections[i] != NULL; i++) {
        const void **records;
        size_t n = workset_of_event(t.workset, t.arena, collections[i], EVENT_ID, &records);
        for (size_t k = 0; k < n; k++) {
            const char *text = record_text(t.arena, collections[i]->record, records[k]);
            ck_assert_msg(strcasestr(text, "ana@") == NULL && strcasestr(text, "secret") == NULL &&
                              strstr(text, "+34600111222") == NULL,
                          "%s: %s", collections[i]->name, text);
        }
    }
}

static inline void given_delivery(const char *id, struct delivery delivery)
{
    delivery.event_id = EVENT_ID;
    delivery.notification_id = NOTIFICATION_ID;
    delivery.channel = CHANNEL_EMAIL;
    scenario_given(&t, &collection_deliveries, id, &delivery);
}

static inline void given_notification(struct audience *audience, enum notification_status status,
                                      int64_t queued)
{
    struct notification_counts *counts = mem_new(t.arena, struct notification_counts);
    counts->queued = queued;
    scenario_given(&t, &collection_notifications, NOTIFICATION_ID,
                   &(struct notification){.event_id = EVENT_ID,
                                          .channel = CHANNEL_EMAIL,
                                          .subject = "Hello",
                                          .message = "Doors at eight.",
                                          .audience = audience,
                                          .status = status,
                                          .expanded = {true, true},
                                          .counts = counts});
}

static inline const struct delivery *delivery(const char *id)
{
    return scenario_record(&t, &collection_deliveries, id);
}
