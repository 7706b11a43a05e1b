#include "notify-svc/callback.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"

#define PATH "/v1/callbacks/sms"
#define SIGNATURE_SIZE (2 * crypto_auth_hmacsha256_BYTES + 1)

#define T struct callback
static const struct field fields[] = {
    FIELD_ID(T, delivery_id, DELIVERY_PREFIX),
    FIELD(T, message_id, .max = 998, .summary = "The Message-ID, instead of delivery_id."),
    FIELD_ENUM(T, status, settlement_status_names, .flags = REQUIRED),
    FIELD(T, reason, .max = 500),
    FIELD(T, permanent,
          .summary = "For a bounce: whether nothing sent to the address will ever arrive. "
                     "Default: true."),
};

static void check_named(const void *members, struct decoder *decoder)
{
    const struct callback *callback = members;
    if ((callback->delivery_id != NULL) == (callback->message_id != NULL))
        violations_add(decoder->violations, decoder->path, VIOLATION_exactly_one);
}
const struct record callback_record =
    RECORD("callback", T, fields, .rules = RULES({"delivery_id message_id", check_named}));
#undef T

/* ---- who may */

static bool same(const char *said, const char *secret)
{
    uint8_t one[crypto_hash_sha256_BYTES], other[crypto_hash_sha256_BYTES];
    if (said == NULL)
        return false;
    crypto_hash_sha256(one, (const uint8_t *)said, strlen(said));
    crypto_hash_sha256(other, (const uint8_t *)secret, strlen(secret));
    return sodium_memcmp(one, other, sizeof one) == 0;
}

static const char *after_scheme(const char *authorization, const char *scheme)
{
    size_t length = strlen(scheme);
    if (authorization == NULL || strncasecmp(authorization, scheme, length) != 0)
        return NULL;
    const char *rest = authorization + length;
    return *rest == ' ' ? rest + strspn(rest, " ") : NULL;
}

/* RFC 7617 section 2; NULL: there is none. */
static const char *basic_password(const void *arena, const char *authorization)
{
    const char *packed = after_scheme(authorization, "Basic");
    size_t room = packed != NULL ? strlen(packed) : 0, length;
    char *plain = mem_zeroed(arena, room + 1);
    if (packed == NULL || sodium_base642bin((uint8_t *)plain, room, packed, room, NULL, &length,
                                            NULL, sodium_base64_VARIANT_ORIGINAL) < 0)
        return NULL;
    const char *colon = strchr(plain, ':');
    return colon != NULL && strlen(plain) == length ? colon + 1 : NULL;
}

static void sign(char out[SIGNATURE_SIZE], const char *secret, const char *delivery_id,
                 const char *resends)
{
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const uint8_t *)secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)delivery_id, strlen(delivery_id) + 1);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)resends, strlen(resends));
    crypto_auth_hmacsha256_final(&state, mac);
    text_hex(out, mac, sizeof mac);
}

static bool is_signed(const char *secret, const struct query *query)
{
    const char *delivery_id = query_get(query, "delivery_id");
    const char *resends = query_get(query, "resends");
    char signature[SIGNATURE_SIZE];
    if (delivery_id == NULL || resends == NULL)
        return false;
    sign(signature, secret, delivery_id, resends);
    return same(query_get(query, "signature"), signature);
}

enum callback_right callback_right(const void *arena, const char *secret, const char *authorization,
                                   const struct query *query)
{
    if (same(after_scheme(authorization, "Bearer"), secret) ||
        same(basic_password(arena, authorization), secret) ||
        same(query_get(query, "secret"), secret))
        return CALLBACK_ANY;
    return is_signed(secret, query) ? CALLBACK_OWN : CALLBACK_DENIED;
}

