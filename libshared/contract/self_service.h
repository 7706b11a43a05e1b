/* self_service: links by which a registered person confirms or cancels the own registration, or
 * leaves what it is told by marketing, and by which the buyer of an order or the holder of one of
 * its tickets sees it, without a key and with no other right.
 *
 * A link is <SELF_SERVICE_URL>/<purpose>#<token>, or <ORDER_PAGE_URL>#<token>: what is behind the #
 * goes to no server. A token is
 *
 *   <purpose>.<event id>.<subject id>.<expiry>.<mac>
 *
 * purpose   confirm, cancel or unsubscribe, whose subject is an attendee; or order, whose subject
 *           is one
 * expiry    seconds since 1970, in decimal: from then on the token is expired
 * mac       HMAC-SHA-512-256 (libsodium's crypto_auth), in base64url without padding, over
 *           <purpose>.<event id>.<subject id>.<expiry>.<address>
 *
 * The address is that of the attendee, buyer or holder at the time of use, folded as
 * text_fold_email() does. It is not in the token, and a change of the address ends all tokens that
 * were sent to the old one.
 *
 * self_service_read() reads the token's claims; they count only once self_service_genuine()
 * confirms them. Pure functions, any thread; results in the given arena; times in milliseconds
 * since 1970. */
#pragma once

#include "libshared/contract/attendee.h"
#include "libshared/contract/signing.h"

#define SELF_SERVICE_KEY 32
#define SELF_SERVICE_MAC 32
#define SELF_SERVICE_TOKEN_MAX 300 /* characters */

/* How an installation makes links. */
struct self_service {
    uint8_t key[SELF_SERVICE_KEY];
    const char *url;            /* what links of attendees begin with */
    const char *order_page_url; /* what links of orders begin with */
    int64_t seconds;            /* how long one lives */
    const char *sender;         /* of its mails: "Name <address>" or an address; NULL: not known */
};
/* Derived (crypto_kdf) from the seed of the key that signs tickets, and no use for signing them. */
void self_service_key(const struct signing_key *signing_key, uint8_t ret_key[SELF_SERVICE_KEY]);
/* Whether links can begin with it: http:// or https://, nothing behind it that ends an address in a
 * text, and no slash at its end. */
bool self_service_url_valid(const char *url);

enum self_service_purpose {
    SELF_SERVICE_UNSET,
    SELF_SERVICE_CONFIRM,
    SELF_SERVICE_CANCEL,
    SELF_SERVICE_UNSUBSCRIBE,
    SELF_SERVICE_ORDER,
};

struct self_service_link {
    const char *url, *token;
    int64_t expires_at;
};
/* The attendee's id, event and address are taken. */
struct self_service_link self_service_link(const void *arena, const struct self_service *service,
                                           enum self_service_purpose purpose,
                                           const struct attendee *attendee, int64_t expires_at);

/* An order as one of its readers may see it. */
struct self_service_order {
    const char *event_id, *order_id;
    const char *email; /* the buyer's, or a holder's */
    int64_t over_at;   /* the event's end; 0: not known */
};
/* Lives for `seconds` from the end of the event on, or from now on if that is later. */
struct self_service_link self_service_order_link(const void *arena,
                                                 const struct self_service *service,
                                                 const struct self_service_order *order,
                                                 int64_t now);

/* Out of marketing, for some ten years; the consent is withdrawn and nothing else done. */
struct self_service_way_out {
    const char *post; /* for mail programs, who POST to it (RFC 8058): its query has the token */
    const char *page; /* for people: a link as the others are */
};
struct self_service_way_out self_service_way_out(const void *arena,
                                                 const struct self_service *service,
                                                 const struct attendee *attendee, int64_t now);

struct self_service_token {
    enum self_service_purpose purpose;
    const char *event_id, *subject_id;
    int64_t expires_at;
    uint8_t mac[SELF_SERVICE_MAC];
};
/* False: it is no token. */
bool self_service_read(const void *arena, const char *text, struct self_service_token *ret_token)
    __attribute__((warn_unused_result));
/* Whether it was made here for that address; NULL is none. */
bool self_service_genuine(const struct self_service *service,
                          const struct self_service_token *token, const char *email)
    __attribute__((warn_unused_result));

/* The commands attendee.…_by_token. */
struct self_service_request {
    const char *token;
};
/* The event that the token claims; NULL: it is no token. */
const char *self_service_event(const void *arena, const void *request);
/* All that the holder of a token is told. */
struct self_service_state {
    enum attendee_status status;
    const char *event_name;
};
/* For the organiser's own mail. */
struct self_service_links {
    struct self_service_link *confirm, *cancel;
};
struct self_service_links self_service_links(const void *arena, const struct self_service *service,
                                             const struct attendee *attendee, int64_t now);
/* The buyer's, likewise. */
struct order_links {
    struct self_service_link *order;
};

RECORD_OF(struct self_service_request, self_service_request_record);
RECORD_OF(struct self_service_state, self_service_state_record);
RECORD_OF(struct self_service_links, self_service_links_record);
RECORD_OF(struct order_links, order_links_record);
