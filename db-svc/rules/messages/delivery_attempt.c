#include "db-svc/rules/messages/delivery_attempt.h"

#include <string.h>

#include "db-svc/rules/messages/consent.h"
#include "db-svc/rules/messages/delivery.h"
#include "db-svc/rules/messages/outgoing_message.h"
#include "db-svc/rules/messages/reader.h"
#include "db-svc/rules/messages/suppression.h"

#define BACKOFF_MAX_MS (15 * 60 * 1000)

bool delivery_attempt_is_possible(enum delivery_status status)
{
    return status == DELIVERY_SENDING || status == DELIVERY_QUEUED || status == DELIVERY_SENT ||
           status == DELIVERY_FAILED || status == DELIVERY_BOUNCED;
}

/* A granted claim is answered with the message: that takes all records that its text speaks of. An
 * address that has been corrected since is rare, and takes longer. */
void delivery_attempt_want(struct decision *decision, const char *delivery_id,
                           enum delivery_status status)
{
    const struct delivery *delivery = decision_read(decision, &collection_deliveries, delivery_id);
    if (delivery == NULL)
        return;
    decision_want(decision, &collection_notifications, delivery->notification_id);
    if (status == DELIVERY_SENDING)
        outgoing_message_want(decision, delivery);
    if (status == DELIVERY_SENDING || status == DELIVERY_BOUNCED)
        suppression_want(decision, delivery);
}

static struct delivery_attempt_ruling take(const struct delivery *delivery)
{
    return (struct delivery_attempt_ruling){.problem = PROBLEM_NONE, .delivery = delivery};
}

static struct delivery_attempt_ruling grant(const struct delivery *delivery)
{
    return (struct delivery_attempt_ruling){
        .problem = PROBLEM_NONE, .granted = true, .delivery = delivery};
}

static struct delivery_attempt_ruling refuse(const struct delivery *delivery)
{
    return (struct delivery_attempt_ruling){.problem = PROBLEM_already_claimed,
                                            .delivery = delivery};
}

static struct delivery_attempt_ruling not_found(void)
{
    return (struct delivery_attempt_ruling){.problem = PROBLEM_not_found};
}

/* Whether the reporter is who claimed the last attempt. */
static bool is_own(const struct delivery *delivery, const struct delivery_report *report)
{
    return delivery->claim != NULL && strcmp(delivery->claim, report->claim) == 0 &&
           delivery->attempts == report->attempt;
}

/* Of a process that is gone: another of the same instance has the attempt. */
static bool is_lost(const struct delivery *delivery, const struct delivery_report *report)
{
    return delivery->lost_claim != NULL && strcmp(delivery->lost_claim, report->claim) == 0;
}

/* Whether who claimed the last attempt lost it and claims it anew: a claim is <instance>#<random>,
 * and an instance claims an attempt a second time only after a restart. */
static bool is_again(const struct delivery *delivery, const struct delivery_report *report)
{
    const char *end = delivery->claim != NULL ? strchr(delivery->claim, '#') : NULL;
    if (end == NULL || end == delivery->claim)
        return false;
    size_t length = (size_t)(end - delivery->claim) + 1;
    return delivery->status == DELIVERY_SENDING && delivery->attempts == report->attempt &&
           strncmp(delivery->claim, report->claim, length) == 0 && !is_lost(delivery, report);
}

static bool is_next(const struct delivery *delivery, const struct delivery_report *report)
{
    return delivery->status == DELIVERY_QUEUED && report->attempt == delivery->attempts + 1;
}

/* Doubled with each attempt; half of it by chance, so that not all come back at once. */
static struct opt_time backoff(struct decision *decision, int64_t attempts)
{
    int64_t most = INT64_C(1000) << attempts;
    uint32_t random;
    decision_random(decision, &random, sizeof random);
    most = most < BACKOFF_MAX_MS ? most : BACKOFF_MAX_MS;
    return (struct opt_time){true, decision_now(decision) + most / 2 + random % (most / 2 + 1)};
}

/* For now or, after so many attempts, for good. */
static void put_back(struct decision *decision, struct delivery *delivery, const char *error)
{
    delivery->error = error;
    if (delivery->attempts >= DELIVERY_ATTEMPTS_MAX) {
        delivery_end(decision, delivery, DELIVERY_FAILED);
    } else {
        delivery->status = DELIVERY_QUEUED;
        delivery->due_at = backoff(decision, delivery->attempts);
    }
}

/* Its sender fell twice at the same attempt: it may be what fells it. */
static struct delivery_attempt_ruling put_off(struct decision *decision, const struct delivery *was)
{
    struct delivery *delivery = decision_change(decision, &collection_deliveries, was->id);
    put_back(decision, delivery, "sender_fell");
    return take(delivery);
}

