/* Links by which people confirm and cancel by themselves: what makes a token one, and what ends it.
 */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/self_service.h"
#include "tests/support/ids.h"

#define EXPIRES INT64_C(1777658400000)

static struct self_service service(uint8_t seed)
{
    struct signing_key key;
    struct self_service service = {.url = "https://example.org/me",
                                   .order_page_url = "https://example.org/my-order",
                                   .seconds = 3600};
    signing_key_make((const uint8_t[SIGNING_SEED]){seed}, &key);
    self_service_key(&key, service.key);
    return service;
}

static const struct attendee ana = {
    .id = ATTENDEE_ID, .event_id = EVENT_ID, .email = "Ana@M\xc3\xbcnchen.example"};

static const char *token(const void *arena, enum self_service_purpose purpose)
{
    const struct self_service at = service(1);
    return self_service_link(arena, &at, purpose, &ana, EXPIRES).token;
}

static bool genuine(const void *arena, const char *text, uint8_t seed, const char *email)
{
    const struct self_service at = service(seed);
    struct self_service_token read;
    return self_service_read(arena, text, &read) && self_service_genuine(&at, &read, email);
}

START_TEST(a_link_hides_its_token_behind_the_address)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const struct self_service at = service(1);
    const struct self_service_link link =
        self_service_link(arena, &at, SELF_SERVICE_CANCEL, &ana, EXPIRES);
    ck_assert_str_eq(link.url, mem_printf(arena, "https://example.org/me/cancel#%s", link.token));
    ck_assert_int_eq(link.expires_at, EXPIRES);
}
END_TEST

/* RFC 8058 section 3.1: what the mail program posts to says all. */
START_TEST(the_way_out_has_its_token_in_the_address)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const struct self_service at = service(1);
    const struct self_service_way_out out = self_service_way_out(arena, &at, &ana, EXPIRES);
    struct self_service_token read;
    ck_assert_ptr_nonnull(strstr(out.post, "https://example.org/me/unsubscribe?token="));
    ck_assert(self_service_read(arena, strchr(out.post, '=') + 1, &read));
    ck_assert_int_eq(read.purpose, SELF_SERVICE_UNSUBSCRIBE);
    ck_assert_int_gt(read.expires_at, EXPIRES + INT64_C(365) * 86400000);
    ck_assert(self_service_genuine(&at, &read, ana.email));
    ck_assert_str_eq(out.page, mem_printf(arena, "https://example.org/me/unsubscribe#%s",
                                          strchr(out.post, '=') + 1));
}
END_TEST

START_TEST(a_token_says_for_whom_and_until_when)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct self_service_token read;
    const char *text = token(arena, SELF_SERVICE_CONFIRM);
    static const char claim[] = "confirm." EVENT_ID "." ATTENDEE_ID ".1777658400.";
    ck_assert_msg(strncmp(text, claim, strlen(claim)) == 0, "%s", text);
    ck_assert(self_service_read(arena, text, &read));
    ck_assert_int_eq(read.purpose, SELF_SERVICE_CONFIRM);
    ck_assert_str_eq(read.event_id, EVENT_ID);
    ck_assert_str_eq(read.subject_id, ATTENDEE_ID);
    ck_assert_int_eq(read.expires_at, EXPIRES);
    ck_assert_ptr_null(strchr(text, '@'));
}
END_TEST

START_TEST(a_token_goes_with_its_address_and_key)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const char *text = token(arena, SELF_SERVICE_CONFIRM);
    ck_assert(genuine(arena, text, 1, "Ana@M\xc3\xbcnchen.example"));
    ck_assert(genuine(arena, text, 1, "ana@xn--mnchen-3ya.example"));
    ck_assert(!genuine(arena, text, 1, "ben@example.org"));
    ck_assert(!genuine(arena, text, 1, NULL));
    ck_assert(!genuine(arena, text, 2, "ana@xn--mnchen-3ya.example"));
}
END_TEST

