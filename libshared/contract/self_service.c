#include "libshared/contract/self_service.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"

_Static_assert(SELF_SERVICE_KEY == crypto_auth_KEYBYTES, "a key of crypto_auth");
_Static_assert(SELF_SERVICE_KEY >= crypto_kdf_BYTES_MIN, "a key that crypto_kdf derives");
_Static_assert(SELF_SERVICE_MAC == crypto_auth_BYTES, "what crypto_auth gives");
_Static_assert(SIGNING_SEED == crypto_kdf_KEYBYTES, "a master key of crypto_kdf");

#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

static const struct {
    const char *name, *subject; /* the prefix of its subject's id */
} purposes[] = {
    [SELF_SERVICE_CONFIRM] = {"confirm", ATTENDEE_PREFIX},
    [SELF_SERVICE_CANCEL] = {"cancel", ATTENDEE_PREFIX},
    [SELF_SERVICE_UNSUBSCRIBE] = {"unsubscribe", ATTENDEE_PREFIX},
    [SELF_SERVICE_ORDER] = {"order", ORDER_PREFIX},
};

#define T struct self_service_request
static const struct field request_fields[] = {
    FIELD(T, token, .flags = REQUIRED, .max = SELF_SERVICE_TOKEN_MAX,
          .summary = "The part of the link after the #."),
};
const struct record self_service_request_record = RECORD("self_service_request", T, request_fields);
#undef T

#define T struct self_service_state
static const struct field state_fields[] = {
    FIELD_ENUM(T, status, attendee_status_names),
    FIELD(T, event_name),
};
const struct record self_service_state_record = RECORD("self_service_state", T, state_fields);
#undef T

#define T struct self_service_link
static const struct field link_fields[] = {
    FIELD(T, url),
    FIELD(T, token),
    FIELD_TIME(T, expires_at),
};
static const struct record link_record = RECORD("self_service_link", T, link_fields);
#undef T

#define T struct self_service_links
static const struct field links_fields[] = {
    FIELD_NESTED(T, confirm, link_record),
    FIELD_NESTED(T, cancel, link_record),
};
const struct record self_service_links_record = RECORD("self_service_links", T, links_fields);
#undef T

#define T struct order_links
static const struct field order_links_fields[] = {
    FIELD_NESTED(T, order, link_record),
};
const struct record order_links_record = RECORD("order_links", T, order_links_fields);
#undef T

void self_service_key(const struct signing_key *signing_key, uint8_t ret_key[SELF_SERVICE_KEY])
{
    uint8_t seed[SIGNING_SEED];
    (void)crypto_sign_ed25519_sk_to_seed(seed, signing_key->secret);
    (void)crypto_kdf_derive_from_key(ret_key, SELF_SERVICE_KEY, 1, "selfserv", seed);
    sodium_memzero(seed, sizeof seed);
}

bool self_service_url_valid(const char *url)
{
    size_t scheme = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;
    return scheme > 0 && url[scheme] != '\0' && url[strlen(url) - 1] != '/' &&
           text_printable_ascii(url) && strpbrk(url, " #<>\"'`\\{}|^") == NULL;
}

/* The part of a token that its mac is over, but for the address. */
static const char *claim(const void *arena, const struct self_service_token *token)
{
    return mem_printf(arena, "%s.%s.%s.%lld", purposes[token->purpose].name, token->event_id,
                      token->subject_id, (long long)(token->expires_at / 1000));
}

static void authenticate(const struct self_service *service, const void *arena,
                         const struct self_service_token *token, const char *email,
                         uint8_t ret_mac[SELF_SERVICE_MAC])
{
    const char *said =
        mem_printf(arena, "%s.%s", claim(arena, token), text_fold_email(arena, email));
    (void)crypto_auth(ret_mac, (const uint8_t *)said, strlen(said), service->key);
}

/* The text of a token; its mac is made here. */
static const char *write_token(const void *arena, const struct self_service *service,
                               const struct self_service_token *token, const char *email)
{
    uint8_t mac[SELF_SERVICE_MAC];
    char text[sodium_base64_ENCODED_LEN(SELF_SERVICE_MAC, BASE64)];
    authenticate(service, arena, token, email, mac);
    (void)sodium_bin2base64(text, sizeof text, mac, sizeof mac, BASE64);
    return mem_printf(arena, "%s.%s", claim(arena, token), text);
}

struct self_service_link self_service_link(const void *arena, const struct self_service *service,
                                           enum self_service_purpose purpose,
                                           const struct attendee *attendee, int64_t expires_at)
{
    const struct self_service_token token = {.purpose = purpose,
                                             .event_id = attendee->event_id,
                                             .subject_id = attendee->id,
                                             .expires_at = expires_at};
    struct self_service_link link = {.token = write_token(arena, service, &token, attendee->email),
                                     .expires_at = expires_at / 1000 * 1000};
    link.url = mem_printf(arena, "%s/%s#%s", service->url, purposes[purpose].name, link.token);
    return link;
}