static struct delivery_attempt_ruling set_aside(struct decision *decision,
                                                const struct delivery *was, const char *error)
{
    struct delivery *delivery = decision_change(decision, &collection_deliveries, was->id);
    delivery->error = error;
    delivery_end(decision, delivery, DELIVERY_SUPPRESSED);
    return take(delivery);
}

/* Why nothing is to be sent after all; NULL: it is. A resend by hand is sent anyway. */
static const char *error_of(struct decision *decision, const struct delivery *delivery)
{
    if (delivery->address == NULL)
        return "no_address";
    const char *error = delivery->resends == 0 ? suppression_error(decision, delivery) : NULL;
    if (error == NULL)
        error = consent_error(decision, delivery);
    return error == NULL && outgoing_message_is_pointless(decision, delivery)
               ? OUTGOING_MESSAGE_POINTLESS_ERROR
               : error;
}

static bool felled_before(const struct delivery *delivery, const struct delivery_report *report)
{
    return !is_next(delivery, report) && delivery->lost_claim != NULL;
}

static struct delivery_attempt_ruling claim(struct decision *decision, const struct delivery *was,
                                            const struct delivery_report *report)
{
    if (was->status == DELIVERY_SENDING && is_own(was, report))
        return grant(was);
    if (was->message == NULL &&
        decision_read(decision, &collection_notifications, was->notification_id) == NULL)
        return not_found();
    bool next = is_next(was, report);
    if (!next && !is_again(was, report))
        return refuse(was);
    const struct delivery now = reader_reach(decision, was);
    const char *error = error_of(decision, &now);
    if (error != NULL)
        return set_aside(decision, was, error);
    if (felled_before(was, report))
        return put_off(decision, was);
    struct delivery *delivery = decision_change(decision, &collection_deliveries, was->id);
    delivery->address = now.address;
    delivery->lost_claim = next ? NULL : was->claim;
    delivery->status = DELIVERY_SENDING;
    delivery->attempts = report->attempt;
    delivery->claim = report->claim;
    delivery->due_at = (struct opt_time){true, decision_now(decision) + DELIVERY_PATIENCE_MS};
    outgoing_message_write(decision, delivery);
    return grant(delivery);
}

/* The carrier's report came first. */
static struct delivery_attempt_ruling name_settled(struct decision *decision,
                                                   const struct delivery *was,
                                                   const struct delivery_report *report)
{
    struct delivery *delivery = decision_change(decision, &collection_deliveries, was->id);
    delivery->provider_id = report->provider_id;
    return take(delivery);
}

static struct delivery_attempt_ruling conclude(struct decision *decision,
                                               const struct delivery *was,
                                               const struct delivery_report *report)
{
    enum delivery_status status = report->status;
    if (status == DELIVERY_QUEUED && was->attempts >= DELIVERY_ATTEMPTS_MAX)
        status = DELIVERY_FAILED; /* see put_back() */
    if (is_own(was, report) && was->status == status)
        return take(was);
    if (is_own(was, report) && status == DELIVERY_SENT &&
        (was->status == DELIVERY_DELIVERED || was->status == DELIVERY_BOUNCED))
        return name_settled(decision, was, report);
    if (!is_own(was, report) || !delivery_is_open(was))
        return refuse(was);
    struct delivery *delivery = decision_change(decision, &collection_deliveries, was->id);
    delivery->error = report->error;
    delivery->provider_id = report->provider_id;
    if (report->status == DELIVERY_QUEUED)
        put_back(decision, delivery, report->error);
    else
        delivery_end(decision, delivery, status);
    if (status == DELIVERY_BOUNCED)
        suppression_add(decision, was, SUPPRESSION_BOUNCED, report->error);
    return take(delivery);
}

bool delivery_attempt_is_in_vain(struct decision *decision, const char *event_id,
                                 const char *delivery_id, const struct delivery_report *report)
{
    const struct delivery *was = delivery_find(decision, event_id, delivery_id);
    if (was == NULL || (!is_next(was, report) && !is_again(was, report)))
        return false;
    const struct delivery now = reader_reach(decision, was);
    return error_of(decision, &now) != NULL || felled_before(was, report);
}

struct delivery_attempt_ruling delivery_attempt_rule(struct decision *decision,
                                                     const char *event_id, const char *delivery_id,
                                                     const struct delivery_report *report)
{
    const struct delivery *delivery = delivery_find(decision, event_id, delivery_id);
    if (delivery == NULL)
        return not_found();
    return report->status == DELIVERY_SENDING ? claim(decision, delivery, report)
                                              : conclude(decision, delivery, report);
}
