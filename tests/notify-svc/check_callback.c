/* Who may say what became of a message, and what they say. */
#include "notify-svc/callback.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"
#include "tests/support/ids.h"

#define SECRET "open sesame"

static const struct callback_config config = {.url = "https://tickets.example.org/notify",
                                              .secret = SECRET};

static struct query query_of(const void *arena, const char *text)
{
    struct query query;
    ck_assert_int_eq(query_parse(arena, text, &query), 0);
    return query;
}

static bool heard(const char *secret, const char *authorization, const char *text)
{
    void *arena = mem_arena(NULL, 0);
    const struct query query = query_of(arena, text);
    enum callback_right right = callback_right(arena, secret, authorization, &query);
    mem_free(arena);
    return right != CALLBACK_DENIED;
}

START_TEST(the_secret_opens_in_three_ways)
{
    ck_assert(heard(SECRET, "Bearer open sesame", ""));
    ck_assert(heard(SECRET, "bearer open sesame", ""));
    ck_assert(heard(SECRET, "Basic bWFpbDpvcGVuIHNlc2FtZQ==", "")); /* mail:open sesame */
    ck_assert(heard(SECRET, NULL, "secret=open%20sesame"));
    ck_assert(heard("a:b", "Basic bWFpbDphOmI=", "")); /* mail:a:b */
}
END_TEST

START_TEST(nothing_else_opens)
{
    static const char *const headers[] = {NULL,
                                          "",
                                          "Bearer",
                                          "Bearer ",
                                          "Bearer open",
                                          "Bearer open sesame!",
                                          "open sesame",
                                          "Basic",
                                          "Basic ***",
                                          "Basic bWFpbA==",
                                          "Basic b3BlbiBzZXNhbWU6"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        ck_assert_msg(!heard(SECRET, headers[i], ""), "%s", headers[i]);
    ck_assert(!heard(SECRET, NULL, "secret="));
    ck_assert(!heard(SECRET, NULL, "secret=open"));
    ck_assert(!heard(SECRET, NULL, "signature="));
}
END_TEST

START_TEST(a_gateway_is_told_an_address_that_opens_one_delivery)
{
    void *arena = mem_arena(NULL, 0);
    struct delivery_payload order = {.id = DELIVERY_ID, .resends = 2};
    const char *url = callback_address(arena, &config, &order, "&dlr=%d");
    const char *begins =
        "https://tickets.example.org/notify/v1/callbacks/sms?delivery_id=" DELIVERY_ID
        "&resends=2&signature=";
    ck_assert_int_eq(strncmp(url, begins, strlen(begins)), 0);
    ck_assert_ptr_nonnull(strstr(url, "&dlr=%d"));
    ck_assert_ptr_null(strstr(url, "sesame"));

    const char *asked = strchr(url, '?') + 1;
    char *report = mem_printf(arena, "%.*s&dlr=1", (int)(strstr(asked, "&dlr") - asked), asked);
    ck_assert(heard(SECRET, NULL, report));
    ck_assert(!heard("another", NULL, report));
    *strstr(report, "resends=2") = 'R';
    ck_assert(!heard(SECRET, NULL, report));
    ck_assert(!heard(SECRET, NULL, mem_printf(arena, "%sx", report)));
    mem_free(arena);
}
END_TEST

#define OTHER "delivery_01jz3w4v9he8qb2m5x7k6d0c1p"

START_TEST(a_signed_address_speaks_of_its_delivery_alone)
{
    static const struct {
        const char *delivery_id;
        struct opt_int64 resends;
        bool allowed;
    } rows[] = {
        {DELIVERY_ID, {.set = false}, true},
        {DELIVERY_ID, {.set = true, .value = 2}, true},
        {DELIVERY_ID, {.set = true, .value = 1}, false},
        {OTHER, {.set = false}, false},
        {OTHER, {.set = true, .value = 2}, false},
    };
    void *arena = mem_arena(NULL, 0);
    struct delivery_payload order = {.id = DELIVERY_ID, .resends = 2};
    const char *url = callback_address(arena, &config, &order, "");
    const struct query query = query_of(arena, strchr(url, '?') + 1);
    ck_assert_int_eq(callback_right(arena, SECRET, NULL, &query), CALLBACK_OWN);
    ck_assert_int_eq(callback_right(arena, SECRET, "Bearer " SECRET, &query), CALLBACK_ANY);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct callback report = {.delivery_id = rows[i].delivery_id, .resends = rows[i].resends};
        ck_assert(callback_is_own(&query, &report) == rows[i].allowed);
        ck_assert(!rows[i].allowed || (report.resends.set && report.resends.value == 2));
    }
    mem_free(arena);
}
END_TEST

START_TEST(without_an_address_or_a_secret_no_report_is_asked_for)
{
    struct delivery_payload order = {.id = DELIVERY_ID};
    ck_assert_ptr_null(
        callback_address(NULL, &(struct callback_config){.url = "http://h"}, &order, ""));
    ck_assert_ptr_null(
        callback_address(NULL, &(struct callback_config){.secret = "s"}, &order, ""));
}
END_TEST