char *callback_address(const void *arena, const struct callback_config *config,
                       const struct delivery_payload *order, const char *more)
{
    char signature[SIGNATURE_SIZE];
    if (config->url == NULL || config->secret == NULL)
        return NULL;
    const char *resends = mem_printf(arena, "%lld", (long long)order->resends);
    sign(signature, config->secret, order->id, resends);
    return mem_printf(arena, "%s" PATH "?delivery_id=%s&resends=%s&signature=%s%s", config->url,
                      order->id, resends, signature, more);
}

/* ---- what they say */

/* Digits alone, up to a million; -1: it is no such number. */
static int64_t number_of(const char *text)
{
    size_t length = text != NULL ? strlen(text) : 0;
    bool plain = length > 0 && length < 7 && strspn(text, "0123456789") == length;
    return plain ? strtoll(text, NULL, 10) : -1;
}

/* The delivery that an address of ours names. */
static bool take_delivery(const struct query *query, struct callback *report)
{
    const char *id = query_get(query, "delivery_id"), *resends = query_get(query, "resends");
    if (id == NULL || !id_valid(DELIVERY_PREFIX, id) || (resends != NULL && number_of(resends) < 0))
        return false;
    report->delivery_id = id;
    report->resends = (struct opt_int64){.set = resends != NULL, .value = number_of(resends)};
    return true;
}

bool callback_is_own(const struct query *query, struct callback *report)
{
    struct callback own = {.delivery_id = NULL};
    if (!take_delivery(query, &own) || !own.resends.set ||
        strcmp(own.delivery_id, report->delivery_id) != 0 ||
        (report->resends.set && report->resends.value != own.resends.value))
        return false;
    report->resends = own.resends;
    return true;
}

enum callback_reader callback_from_kannel(const struct query *query, struct callback *ret_report)
{
    struct callback report = {.status = SETTLEMENT_FAILED};
    int64_t dlr = number_of(query_get(query, "dlr"));
    if (!take_delivery(query, &report) || dlr < 0)
        return CALLBACK_UNREADABLE;
    if (dlr == 1)
        report.status = SETTLEMENT_DELIVERED;
    else if (dlr == 2)
        report.reason = "not_delivered";
    else if (dlr == 16)
        report.reason = "rejected";
    else
        return CALLBACK_NOTHING;
    *ret_report = report;
    return CALLBACK_REPORT;
}

static bool is_one_of(const char *text, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, text) == 0)
            return true;
    return false;
}

enum callback_reader callback_from_twilio(const void *arena, const struct query *query,
                                          const struct query *form, struct callback *ret_report)
{
    static const char *const arrived[] = {"delivered", "read", NULL};
    static const char *const lost[] = {"undelivered", "failed", "canceled", NULL};
    struct callback report = {.status = SETTLEMENT_DELIVERED};
    const char *status = query_get(form, "MessageStatus");
    int64_t code = number_of(query_get(form, "ErrorCode"));
    if (!take_delivery(query, &report) || status == NULL)
        return CALLBACK_UNREADABLE;
    if (is_one_of(status, lost)) {
        report.status = SETTLEMENT_FAILED;
        report.reason = code < 0 ? mem_strdup(arena, status)
                                 : mem_printf(arena, "twilio_%lld", (long long)code);
    } else if (!is_one_of(status, arrived)) {
        return CALLBACK_NOTHING;
    }
    *ret_report = report;
    return CALLBACK_REPORT;
}

bool callback_name(const void *arena, struct callback *report)
{
    const char *begin = report->message_id + (*report->message_id == '<');
    const char *at = strchr(begin, '@');
    if (at == NULL)
        return false;
    char *id = mem_strndup(arena, begin, (size_t)(at - begin));
    char *dot = strchr(id, '.');
    int64_t resends = dot != NULL ? number_of(dot + 1) : 0;
    if (dot != NULL)
        *dot = '\0';
    if (resends < 0 || !id_valid(DELIVERY_PREFIX, id))
        return false;
    report->delivery_id = id;
    report->resends = (struct opt_int64){.set = true, .value = resends};
    return true;
}