START_TEST(nothing_of_a_token_can_be_changed)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const char *text = token(arena, SELF_SERVICE_CONFIRM);
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        char *forged = mem_strdup(arena, text);
        forged[i] = forged[i] == '3' ? '4' : '3';
        ck_assert_msg(!genuine(arena, forged, 1, ana.email), "%s", forged);
    }
    const char *mac = strrchr(text, '.');
    ck_assert(!genuine(arena,
                       mem_printf(arena, "cancel." EVENT_ID "." ATTENDEE_ID ".1777658400%s", mac),
                       1, ana.email));
}
END_TEST

START_TEST(what_is_no_token_is_not_read)
{
    static const char *const texts[] = {
        "",
        ".",
        "....",
        "confirm",
        "confirm." EVENT_ID "." ATTENDEE_ID ".1777658400",
        "confirm." EVENT_ID "." ATTENDEE_ID ".1777658400.",
        "confirm." EVENT_ID "." ATTENDEE_ID ".1777658400.AAAA",
        "delete." EVENT_ID "." ATTENDEE_ID ".1777658400."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "confirm." ATTENDEE_ID "." EVENT_ID ".1777658400."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "confirm." EVENT_ID "." ATTENDEE_ID ".-1."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "confirm." EVENT_ID "." ATTENDEE_ID ".99999999999999999999."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "confirm." EVENT_ID "." ATTENDEE_ID ".1777658400."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.",
        "confirm." EVENT_ID "." ATTENDEE_ID ".1777658400."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA =",
    };
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct self_service_token read;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_msg(!self_service_read(arena, texts[i], &read), "%s", texts[i]);
}
END_TEST

static struct self_service_link order_link(const void *arena, int64_t now, int64_t over_at)
{
    const struct self_service at = service(1);
    return self_service_order_link(
        arena, &at,
        &(struct self_service_order){EVENT_ID, ORDER_ID, .email = ana.email, .over_at = over_at},
        now);
}

START_TEST(the_link_of_an_order_leads_to_its_page)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const struct self_service_link link = order_link(arena, EXPIRES, 0);
    struct self_service_token read;
    ck_assert_str_eq(link.url, mem_printf(arena, "https://example.org/my-order#%s", link.token));
    ck_assert(self_service_read(arena, link.token, &read));
    ck_assert_int_eq(read.purpose, SELF_SERVICE_ORDER);
    ck_assert_str_eq(read.subject_id, ORDER_ID);
    ck_assert(genuine(arena, link.token, 1, ana.email));
    ck_assert(!genuine(arena, link.token, 1, "ben@example.org"));
    /* What is for one kind of record is for no other. */
    ck_assert(!self_service_read(arena,
                                 "order." EVENT_ID "." ATTENDEE_ID
                                 ".1777658400.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                 &read));
    ck_assert(!self_service_read(arena,
                                 "cancel." EVENT_ID "." ORDER_ID
                                 ".1777658400.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                 &read));
}
END_TEST

START_TEST(the_link_of_an_order_outlives_the_event)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    int64_t later = EXPIRES + INT64_C(400) * 86400000;
    ck_assert_int_eq(order_link(arena, EXPIRES, 0).expires_at, EXPIRES + 3600000);
    ck_assert_int_eq(order_link(arena, EXPIRES, later).expires_at, later + 3600000);
}
END_TEST

START_TEST(links_begin_with_an_address_of_the_web)
{
    ck_assert(self_service_url_valid("https://example.org/me"));
    ck_assert(self_service_url_valid("http://127.0.0.1:8082/v1/attendees"));
    static const char *const wrong[] = {"",
                                        "example.org",
                                        "ftp://example.org",
                                        "https://",
                                        "https://a b",
                                        "https://example.org/#x",
                                        "https://example.org/<x>",
                                        "https://example.org/"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!self_service_url_valid(wrong[i]), "%s", wrong[i]);
}
END_TEST

CHECK_MAIN("self_service", the_way_out_has_its_token_in_the_address,
           a_link_hides_its_token_behind_the_address, a_token_says_for_whom_and_until_when,
           a_token_goes_with_its_address_and_key, nothing_of_a_token_can_be_changed,
           what_is_no_token_is_not_read, the_link_of_an_order_leads_to_its_page,
           the_link_of_an_order_outlives_the_event, links_begin_with_an_address_of_the_web)
