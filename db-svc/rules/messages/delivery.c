#include "db-svc/rules/messages/delivery.h"

#include <string.h>

#include "db-svc/rules/messages/consent.h"
#include "db-svc/rules/decisions.h"
#include "db-svc/rules/edit.h"
#include "db-svc/rules/messages/letter.h"
#include "db-svc/rules/messages/sending.h"
#include "db-svc/rules/messages/suppression.h"
#include "libshared/base/mem.h"

#define BACKOFF_MAX_MS (15 * 60 * 1000)

static struct opt_time later(struct turn *turn, int64_t ms)
{
    return (struct opt_time){.set = true, .ms = turn_now(turn) + ms};
}

void delivery_offer(struct turn *turn, struct delivery *delivery)
{
    delivery->due_at = later(turn, DELIVERY_OFFER_MS);
    turn_deliver(turn, delivery);
}

void delivery_names(struct names *names, const struct command_body *body)
{
    names_id(names, &collection_deliveries, body->ids[ID_DELIVERY]);
}

void delivery_follows(struct names *names, struct turn *turn, const struct command_body *body)
{
    const struct delivery *delivery =
        turn_read(turn, &collection_deliveries, body->ids[ID_DELIVERY]);
    if (delivery != NULL)
        names_id(names, &collection_notifications, delivery->notification_id);
}

/* Who may send is told what to: that takes all that its text speaks of. */
void delivery_report_follows(struct names *names, struct turn *turn,
                             const struct command_body *body)
{
    const struct delivery_report *report = body->request;
    const struct delivery *delivery =
        turn_read(turn, &collection_deliveries, body->ids[ID_DELIVERY]);
    delivery_follows(names, turn, body);
    if (delivery == NULL)
        return;
    if (report->status == DELIVERY_SENDING || report->status == DELIVERY_BOUNCED)
        suppression_names(names, turn, delivery);
    if (report->status == DELIVERY_SENDING)
        letter_names(names, turn, delivery);
}

/* Deliveries outlive their event: what has been begun is finished. */
const struct delivery *delivery_find(struct turn *turn, const struct command_body *body)
{
    const struct delivery *delivery =
        turn_read(turn, &collection_deliveries, body->ids[ID_DELIVERY]);
    bool own = delivery != NULL && strcmp(delivery->event_id, body->ids[ID_EVENT]) == 0;
    return own ? delivery : NULL;
}

static struct delivery_order order_of(const struct delivery *delivery)
{
    return (struct delivery_order){.id = delivery->id,
                                   .notification_id = delivery->notification_id,
                                   .event_id = delivery->event_id,
                                   .name = delivery->recipient,
                                   .address = delivery->address,
                                   .channel = delivery->channel,
                                   .status = delivery->status,
                                   .attempts = delivery->attempts,
                                   .resends = delivery->resends};
}

static struct answer show(struct turn *turn, const struct delivery *delivery)
{
    const struct delivery_order order = order_of(delivery);
    return answer_ok(turn, &delivery_order_record, &order);
}

/* What there is to send is told to who may send it. It leaves no receipt, since it holds tickets
 * and links, and a repeated claim is known by itself. */
static struct answer grant(struct turn *turn, const struct delivery *delivery,
                           const struct delivery_report *claim)
{
    struct delivery_order order = order_of(delivery);
    letter_enclose(turn, delivery, claim->sender, &order);
    struct answer answer = answer_ok(turn, &delivery_order_record, &order);
    answer.forgotten = true;
    return answer;
}

static struct answer refuse_claim(struct turn *turn, const struct delivery *delivery)
{
    return answer_refuse_with(
        turn, PROBLEM_already_claimed,
        json_pack("{sssI}", "delivery_status",
                  record_enum_text(delivery_status_names, (int)delivery->status), "attempts",
                  (json_int_t)delivery->attempts));
}

static bool is_open(const struct delivery *delivery)
{
    return delivery->status == DELIVERY_QUEUED || delivery->status == DELIVERY_SENDING;
}

/* Whether the reporter is who claimed the last attempt. */
static bool is_own(const struct delivery *delivery, const struct delivery_report *report)
{
    return delivery->claim != NULL && strcmp(delivery->claim, report->claim) == 0 &&
           delivery->attempts == report->attempt;
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
           strncmp(delivery->claim, report->claim, length) == 0;
}

