/* delivery_fixture: a notification and its deliveries, claimed and reported, for the suites of
 * deliveries. */
#pragma once

#include "tests/support/check_main.h"

#include "libshared/base/mem.h"
#include "tests/support/given.h"

static struct scenario t;

#define TWO "delivery_01jz3w4v9he8qb2m5x7k6d0c2n"

static inline void given_delivery(const char *id, struct delivery delivery)
{
    delivery.event_id = EVENT_ID;
    delivery.notification_id = NOTIFICATION_ID;
    delivery.recipient = "Ana Secret";
    delivery.address = "ana@example.org";
    delivery.channel = CHANNEL_EMAIL;
    scenario_given(&t, &collection_deliveries, id, &delivery);
}

static inline void given_notification(int64_t queued)
{
    struct notification_counts *counts = mem_new(t.arena, struct notification_counts);
    counts->queued = queued;
    scenario_given(&t, &collection_notifications, NOTIFICATION_ID,
                   &(struct notification){.event_id = EVENT_ID,
                                          .channel = CHANNEL_EMAIL,
                                          .subject = "Hello",
                                          .message = "Doors at eight.",
                                          .status = NOTIFICATION_SENDING,
                                          .expanded = {true, true},
                                          .counts = counts});
}

/* One delivery that is queued, of two that are open. */
static inline void begin(void)
{
    given_published(&t);
    given_notification(2);
    given_delivery(DELIVERY_ID, (struct delivery){.status = DELIVERY_QUEUED,
                                                  .due_at = {true, SCENARIO_NOW + 60000}});
}

static inline void report(const char *status, int attempt, const char *claim, const char *more)
{
    scenario_when(&t, "delivery.record",
                  "{" AT ",'delivery_id':'" DELIVERY_ID
                  "','status':'%s','attempt':%d,'claim':'%s'%s}",
                  status, attempt, claim, more);
}

static inline void requeue(void)
{
    scenario_when(&t, "delivery.requeue", "{" AT ",'delivery_id':'" DELIVERY_ID "'}");
}

static inline const struct delivery *delivery(void)
{
    return scenario_record(&t, &collection_deliveries, DELIVERY_ID);
}

static inline const struct notification *notification(void)
{
    return scenario_record(&t, &collection_notifications, NOTIFICATION_ID);
}

static inline void check_counts(int64_t queued, int64_t sent, int64_t failed)
{
    ck_assert_int_eq(notification()->counts->queued, queued);
    ck_assert_int_eq(notification()->counts->sent, sent);
    ck_assert_int_eq(notification()->counts->failed, failed);
}

static inline void given_text(const char *subject, const char *message)
{
    struct notification changed = *notification();
    changed.subject = subject;
    changed.message = message;
    workset_put(t.workset, &collection_notifications, NOTIFICATION_ID,
                mem_dup(t.arena, &changed, sizeof changed));
}
