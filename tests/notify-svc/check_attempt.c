/* What notify-svc and db-svc say to each other about an attempt. */
#include "notify-svc/attempt.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/command.h"
#include "tests/support/check_main.h"
#include "tests/support/ids.h"

#define INSTANCE "tickets.example.org:8083"
#define CLAIM INSTANCE "#000102030405060708090a0b0c0d0e0f"

static const uint8_t random_bytes[ATTEMPT_RANDOM] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                     8, 9, 10, 11, 12, 13, 14, 15};

static bool read_offer(void *arena, const char *body, struct attempt *attempt)
{
    return attempt_read(arena, body, strlen(body), INSTANCE, random_bytes, attempt);
}

START_TEST(an_offer_is_read)
{
    void *arena = mem_arena(NULL, 0);
    struct attempt attempt;
    ck_assert(read_offer(arena,
                         "{\"event_id\":\"" EVENT_ID "\",\"notification_id\":\"" NOTIFICATION_ID
                         "\",\"delivery_id\":\"" DELIVERY_ID "\",\"attempt\":3,\"later\":1}",
                         &attempt));
    ck_assert_str_eq(attempt.event_id, EVENT_ID);
    ck_assert_str_eq(attempt.delivery_id, DELIVERY_ID);
    ck_assert_int_eq(attempt.number, 3);
    ck_assert_int_eq(attempt.channel, CHANNEL_EMAIL);
    ck_assert_str_eq(attempt.claim, CLAIM);
    ck_assert(read_offer(arena,
                         "{\"event_id\":\"" EVENT_ID "\",\"delivery_id\":\"" DELIVERY_ID
                         "\",\"channel\":\"sms\",\"attempt\":1}",
                         &attempt));
    ck_assert_int_eq(attempt.channel, CHANNEL_SMS);
    mem_free(arena);
}
END_TEST

START_TEST(what_is_no_offer_is_refused)
{
    static const char *const bodies[] = {
        "",
        "null",
        "[]",
        "{}",
        "{\"event_id\":\"" EVENT_ID "\",\"delivery_id\":\"" DELIVERY_ID "\"}",
        "{\"event_id\":\"" EVENT_ID "\",\"delivery_id\":\"" DELIVERY_ID "\",\"attempt\":0}",
        "{\"event_id\":\"" EVENT_ID "\",\"delivery_id\":\"" DELIVERY_ID "\",\"attempt\":\"1\"}",
        "{\"event_id\":\"" EVENT_ID "\",\"delivery_id\":\"" EVENT_ID "\",\"attempt\":1}",
        "{\"event_id\":7,\"delivery_id\":\"" DELIVERY_ID "\",\"attempt\":1}",
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct attempt attempt;
        ck_assert_msg(!read_offer(arena, bodies[i], &attempt), "%s", bodies[i]);
    }
    mem_free(arena);
}
END_TEST

/* The report as the contract reads it. */
static void decode_report(void *arena, const char *body, struct delivery_report *report)
{
    struct violations violations = {.arena = arena};
    struct decoder decoder = {.arena = arena, .violations = &violations};
    struct command_body taken;
    json_t *hold, *json = json_loads(body, 0, NULL);
    ck_assert_msg(command_decode(&decoder, command_find("delivery.record"), json, &taken, &hold),
                  "%s", body);
    ck_assert_str_eq(taken.ids[ID_EVENT], EVENT_ID);
    ck_assert_str_eq(taken.ids[ID_DELIVERY], DELIVERY_ID);
    *report = *(const struct delivery_report *)taken.request;
    json_decref(hold);
    json_decref(json);
}

static const struct attempt second = {
    .event_id = EVENT_ID, .delivery_id = DELIVERY_ID, .number = 2, .claim = CLAIM};

START_TEST(a_claim_is_what_the_contract_takes)
{
    void *arena = mem_arena(NULL, 0);
    struct delivery_report report;
    const struct delivery_report claim = attempt_claim(&second, "office@example.org");
    decode_report(arena, attempt_body(arena, EVENT_ID, &claim), &report);
    ck_assert_int_eq(report.status, DELIVERY_SENDING);
    ck_assert_str_eq(report.sender, "office@example.org");
    ck_assert_int_eq(report.attempt, 2);
    ck_assert_str_eq(report.claim, CLAIM);
    ck_assert_str_eq(attempt_claim_id(arena, &second), "claim/" DELIVERY_ID "/2/" CLAIM);
    mem_free(arena);
}
END_TEST