void delivery_tell(struct turn *turn, const char *fact, const struct delivery *delivery)
{
    turn_fact(turn, fact,
              &(struct fact_body){
                  .event_id = delivery->event_id,
                  .notification_id = delivery->notification_id,
                  .delivery_id = delivery->id,
                  .status = record_enum_text(delivery_status_names, (int)delivery->status),
                  .channel = record_enum_text(channel_names, (int)delivery->channel)});
}

static void end(struct turn *turn, struct delivery *delivery, enum delivery_status status)
{
    bool sent = status == DELIVERY_SENT;
    const char *fact = sent                            ? "delivery.sent"
                       : status == DELIVERY_SUPPRESSED ? "delivery.suppressed"
                                                       : "delivery.failed";
    delivery->status = status;
    delivery->due_at.set = false;
    if (sent)
        delivery->sent_at = later(turn, 0);
    delivery_tell(turn, fact, delivery);
    sending_recount(turn, delivery, DELIVERY_QUEUED);
}

/* Doubled with each attempt; half of it by chance, so that not all come back at once. */
static struct opt_time backoff(struct turn *turn, int64_t attempts)
{
    int64_t most = INT64_C(1000) << attempts;
    uint32_t random;
    turn_random(turn, &random, sizeof random);
    most = most < BACKOFF_MAX_MS ? most : BACKOFF_MAX_MS;
    return later(turn, most / 2 + random % (most / 2 + 1));
}

/* For now or, after so many attempts, for good. */
static void put_back(struct turn *turn, struct delivery *delivery, const char *error)
{
    delivery->error = error;
    if (delivery->attempts >= DELIVERY_ATTEMPTS_MAX) {
        end(turn, delivery, DELIVERY_FAILED);
    } else {
        delivery->status = DELIVERY_QUEUED;
        delivery->due_at = backoff(turn, delivery->attempts);
    }
}

/* Its sender fell twice at the same attempt: it may be what fells it. */
static struct answer put_off(struct turn *turn, const struct delivery *was)
{
    struct delivery *delivery = turn_change(turn, &collection_deliveries, was->id);
    put_back(turn, delivery, "sender_fell");
    return show(turn, delivery);
}

static struct answer set_aside(struct turn *turn, const struct delivery *was, const char *error)
{
    struct delivery *delivery = turn_change(turn, &collection_deliveries, was->id);
    delivery->error = error;
    end(turn, delivery, DELIVERY_SUPPRESSED);
    return show(turn, delivery);
}

static struct answer claim(struct turn *turn, const struct delivery *was,
                           const struct delivery_report *report)
{
    if (was->status == DELIVERY_SENDING && is_own(was, report))
        return grant(turn, was, report);
    if (was->message == NULL &&
        turn_read(turn, &collection_notifications, was->notification_id) == NULL)
        return answer_refuse(turn, PROBLEM_not_found);
    bool next = was->status == DELIVERY_QUEUED && report->attempt == was->attempts + 1;
    if (!next && !is_again(was, report))
        return refuse_claim(turn, was);
    /* Who asks for it once more knows what for. */
    const char *error = was->resends == 0 ? suppression_error(turn, was) : NULL;
    if (error == NULL)
        error = consent_error(turn, was);
    if (error != NULL)
        return set_aside(turn, was, error);
    if (!next && was->reclaimed.value)
        return put_off(turn, was);
    struct delivery *delivery = turn_change(turn, &collection_deliveries, was->id);
    delivery->reclaimed = (struct opt_bool){.set = !next, .value = !next};
    delivery->status = DELIVERY_SENDING;
    delivery->attempts = report->attempt;
    delivery->claim = report->claim;
    delivery->due_at = later(turn, DELIVERY_PATIENCE_MS);
    letter_write(turn, delivery);
    return grant(turn, delivery, report);
}

/* The carrier's report came first. */
static struct answer name_settled(struct turn *turn, const struct delivery *was,
                                  const struct delivery_report *report)
{
    struct delivery *delivery = turn_change(turn, &collection_deliveries, was->id);
    delivery->provider_id = report->provider_id;
    return show(turn, delivery);
}