struct self_service_link self_service_order_link(const void *arena,
                                                 const struct self_service *service,
                                                 const struct self_service_order *order,
                                                 int64_t now)
{
    int64_t from = order->over_at > now ? order->over_at : now;
    const struct self_service_token token = {.purpose = SELF_SERVICE_ORDER,
                                             .event_id = order->event_id,
                                             .subject_id = order->order_id,
                                             .expires_at = from + service->seconds * 1000};
    struct self_service_link link = {.token = write_token(arena, service, &token, order->email),
                                     .expires_at = token.expires_at / 1000 * 1000};
    link.url = mem_printf(arena, "%s#%s", service->order_page_url, link.token);
    return link;
}

struct self_service_links self_service_links(const void *arena, const struct self_service *service,
                                             const struct attendee *attendee, int64_t now)
{
    int64_t expires_at = now + service->seconds * 1000;
    const struct self_service_link confirm = self_service_link(arena, service, SELF_SERVICE_CONFIRM,
                                                               attendee, expires_at),
                                   cancel = self_service_link(arena, service, SELF_SERVICE_CANCEL,
                                                              attendee, expires_at);
    return (struct self_service_links){.confirm = mem_dup(arena, &confirm, sizeof confirm),
                                       .cancel = mem_dup(arena, &cancel, sizeof cancel)};
}

/* Old mails are found again after years. */
#define WAY_OUT_MS (INT64_C(3653) * 24 * 60 * 60 * 1000)

struct self_service_way_out self_service_way_out(const void *arena,
                                                 const struct self_service *service,
                                                 const struct attendee *attendee, int64_t now)
{
    const struct self_service_link link =
        self_service_link(arena, service, SELF_SERVICE_UNSUBSCRIBE, attendee, now + WAY_OUT_MS);
    return (struct self_service_way_out){.post = mem_printf(arena, "%s/%s?token=%s", service->url,
                                                            purposes[SELF_SERVICE_UNSUBSCRIBE].name,
                                                            link.token),
                                         .page = link.url};
}

/* The text to the next dot, which *at is moved behind; NULL: there is no more. */
static const char *next_part(const void *arena, const char **at)
{
    if (*at == NULL)
        return NULL;
    size_t length = strcspn(*at, ".");
    const char *part = mem_strndup(arena, *at, length);
    *at = (*at)[length] == '.' ? *at + length + 1 : NULL;
    return part;
}

static enum self_service_purpose purpose_of(const char *text)
{
    for (int i = SELF_SERVICE_CONFIRM; i <= SELF_SERVICE_ORDER; i++)
        if (strcmp(text, purposes[i].name) == 0)
            return (enum self_service_purpose)i;
    return SELF_SERVICE_UNSET;
}

/* Some ten thousand years are enough; -1: none. */
static int64_t seconds_of(const char *text)
{
    size_t length = strlen(text);
    bool plain = length >= 1 && length <= 12 && strspn(text, "0123456789") == length;
    return plain ? atoll(text) : -1;
}

static bool read_mac(const char *text, uint8_t ret_mac[SELF_SERVICE_MAC])
{
    size_t length;
    return sodium_base642bin(ret_mac, SELF_SERVICE_MAC, text, strlen(text), NULL, &length, NULL,
                             BASE64) == 0 &&
           length == SELF_SERVICE_MAC;
}

bool self_service_read(const void *arena, const char *text, struct self_service_token *ret_token)
{
    const char *parts[5], *rest = text;
    for (size_t i = 0; i < 5; i++)
        if ((parts[i] = next_part(arena, &rest)) == NULL)
            return false;
    int64_t seconds = seconds_of(parts[3]);
    struct self_service_token token = {.purpose = purpose_of(parts[0]),
                                       .event_id = parts[1],
                                       .subject_id = parts[2],
                                       .expires_at = seconds * 1000};
    if (rest != NULL || token.purpose == SELF_SERVICE_UNSET || seconds < 0 ||
        !id_valid(EVENT_PREFIX, parts[1]) || !id_valid(purposes[token.purpose].subject, parts[2]) ||
        !read_mac(parts[4], token.mac))
        return false;
    *ret_token = token;
    return true;
}

bool self_service_genuine(const struct self_service *service,
                          const struct self_service_token *token, const char *email)
{
    if (email == NULL)
        return false;
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
    uint8_t mac[SELF_SERVICE_MAC];
    authenticate(service, scratch, token, email, mac);
    return sodium_memcmp(mac, token->mac, sizeof mac) == 0;
}

const char *self_service_event(const void *arena, const void *request)
{
    const struct self_service_request *asked = request;
    struct self_service_token token;
    return self_service_read(arena, asked->token, &token) ? token.event_id : NULL;
}