START_TEST(a_report_is_what_the_contract_takes)
{
    void *arena = mem_arena(NULL, 0);
    struct delivery_report report;
    struct outcome sent = {DELIVERY_SENT, .provider_id = "x@y"};
    struct delivery_report said = attempt_report(&second, &sent);
    decode_report(arena, attempt_body(arena, EVENT_ID, &said), &report);
    ck_assert_int_eq(report.status, DELIVERY_SENT);
    ck_assert_str_eq(report.claim, CLAIM);
    ck_assert_str_eq(report.provider_id, "x@y");
    ck_assert_ptr_null(report.error);

    struct outcome failed = {DELIVERY_FAILED, .error = "smtp_550"};
    said = attempt_report(&second, &failed);
    decode_report(arena, attempt_body(arena, EVENT_ID, &said), &report);
    ck_assert_int_eq(report.status, DELIVERY_FAILED);
    ck_assert_str_eq(report.error, "smtp_550");
    ck_assert_ptr_null(report.provider_id);
    ck_assert_str_eq(attempt_report_id(arena, &second), "report/" DELIVERY_ID "/2/" CLAIM);
    mem_free(arena);
}
END_TEST

START_TEST(only_an_answer_that_settles_it_ends_the_asking)
{
    static const struct {
        struct reply reply;
        enum attempt_answer answer;
    } cases[] = {
        {{REPLY_ANSWERED, 200}, ATTEMPT_TAKEN},   {{REPLY_ANSWERED, 409}, ATTEMPT_REFUSED},
        {{REPLY_ANSWERED, 404}, ATTEMPT_REFUSED}, {{REPLY_ANSWERED, 422}, ATTEMPT_REFUSED},
        {{REPLY_ANSWERED, 504}, ATTEMPT_REFUSED}, {{REPLY_ANSWERED, 500}, ATTEMPT_REFUSED},
        {{REPLY_ANSWERED, 503}, ATTEMPT_AGAIN},   {{REPLY_NOT_DONE, 0}, ATTEMPT_AGAIN},
        {{REPLY_UNKNOWN, 0}, ATTEMPT_AGAIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_int_eq(attempt_answer(&cases[i].reply), cases[i].answer);
}
END_TEST

START_TEST(the_wait_before_asking_again_grows_to_a_bound)
{
    ck_assert_int_eq(attempt_wait_ms(1), 100);
    ck_assert_int_eq(attempt_wait_ms(2), 200);
    ck_assert_int_eq(attempt_wait_ms(5), 1600);
    ck_assert_int_eq(attempt_wait_ms(7), 5000);
    ck_assert_int_eq(attempt_wait_ms(1000000), 5000);
}
END_TEST

static bool read_order(void *arena, const char *body, struct delivery_payload *ret_order)
{
    json_t *json = json_loads(body, 0, NULL);
    const struct delivery_payload *order = attempt_payload(arena, json);
    json_decref(json);
    if (order != NULL)
        *ret_order = *order;
    return order != NULL;
}

START_TEST(several_are_what_the_contract_takes)
{
    void *arena = mem_arena(NULL, 0);
    struct violations violations = {.arena = arena};
    struct decoder decoder = {.arena = arena, .violations = &violations};
    struct command_body taken;
    struct delivery_report reports[] = {
        attempt_claim(&second, "office@example.org"),
        attempt_report(&second, &(struct outcome){DELIVERY_SENT, "x@y"})};
    const struct delivery_bulk said = {.reports = {reports, 2}};
    json_t *hold, *json = json_loads(attempt_bulk_body(arena, EVENT_ID, &said), 0, NULL);
    ck_assert(command_decode(&decoder, command_find("delivery.record_bulk"), json, &taken, &hold));
    const struct delivery_bulk *bulk = taken.request;
    ck_assert_str_eq(taken.ids[ID_EVENT], EVENT_ID);
    ck_assert_uint_eq(bulk->reports.n, 2);
    ck_assert_str_eq(bulk->reports.at[0].delivery_id, DELIVERY_ID);
    ck_assert_int_eq(bulk->reports.at[0].status, DELIVERY_SENDING);
    ck_assert_str_eq(bulk->reports.at[0].sender, "office@example.org");
    ck_assert_int_eq(bulk->reports.at[1].status, DELIVERY_SENT);
    ck_assert_str_eq(bulk->reports.at[1].provider_id, "x@y");
    json_decref(hold);
    json_decref(json);
    mem_free(arena);
}
END_TEST

START_TEST(each_of_several_has_its_own_answer)
{
    static const struct {
        const char *outcome;
        enum attempt_answer answer;
    } rows[] = {
        {"{\"result\":\"taken\"}", ATTEMPT_TAKEN},
        {"{\"result\":\"refused\"}", ATTEMPT_REFUSED},
        {"{\"result\":\"alone\"}", ATTEMPT_ALONE},
        {"{\"result\":\"new\"}", ATTEMPT_AGAIN},
        {"{\"result\":1}", ATTEMPT_AGAIN},
        {"{}", ATTEMPT_AGAIN},
        {"[]", ATTEMPT_AGAIN},
    };
    void *arena = mem_arena(NULL, 0);
    const struct delivery_payload *order;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *json = json_loads(rows[i].outcome, 0, NULL);
        ck_assert_int_eq(attempt_result(arena, json, &order), rows[i].answer);
        ck_assert_ptr_null(order);
        json_decref(json);
    }
    ck_assert_int_eq(attempt_result(arena, NULL, &order), ATTEMPT_AGAIN);
    mem_free(arena);
}
END_TEST

#define GRANTED                                                                                    \
    "\"id\":\"" DELIVERY_ID "\",\"channel\":\"email\",\"status\":\"sending\","                     \
    "\"address\":\"a@b.org\",\"message\":\"m\""

START_TEST(a_claim_of_several_that_is_granted_has_what_is_to_be_sent)
{
    void *arena = mem_arena(NULL, 0);
    const struct delivery_payload *order;
    json_t *json =
        json_loads("{\"result\":\"taken\",\"order\":{" GRANTED "},\"later\":1}", 0, NULL);
    ck_assert_int_eq(attempt_result(arena, json, &order), ATTEMPT_TAKEN);
    ck_assert_str_eq(order->id, DELIVERY_ID);
    ck_assert_str_eq(order->address, "a@b.org");
    json_decref(json);
    json = json_loads("{\"result\":\"taken\",\"order\":{" GRANTED ",\"calendar\":1}}", 0, NULL);
    ck_assert_int_eq(attempt_result(arena, json, &order), ATTEMPT_TAKEN);
    ck_assert_ptr_null(order);
    json_decref(json);
    mem_free(arena);
}
END_TEST

START_TEST(a_long_message_is_read_as_it_was_written)
{
    void *arena = mem_arena(NULL, 0);
    char *message = mem_zeroed(arena, 100 * 1024 + 1);
    memset(message, 'x', 100 * 1024);
    message[7] = '\n';
    const struct delivery_payload sent = {.id = DELIVERY_ID,
                                          .channel = CHANNEL_SMS,
                                          .status = DELIVERY_SENDING,
                                          .resends = 3,
                                          .address = "+34600111222",
                                          .subject = message,
                                          .calendar = message,
                                          .message = message};
    struct delivery_payload read;
    ck_assert(read_order(arena, record_text(arena, &delivery_payload_record, &sent), &read));
    ck_assert_str_eq(read.message, message);
    ck_assert_str_eq(read.subject, message);
    ck_assert_str_eq(read.calendar, message);
    ck_assert_int_eq(read.channel, CHANNEL_SMS);
    ck_assert_int_eq(read.resends, 3);
    mem_free(arena);
}
END_TEST

START_TEST(an_order_is_read)
{
    static const char body[] =
        "{\"id\":\"" DELIVERY_ID "\",\"notification_id\":\"" NOTIFICATION_ID
        "\",\"event_id\":\"" EVENT_ID
        "\",\"channel\":\"email\",\"status\":\"sending\",\"attempts\":2,\"name\":\"Ada\","
        "\"address\":\"ada@example.org\",\"message\":\"Hello\\nAda\",\"later\":[]}";
    void *arena = mem_arena(NULL, 0);
    struct delivery_payload order;
    ck_assert(read_order(arena, body, &order));
    ck_assert_str_eq(order.id, DELIVERY_ID);
    ck_assert_int_eq(order.channel, CHANNEL_EMAIL);
    ck_assert_str_eq(order.name, "Ada");
    ck_assert_str_eq(order.address, "ada@example.org");
    ck_assert_ptr_null(order.subject);
    ck_assert_str_eq(order.message, "Hello\nAda");
    mem_free(arena);
}
END_TEST

START_TEST(what_goes_with_an_order_is_read)
{
    static const char body[] =
        "{\"id\":\"" DELIVERY_ID "\",\"event_id\":\"" EVENT_ID
        "\",\"channel\":\"email\",\"status\":"
        "\"sending\",\"address\":\"a@b.org\",\"message\":\"m\",\"unsubscribe\":\"https://x\","
        "\"tickets\":[{\"number\":1,\"code\":\"c1\",\"signature\":\"s1\",\"type\":\"VIP\"},"
        "{\"number\":2,\"code\":\"c2\",\"signature\":\"s2\",\"holder\":\"Ada\",\"later\":1}],"
        "\"calendar\":\"BEGIN:VCALENDAR\"}";
    void *arena = mem_arena(NULL, 0);
    struct delivery_payload order;
    ck_assert(read_order(arena, body, &order));
    ck_assert_str_eq(order.unsubscribe, "https://x");
    ck_assert_uint_eq(order.tickets.n, 2);
    ck_assert_str_eq(order.tickets.at[0].code, "c1");
    ck_assert_str_eq(order.tickets.at[0].type, "VIP");
    ck_assert_ptr_null(order.tickets.at[0].holder);
    ck_assert_str_eq(order.tickets.at[1].signature, "s2");
    ck_assert_str_eq(order.tickets.at[1].holder, "Ada");
    ck_assert_str_eq(order.calendar, "BEGIN:VCALENDAR");
    mem_free(arena);
}
END_TEST

START_TEST(what_is_not_to_be_sent_is_told_from_what_is)
{
    static const char body[] = "{\"id\":\"" DELIVERY_ID
                               "\",\"channel\":\"email\",\"status\":\"suppressed\",\"attempts\":0}";
    void *arena = mem_arena(NULL, 0);
    struct delivery_payload order;
    ck_assert(read_order(arena, body, &order));
    ck_assert_int_eq(order.status, DELIVERY_SUPPRESSED);
    mem_free(arena);
}
END_TEST

START_TEST(what_is_no_order_is_refused)
{
    static const char *const bodies[] = {
        "{\"id\":\"" DELIVERY_ID
        "\",\"channel\":\"email\",\"status\":\"x\",\"address\":\"a@b\",\"message\":"
        "\"m\"}",
        "{\"id\":\"" DELIVERY_ID
        "\",\"channel\":\"email\",\"status\":\"sending\",\"address\":\"a@b\"}",
        "{\"id\":\"" DELIVERY_ID
        "\",\"channel\":\"email\",\"status\":\"sending\",\"message\":\"m\"}",
        "x",
        "{}",
        "{\"id\":\"" DELIVERY_ID "\",\"channel\":\"email\",\"address\":\"a@b\"}",
        "{\"id\":\"" DELIVERY_ID "\",\"channel\":\"pigeon\",\"address\":\"a@b\",\"message\":\"m\"}",
        "{\"id\":\"" DELIVERY_ID "\",\"channel\":\"\",\"address\":\"a@b\",\"message\":\"m\"}",
        "{\"id\":\"" DELIVERY_ID "\",\"channel\":\"sms\",\"address\":null,\"message\":\"m\"}",
        "{\"id\":\"" DELIVERY_ID
        "\",\"channel\":\"email\",\"address\":\"a@b\",\"message\":\"m\",\"tickets\":[{}]"
        "}",
        "{\"id\":\"" DELIVERY_ID
        "\",\"channel\":\"email\",\"address\":\"a@b\",\"message\":\"m\",\"calendar\":{}"
        "}",
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct delivery_payload order;
        ck_assert_msg(!read_order(arena, bodies[i], &order), "%s", bodies[i]);
    }
    mem_free(arena);
}
END_TEST

CHECK_MAIN("attempt", an_offer_is_read, what_is_no_offer_is_refused,
           a_claim_is_what_the_contract_takes, a_report_is_what_the_contract_takes,
           several_are_what_the_contract_takes, each_of_several_has_its_own_answer,
           a_claim_of_several_that_is_granted_has_what_is_to_be_sent,
           a_long_message_is_read_as_it_was_written, only_an_answer_that_settles_it_ends_the_asking,
           the_wait_before_asking_again_grows_to_a_bound, an_order_is_read,
           what_goes_with_an_order_is_read, what_is_not_to_be_sent_is_told_from_what_is,
           what_is_no_order_is_refused)