START_TEST(kannel_says_it_by_a_number)
{
    static const struct {
        const char *dlr;
        enum callback_reader reading;
        enum settlement_status status;
        const char *reason;
    } rows[] = {
        {"1", CALLBACK_REPORT, SETTLEMENT_DELIVERED, NULL},
        {"2", CALLBACK_REPORT, SETTLEMENT_FAILED, "not_delivered"},
        {"16", CALLBACK_REPORT, SETTLEMENT_FAILED, "rejected"},
        {"4", CALLBACK_NOTHING, 0, NULL},
        {"8", CALLBACK_NOTHING, 0, NULL},
        {"", CALLBACK_UNREADABLE, 0, NULL},
        {"one", CALLBACK_UNREADABLE, 0, NULL},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct callback report = {.delivery_id = NULL};
        const struct query query = query_of(
            arena, mem_printf(arena, "delivery_id=" DELIVERY_ID "&resends=1&dlr=%s", rows[i].dlr));
        ck_assert_int_eq(callback_from_kannel(&query, &report), rows[i].reading);
        if (rows[i].reading != CALLBACK_REPORT)
            continue;
        ck_assert_str_eq(report.delivery_id, DELIVERY_ID);
        ck_assert_int_eq(report.resends.value, 1);
        ck_assert_int_eq(report.status, rows[i].status);
        ck_assert_pstr_eq(report.reason, rows[i].reason);
    }
    mem_free(arena);
}
END_TEST

START_TEST(twilio_says_it_by_a_form)
{
    static const struct {
        const char *form;
        enum callback_reader reading;
        enum settlement_status status;
        const char *reason;
    } rows[] = {
        {"MessageStatus=delivered&MessageSid=SM1", CALLBACK_REPORT, SETTLEMENT_DELIVERED, NULL},
        {"MessageStatus=read", CALLBACK_REPORT, SETTLEMENT_DELIVERED, NULL},
        {"MessageStatus=undelivered&ErrorCode=30003", CALLBACK_REPORT, SETTLEMENT_FAILED,
         "twilio_30003"},
        {"MessageStatus=failed", CALLBACK_REPORT, SETTLEMENT_FAILED, "failed"},
        {"MessageStatus=failed&ErrorCode=%0Ax", CALLBACK_REPORT, SETTLEMENT_FAILED, "failed"},
        {"MessageStatus=queued", CALLBACK_NOTHING, 0, NULL},
        {"MessageStatus=sent", CALLBACK_NOTHING, 0, NULL},
        {"MessageStatus=sending", CALLBACK_NOTHING, 0, NULL},
        {"MessageSid=SM1", CALLBACK_UNREADABLE, 0, NULL},
    };
    void *arena = mem_arena(NULL, 0);
    const struct query query = query_of(arena, "delivery_id=" DELIVERY_ID "&resends=0");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct callback report = {.delivery_id = NULL};
        const struct query form = query_of(arena, rows[i].form);
        ck_assert_int_eq(callback_from_twilio(arena, &query, &form, &report), rows[i].reading);
        if (rows[i].reading != CALLBACK_REPORT)
            continue;
        ck_assert_str_eq(report.delivery_id, DELIVERY_ID);
        ck_assert_int_eq(report.status, rows[i].status);
        ck_assert_pstr_eq(report.reason, rows[i].reason);
    }
    mem_free(arena);
}
END_TEST

START_TEST(a_delivery_that_is_none_is_not_looked_for)
{
    static const char *const queries[] = {"dlr=1", "delivery_id=event_1&dlr=1",
                                          "delivery_id=" DELIVERY_ID "&resends=-1&dlr=1",
                                          "delivery_id=" DELIVERY_ID "&resends=x&dlr=1"};
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        struct callback report = {.delivery_id = NULL};
        const struct query query = query_of(arena, queries[i]);
        ck_assert_int_eq(callback_from_kannel(&query, &report), CALLBACK_UNREADABLE);
    }
    mem_free(arena);
}
END_TEST

static bool named(const char *message_id, const char *delivery_id, int64_t resends)
{
    void *arena = mem_arena(NULL, 0);
    struct callback report = {.message_id = message_id};
    bool found = callback_name(arena, &report);
    if (found) {
        ck_assert_str_eq(report.delivery_id, delivery_id);
        ck_assert(report.resends.set);
        ck_assert_int_eq(report.resends.value, resends);
    }
    mem_free(arena);
    return found;
}

START_TEST(a_message_id_names_a_delivery)
{
    ck_assert(named(DELIVERY_ID "@example.org", DELIVERY_ID, 0));
    ck_assert(named("<" DELIVERY_ID ".12@example.org>", DELIVERY_ID, 12));
    ck_assert(!named("<" DELIVERY_ID, NULL, 0));
    ck_assert(!named("<other@example.org>", NULL, 0));
    ck_assert(!named(DELIVERY_ID ".x@example.org", NULL, 0));
    ck_assert(!named("", NULL, 0));
}
END_TEST

CHECK_MAIN("callback", the_secret_opens_in_three_ways, nothing_else_opens,
           a_gateway_is_told_an_address_that_opens_one_delivery,
           a_signed_address_speaks_of_its_delivery_alone,
           without_an_address_or_a_secret_no_report_is_asked_for, kannel_says_it_by_a_number,
           twilio_says_it_by_a_form, a_delivery_that_is_none_is_not_looked_for,
           a_message_id_names_a_delivery)
