/* What is asked of an SMS gateway, and what its answers mean. */
#include "notify-svc/sms.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"

static int configure(const void *arena, const char *url, struct sms_config *config)
{
    struct settings settings = {.sms_url = url};
    return sms_configure(arena, &settings, config);
}

static const struct delivery_payload *message(const char *to, const char *text)
{
    static struct delivery_payload order;
    order = (struct delivery_payload){
        .id = "delivery_01jz3w4v9he8qb2m5x7k6d0c1n", .address = to, .message = text};
    return &order;
}

START_TEST(text_messages_need_a_gateway)
{
    ck_assert(!sms_available(&(struct settings){0}));
    ck_assert(sms_available(&(struct settings){.sms_url = "kannel+http://host"}));

    struct sms_config config;
    ck_assert_int_eq(configure(NULL, NULL, &config), 0);
    struct outcome outcome = sms_send(NULL, &config, NULL, &(struct delivery_payload){0});
    ck_assert_int_eq(outcome.status, DELIVERY_FAILED);
    ck_assert_str_eq(outcome.error, "channel_unavailable");
}
END_TEST

START_TEST(an_address_that_makes_no_sense_is_refused)
{
    static const char *const urls[] = {
        "http://host/cgi-bin/sendsms",
        "kannel+ftp://host/",
        "kannel+http://",
        "kannel+",
        "",
        "kannel+http://host:99999/",
        "twilio+ftp://host/",
        "twilio+",
        "tw+https://host/",
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct sms_config config;
        ck_assert_msg(configure(arena, urls[i], &config) == -EINVAL, "%s", urls[i]);
    }
    mem_free(arena);
}
END_TEST

START_TEST(plain_text_is_told_from_text_that_needs_unicode)
{
    ck_assert(sms_is_gsm(""));
    ck_assert(sms_is_gsm("Hello, @$£ [€] {~}\n\\ ^|"));
    ck_assert(sms_is_gsm("¿Qué? ÄÖÜ äöü ñ Ñ ß å Æ ΔΦΓΛΩΠΨΣΘΞ"));
    ck_assert(!sms_is_gsm("ç")); /* only its capital */
    ck_assert(!sms_is_gsm("`"));
    ck_assert(!sms_is_gsm("Ω and α"));
    ck_assert(!sms_is_gsm("日本"));
}
END_TEST

START_TEST(a_request_carries_what_the_gateway_needs)
{
    void *arena = mem_arena(NULL, 0);
    struct sms_config config;
    ck_assert_int_eq(
        configure(arena, "kannel+http://me:p%26w@host:13013/cgi-bin/sendsms?from=Box", &config), 0);
    ck_assert_str_eq(sms_request(arena, &config, message("+34600000000", "1 + 1 = 2 & more")),
                     "http://host:13013/cgi-bin/sendsms?from=Box&username=me&password=p%26w"
                     "&to=%2b34600000000&charset=UTF-8&text=1+%2b+1+%3d+2+%26+more");
    ck_assert_str_eq(sms_request(arena, &config, message("+34600000000", "α")),
                     "http://host:13013/cgi-bin/sendsms?from=Box&username=me&password=p%26w"
                     "&to=%2b34600000000&charset=UTF-8&coding=2&text=%ce%b1");
    mem_free(arena);
}
END_TEST

START_TEST(a_gateway_without_password_is_asked_without)
{
    void *arena = mem_arena(NULL, 0);
    struct sms_config config;
    ck_assert_int_eq(configure(arena, "kannel+https://host/sendsms", &config), 0);
    ck_assert_str_eq(sms_request(arena, &config, message("+1", "a")),
                     "https://host/sendsms?to=%2b1&charset=UTF-8&text=a");
    mem_free(arena);
}
END_TEST

