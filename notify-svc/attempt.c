#include "notify-svc/attempt.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/event.h"

#define FIRST_WAIT_MS 100
#define LONGEST_WAIT_MS 5000

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

bool attempt_read(const void *arena, const void *body, size_t size, const char *instance,
                  const uint8_t random[ATTEMPT_RANDOM], struct attempt *ret_attempt)
{
    _cleanup_(json_free) json_t *json = load(body, size);
    const char *event_id, *delivery_id, *channel = "";
    json_int_t number;
    if (json_unpack(json, "{s:s, s:s, s:I, s?s}", "event_id", &event_id, "delivery_id",
                    &delivery_id, "attempt", &number, "channel", &channel) < 0)
        return false;
    if (number < 1 || !id_valid(EVENT_PREFIX, event_id) || !id_valid(DELIVERY_PREFIX, delivery_id))
        return false;
    *ret_attempt = (struct attempt){
        .event_id = mem_strdup(arena, event_id),
        .delivery_id = mem_strdup(arena, delivery_id),
        .channel = strcmp(channel, channel_names[CHANNEL_SMS]) == 0 ? CHANNEL_SMS : CHANNEL_EMAIL,
        .number = number,
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

static json_t *report_of(const struct attempt *attempt, enum delivery_status status)
{
    return json_pack("{s:s, s:s, s:I, s:s}", "delivery_id", attempt->delivery_id, "status",
                     delivery_status_names[status], "attempt", (json_int_t)attempt->number, "claim",
                     attempt->claim);
}

json_t *attempt_claim(const struct attempt *attempt, const char *sender)
{
    json_t *json = report_of(attempt, DELIVERY_SENDING);
    (void)json_object_set_new(json, "sender", json_string(sender));
    return json;
}

json_t *attempt_report(const struct attempt *attempt, const struct outcome *outcome)
{
    json_t *json = report_of(attempt, outcome->status);
    if (outcome->provider_id != NULL)
        (void)json_object_set_new(json, "provider_id", json_string(outcome->provider_id));
    if (outcome->error != NULL)
        (void)json_object_set_new(json, "error", json_string(outcome->error));
    return json;
}

static char *body_of(const void *arena, json_t *json_take)
{
    char *text = json_dumps(json_take, JSON_COMPACT);
    char *body = mem_strdup(arena, text);
    free(text);
    json_decref(json_take);
    return body;
}

char *attempt_body(const void *arena, const char *event_id, json_t *report_take)
{
    (void)json_object_set_new(report_take, "event_id", json_string(event_id));
    return body_of(arena, report_take);
}

char *attempt_bulk_body(const void *arena, const char *event_id, json_t *reports_take)
{
    return body_of(arena, json_pack("{s:s, s:o}", "event_id", event_id, "reports", reports_take));
}

enum attempt_answer attempt_answer(const struct reply *reply)
{
    if (reply->outcome != REPLY_ANSWERED || reply->status >= 500)
        return ATTEMPT_AGAIN;
    return reply->status < 300 ? ATTEMPT_TAKEN : ATTEMPT_REFUSED;
}

enum attempt_answer attempt_result(const json_t *outcome)
{
    static const enum attempt_answer answers[] = {[BULK_UNSET] = ATTEMPT_AGAIN,
                                                  [BULK_TAKEN] = ATTEMPT_TAKEN,
                                                  [BULK_REFUSED] = ATTEMPT_REFUSED,
                                                  [BULK_ALONE] = ATTEMPT_ALONE};
    const char *result = json_string_value(json_object_get(outcome, "result"));
    int i = BULK_ALONE;
    while (i > BULK_UNSET && (result == NULL || strcmp(bulk_result_names[i], result) != 0))
        i--;
    return answers[i];
}

int64_t attempt_wait_ms(unsigned n)
{
    int64_t wait = FIRST_WAIT_MS;
    while (n-- > 1 && wait < LONGEST_WAIT_MS)
        wait *= 2;
    return wait < LONGEST_WAIT_MS ? wait : LONGEST_WAIT_MS;
}
