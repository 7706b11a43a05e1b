#include "notify-svc/attempt.h"

#include <jansson.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/command.h"
#include "libshared/record/tolerant.h"

#define FIRST_WAIT_MS 100
#define LONGEST_WAIT_MS 5000
#define UNAVAILABLE 503 /* nothing was done; any other answer is the one that a command keeps */

static void json_free(json_t **json)
{
    json_decref(*json);
}

static json_t *load(const void *body, size_t size)
{
    return body != NULL ? json_loadb(body, size, 0, NULL) : NULL;
}

static char *claim_of(const void *arena, const char *instance, const uint8_t random[ATTEMPT_RANDOM])
{
    char hex[2 * ATTEMPT_RANDOM + 1];
    text_hex(hex, random, ATTEMPT_RANDOM);
    return mem_printf(arena, "%s#%s", instance, hex);
}

/* The queue that it waits in; what is sent by is said by the granted claim. */
static enum channel channel_of(const struct delivery_offer *offer)
{
    enum channel channel = channel_named(offer->channel);
    return channel != CHANNEL_UNSET ? channel : CHANNEL_EMAIL;
}

bool attempt_read(void *arena, const void *body, size_t size, const char *instance,
                  const uint8_t random[ATTEMPT_RANDOM], struct attempt *ret_attempt)
{
    _cleanup_(json_free) json_t *json = load(body, size);
    struct delivery_offer offer;
    if (record_decode_tolerant(arena, &delivery_offer_record, json, &offer) < 0)
        return false;
    *ret_attempt = (struct attempt){.event_id = offer.event_id,
                                    .delivery_id = offer.delivery_id,
                                    .channel = channel_of(&offer),
                                    .number = offer.attempt,
                                    .claim = claim_of(arena, instance, random)};
    return true;
}

static char *command_id(const void *arena, const char *verb, const struct attempt *attempt)
{
    return mem_printf(arena, "%s/%s/%lld/%s", verb, attempt->delivery_id,
                      (long long)attempt->number, attempt->claim);
}

char *attempt_claim_id(const void *arena, const struct attempt *attempt)
{
    return command_id(arena, "claim", attempt);
}

char *attempt_report_id(const void *arena, const struct attempt *attempt)
{
    return command_id(arena, "report", attempt);
}

static struct delivery_report report_of(const struct attempt *attempt, enum delivery_status status)
{
    return (struct delivery_report){.delivery_id = attempt->delivery_id,
                                    .status = status,
                                    .attempt = attempt->number,
                                    .claim = attempt->claim};
}

struct delivery_report attempt_claim(const struct attempt *attempt, const char *sender)
{
    struct delivery_report report = report_of(attempt, DELIVERY_SENDING);
    report.sender = sender;
    return report;
}

struct delivery_report attempt_report(const struct attempt *attempt, const struct outcome *outcome)
{
    struct delivery_report report = report_of(attempt, outcome->status);
    report.provider_id = outcome->provider_id;
    report.error = outcome->error;
    return report;
}

const char *attempt_body(const void *arena, const char *event_id,
                         const struct delivery_report *report)
{
    struct delivery_report request = *report;
    return command_text(
        arena,
        &(struct command_body){.command = command_find("delivery.record"),
                               .ids = {[ID_EVENT] = event_id, [ID_DELIVERY] = report->delivery_id},
                               .request = &request});
}

const char *attempt_bulk_body(const void *arena, const char *event_id,
                              const struct delivery_bulk *bulk)
{
    struct delivery_bulk request = *bulk;
    return command_text(arena,
                        &(struct command_body){.command = command_find("delivery.record_bulk"),
                                               .ids = {[ID_EVENT] = event_id},
                                               .request = &request});
}

enum attempt_answer attempt_answer(const struct reply *reply)
{
    if (reply->outcome != REPLY_ANSWERED || reply->status == UNAVAILABLE)
        return ATTEMPT_AGAIN;
    return reply->status < 300 ? ATTEMPT_TAKEN : ATTEMPT_REFUSED;
}

/* A ticket whose code is not known admits nobody. */
static bool is_whole(const struct delivery_payload *order)
{
    for (size_t i = 0; i < order->tickets.n; i++)
        if (order->tickets.at[i].code == NULL || order->tickets.at[i].signature == NULL)
            return false;
    return order->id != NULL && order->channel != CHANNEL_UNSET &&
           order->status != DELIVERY_UNSET &&
           (order->status != DELIVERY_SENDING ||
            (order->address != NULL && order->message != NULL));
}

const struct delivery_payload *attempt_payload(void *arena, const json_t *json)
{
    struct delivery_payload *order = mem_new(arena, struct delivery_payload);
    bool right = record_decode_tolerant(arena, &delivery_payload_record, json, order) == 0;
    return right && is_whole(order) ? order : NULL;
}

enum attempt_answer attempt_result(void *arena, const json_t *outcome,
                                   const struct delivery_payload **ret_order)
{
    static const enum attempt_answer answers[] = {[BULK_UNSET] = ATTEMPT_AGAIN,
                                                  [BULK_TAKEN] = ATTEMPT_TAKEN,
                                                  [BULK_REFUSED] = ATTEMPT_REFUSED,
                                                  [BULK_ALONE] = ATTEMPT_ALONE};
    struct delivery_bulk_outcome read;
    *ret_order = NULL;
    if (record_decode_tolerant(arena, &delivery_bulk_outcome_record, outcome, &read) == 0)
        *ret_order = read.order != NULL && is_whole(read.order) ? read.order : NULL;
    else if (record_decode_tolerant(arena, &delivery_bulk_result_record, outcome, &read) < 0)
        return ATTEMPT_AGAIN;
    return answers[read.result];
}

int64_t attempt_wait_ms(unsigned n)
{
    int64_t wait = FIRST_WAIT_MS;
    while (n-- > 1 && wait < LONGEST_WAIT_MS)
        wait *= 2;
    return wait < LONGEST_WAIT_MS ? wait : LONGEST_WAIT_MS;
}