START_TEST(twilio_is_asked_by_a_form)
{
    void *arena = mem_arena(NULL, 0);
    struct sms_config config;
    ck_assert_int_eq(configure(arena,
                               "twilio+https://AC1:to%40ken@api.twilio.com/2010-04-01/Accounts/AC1/"
                               "Messages.json?From=%2B15550001111",
                               &config),
                     0);
    ck_assert_str_eq(config.url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
    ck_assert_str_eq(config.user, "AC1");
    ck_assert_str_eq(config.password, "to@ken");
    ck_assert_str_eq(sms_form(arena, &config, message("+34600000000", "1 & α")),
                     "From=%2b15550001111&To=%2b34600000000&Body=1+%26+%ce%b1");
    mem_free(arena);
}
END_TEST

START_TEST(a_gateway_is_asked_for_reports)
{
    static const struct settings kannel = {.sms_url = "kannel+http://host/sendsms",
                                           .callback_url = "http://me:8083",
                                           .callback_secret = "s"},
                                 twilio = {.sms_url = "twilio+https://a:b@host/",
                                           .callback_url = "http://me:8083",
                                           .callback_secret = "s"};
    void *arena = mem_arena(NULL, 0);
    struct sms_config config;
    ck_assert_int_eq(sms_configure(arena, &kannel, &config), 0);
    const char *asked = sms_request(arena, &config, message("+1", "a"));
    const char *callback =
        "http%3a%2f%2fme%3a8083%2fv1%2fcallbacks%2fsms%3fdelivery_id%3ddelivery_";
    ck_assert_ptr_nonnull(strstr(asked, "&dlr-mask=31&dlr-url="));
    ck_assert_ptr_nonnull(strstr(asked, callback));
    ck_assert_ptr_nonnull(strstr(asked, "%26dlr%3d%25d"));
    ck_assert_int_eq(sms_configure(arena, &twilio, &config), 0);
    asked = sms_form(arena, &config, message("+1", "a"));
    ck_assert_ptr_nonnull(strstr(asked, "&StatusCallback="));
    ck_assert_ptr_nonnull(strstr(asked, callback));
    mem_free(arena);
}
END_TEST

START_TEST(twilio_names_the_message_it_took)
{
    void *arena = mem_arena(NULL, 0);
    ck_assert_str_eq(sms_provider_id(arena, "{\"sid\":\"SM1\",\"status\":\"queued\"}"), "SM1");
    ck_assert_ptr_null(sms_provider_id(arena, "{\"sid\":7}"));
    ck_assert_ptr_null(sms_provider_id(arena, "{\"sid\":\"SM1\\n\"}"));
    ck_assert_ptr_null(sms_provider_id(arena, "{\"sid\":\"\"}"));
    ck_assert_ptr_null(sms_provider_id(arena, mem_printf(arena, "{\"sid\":\"%0201d\"}", 0)));
    ck_assert_ptr_null(sms_provider_id(arena, "0: Accepted"));
    ck_assert_ptr_null(sms_provider_id(arena, ""));
    mem_free(arena);
}
END_TEST

START_TEST(the_answers_of_a_gateway_are_told_apart)
{
    static const struct {
        CURLcode result;
        long answer;
        enum delivery_status status;
        const char *error;
    } cases[] = {
        {CURLE_OK, 202, DELIVERY_SENT, NULL},
        {CURLE_OK, 200, DELIVERY_SENT, NULL},
        {CURLE_OK, 400, DELIVERY_FAILED, "http_400"},
        {CURLE_OK, 404, DELIVERY_FAILED, "http_404"},
        {CURLE_OK, 401, DELIVERY_QUEUED, "http_401"},
        {CURLE_OK, 403, DELIVERY_QUEUED, "http_403"},
        {CURLE_OK, 408, DELIVERY_QUEUED, "http_408"},
        {CURLE_OK, 429, DELIVERY_QUEUED, "http_429"},
        {CURLE_OK, 302, DELIVERY_QUEUED, "http_302"},
        {CURLE_OK, 503, DELIVERY_QUEUED, "http_503"},
        {CURLE_COULDNT_CONNECT, 0, DELIVERY_QUEUED, "connection_failed"},
        {CURLE_OPERATION_TIMEDOUT, 0, DELIVERY_QUEUED, "timeout"},
        {CURLE_GOT_NOTHING, 0, DELIVERY_QUEUED, "connection_lost"},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome outcome = sms_outcome(arena, cases[i].result, cases[i].answer);
        ck_assert_int_eq(outcome.status, cases[i].status);
        if (cases[i].error == NULL)
            ck_assert_ptr_null(outcome.error);
        else
            ck_assert_str_eq(outcome.error, cases[i].error);
    }
    mem_free(arena);
}
END_TEST

CHECK_MAIN("sms", text_messages_need_a_gateway, an_address_that_makes_no_sense_is_refused,
           plain_text_is_told_from_text_that_needs_unicode,
           a_request_carries_what_the_gateway_needs, a_gateway_without_password_is_asked_without,
           twilio_is_asked_by_a_form, a_gateway_is_asked_for_reports,
           twilio_names_the_message_it_took, the_answers_of_a_gateway_are_told_apart)