static struct answer conclude(struct turn *turn, const struct delivery *was,
                              const struct delivery_report *report)
{
    enum delivery_status status = report->status;
    if (status == DELIVERY_QUEUED && was->attempts >= DELIVERY_ATTEMPTS_MAX)
        status = DELIVERY_FAILED; /* see put_back() */
    if (is_own(was, report) && was->status == status)
        return show(turn, was);
    if (is_own(was, report) && status == DELIVERY_SENT &&
        (was->status == DELIVERY_DELIVERED || was->status == DELIVERY_BOUNCED))
        return name_settled(turn, was, report);
    if (!is_own(was, report) || !is_open(was))
        return refuse_claim(turn, was);
    struct delivery *delivery = turn_change(turn, &collection_deliveries, was->id);
    delivery->error = report->error;
    delivery->provider_id = report->provider_id;
    if (report->status == DELIVERY_QUEUED)
        put_back(turn, delivery, report->error);
    else
        end(turn, delivery, status);
    if (status == DELIVERY_BOUNCED)
        suppression_add(turn, was, SUPPRESSION_BOUNCED, report->error);
    return show(turn, delivery);
}

static struct answer refuse_status(struct turn *turn)
{
    struct decoder decoder = turn_decoder(turn);
    violations_add(decoder.violations, &(struct path){.name = "status"}, VIOLATION_not_allowed);
    return answer_invalid(turn, decoder.violations);
}

struct answer delivery_report(struct turn *turn, const struct command_body *body)
{
    const struct delivery_report *report = body->request;
    const struct delivery *delivery = delivery_find(turn, body);
    if (delivery == NULL)
        return answer_refuse(turn, PROBLEM_not_found);
    switch (report->status) {
    case DELIVERY_SENDING:
        return claim(turn, delivery, report);
    case DELIVERY_QUEUED:
    case DELIVERY_SENT:
    case DELIVERY_FAILED:
    case DELIVERY_BOUNCED:
        return conclude(turn, delivery, report);
    default:
        return refuse_status(turn);
    }
}

/* Counts attempts anew; the text stays as it was. */
static void offer_again(struct turn *turn, const struct delivery *was)
{
    struct delivery *delivery = turn_change(turn, &collection_deliveries, was->id);
    delivery->status = DELIVERY_QUEUED;
    delivery->attempts = 0;
    delivery->resends++;
    delivery->claim = delivery->provider_id = delivery->error = NULL;
    delivery->sent_at.set = false;
    delivery_offer(turn, delivery);
    delivery_tell(turn, "delivery.resent", delivery);
    sending_recount(turn, delivery, was->status);
}

struct answer delivery_resend(struct turn *turn, const struct command_body *body)
{
    const struct delivery *was = delivery_find(turn, body);
    if (was == NULL || strcmp(was->notification_id, body->ids[ID_NOTIFICATION]) != 0 ||
        turn_read(turn, &collection_notifications, was->notification_id) == NULL)
        return answer_refuse(turn, PROBLEM_not_found);
    if (turn_stale(turn, was))
        return answer_refuse(turn, PROBLEM_precondition_failed);
    if (was->status == DELIVERY_SUPPRESSED && !suppression_is_error(was->error))
        return edit_illegal(turn, record_enum_text(delivery_status_names, DELIVERY_SUPPRESSED),
                            record_enum_text(delivery_status_names, DELIVERY_QUEUED));
    if (was->erased_at.set)
        return edit_illegal(turn, "erased",
                            record_enum_text(delivery_status_names, DELIVERY_QUEUED));
    if (!is_open(was))
        offer_again(turn, was);
    return answer_ok(turn, &delivery_record, turn_read(turn, &collection_deliveries, was->id));
}

/* A due delivery: nobody took the offer, its time has come again, or its sender fell. */
struct answer delivery_requeue(struct turn *turn, const struct command_body *body)
{
    const struct delivery *was = delivery_find(turn, body);
    if (was == NULL)
        return answer_refuse(turn, PROBLEM_not_found);
    if (!is_open(was))
        return answer_ok(turn, &delivery_record, was);
    if (was->due_at.ms > turn_now(turn))
        return answer_not_due(turn, &delivery_record, was);
    struct delivery *delivery = turn_change(turn, &collection_deliveries, was->id);
    if (delivery->attempts >= DELIVERY_ATTEMPTS_MAX) {
        delivery->error = "no_outcome";
        end(turn, delivery, DELIVERY_FAILED);
    } else {
        delivery->status = DELIVERY_QUEUED;
        delivery_offer(turn, delivery);
    }
    return answer_ok(turn, &delivery_record, delivery);
}
