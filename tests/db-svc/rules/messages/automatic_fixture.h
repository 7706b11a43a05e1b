/* automatic_fixture: an event that sends messages by itself, and people it sends them to. */
#pragma once

#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define DAY INT64_C(86400000)

static inline void switch_on(const char *messages)
{
    scenario_when(&t, "event.update", "{" AT ",'patch':{'messages':%s}}", messages);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

/* An event three days ahead. */
static inline void begin(const char *messages)
{
    scenario_open(&t);
    scenario_given(&t, &collection_events, EVENT_ID,
                   &(struct event){.name = "Concert",
                                   .time_zone = "Europe/Madrid",
                                   .location = "Hall",
                                   .category = "music",
                                   .currency = "EUR",
                                   .starts_at = SCENARIO_NOW + 3 * DAY,
                                   .status = EVENT_PUBLISHED});
    given_type(&t, GENERAL_ID, 10);
    switch_on(messages);
}

static inline const char *sign_up(const char *email)
{
    scenario_when(&t, "attendee.register", "{" AT ",'name':'Secret','email':'%s'}", email);
    ck_assert_msg(t.result.answer.status == 201, "%s", t.result.answer.body);
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static inline const char *buy(const char *email, const char *more)
{
    scenario_when(&t, "order.place",
                  "{" AT ",'buyer':{'name':'Secret','email':'%s'},"
                  "'items':[{'ticket_type_id':'" GENERAL_ID "','quantity':2}]%s}",
                  email, more);
    ck_assert_msg(t.result.answer.status == 201, "%s", t.result.answer.body);
    return mem_strdup(t.arena, scenario_text(&t, "id"));
}

static inline void become(const char *status)
{
    scenario_when(&t, "event.update", "{" AT ",'patch':{'status':'%s'}}", status);
    ck_assert_msg(t.result.answer.status == 200, "%s", t.result.answer.body);
}

static inline size_t notifications(const struct notification ***ret_notifications)
{
    return workset_of_event(t.workset, t.arena, &collection_notifications, EVENT_ID,
                            (const void ***)ret_notifications);
}

static inline const struct notification *only(enum automatic automatic)
{
    const struct notification **all;
    ck_assert_uint_eq(notifications(&all), 1);
    ck_assert_int_eq(all[0]->automatic, automatic);
    ck_assert_int_eq(all[0]->channel, CHANNEL_EMAIL);
    return all[0];
}

static inline void sent_nothing(void)
{
    const struct notification **all;
    ck_assert_uint_eq(notifications(&all), 0);
}

/* Gives the audience its deliveries, page by page. */
static inline void expand(void)
{
    json_t *page;
    while ((page = scenario_emitted(&t, "notification.expand", 0)) != NULL) {
        char *text = json_dumps(page, 0);
        scenario_when(&t, "notification.expand", "%s", text);
        free(text);
    }
}

static inline int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The addresses that get it, sorted. */
static inline const char *addresses(void)
{
    const struct delivery **all;
    const char *at[50], *text = "";
    size_t n = workset_of_event(t.workset, t.arena, &collection_deliveries, EVENT_ID,
                                (const void ***)&all);
    ck_assert_uint_lt(n, 50);
    for (size_t i = 0; i < n; i++)
        at[i] = all[i]->address;
    qsort(at, n, sizeof *at, by_text);
    for (size_t i = 0; i < n; i++)
        text = mem_printf(t.arena, "%s%s%s", text, i > 0 ? " " : "", at[i]);
    return text;
}
