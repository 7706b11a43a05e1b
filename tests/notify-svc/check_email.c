/* What an e-mail looks like, and what a mail server's answers mean. */
#include "notify-svc/email.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/picture/qr.h"
#include "tests/support/check_main.h"
#include "tests/support/ids.h"

static int configure(const void *arena, const char *url, const char *from,
                     struct email_config *config, const char **setting)
{
    struct settings settings = {.smtp_url = url, .smtp_from = from};
    return email_configure(arena, &settings, config, setting);
}

START_TEST(a_password_goes_to_another_machine_only_under_tls)
{
    static const struct {
        const char *url;
        bool strict;
    } cases[] = {
        {"smtp://127.0.0.1:1025", false},
        {"smtp://mail.example.org", false},
        {"smtps://mail.example.org", true},
        {"smtp://user:pass%40word@mail.example.org:587", true},
        {"smtp://user:password@127.0.0.1:1025", false},
        {"smtp://user:password@localhost", false},
        {"smtp://user:password@[::1]:25", false},
        {"smtp://user:password@localhost.example.org", true},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct email_config config;
        const char *setting;
        ck_assert_int_eq(configure(arena, cases[i].url, "a@b.org", &config, &setting), 0);
        ck_assert_msg(config.strict_tls == cases[i].strict, "%s", cases[i].url);
    }
    mem_free(arena);
}
END_TEST

START_TEST(settings_that_make_no_sense_are_named)
{
    static const struct {
        const char *url, *from, *setting;
    } cases[] = {
        {"mail.example.org", "a@b.org", "SMTP_URL"},
        {"http://mail.example.org", "a@b.org", "SMTP_URL"},
        {"smtp://", "a@b.org", "SMTP_URL"},
        {"smtp://host:99999", "a@b.org", "SMTP_URL"},
        {"smtp://host", "tickets", "SMTP_FROM"},
        {"smtp://host", "", "SMTP_FROM"},
        {"smtp://host", "a@b\r\nBcc: c@d", "SMTP_FROM"},
        {"smtp://host", "Box <a@b.org", "SMTP_FROM"},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct email_config config;
        const char *setting = NULL;
        ck_assert_int_eq(configure(arena, cases[i].url, cases[i].from, &config, &setting), -EINVAL);
        ck_assert_str_eq(setting, cases[i].setting);
    }
    struct settings settings = {
        .smtp_url = "smtp://host", .smtp_from = "a@b.org", .mail_template = "{{nonsense}}"};
    struct email_config config;
    const char *setting = NULL;
    ck_assert_int_eq(email_configure(arena, &settings, &config, &setting), -EINVAL);
    ck_assert_str_eq(setting, "MAIL_TEMPLATE");
    mem_free(arena);
}
END_TEST

START_TEST(the_sender_may_have_a_name)
{
    void *arena = mem_arena(NULL, 0);
    struct email_config config;
    const char *setting;
    ck_assert_int_eq(
        configure(arena, "smtp://h", "Box Office <tickets@example.org>", &config, &setting), 0);
    ck_assert_str_eq(config.from, "Box Office <tickets@example.org>");
    ck_assert_str_eq(config.sender, "tickets@example.org");
    ck_assert_str_eq(config.domain, "example.org");
    ck_assert_int_eq(configure(arena, "smtp://h", "tickets@localhost", &config, &setting), 0);
    ck_assert_str_eq(config.from, "<tickets@localhost>");
    ck_assert_str_eq(config.sender, "tickets@localhost");
    ck_assert_str_eq(config.domain, "localhost");
    mem_free(arena);
}
END_TEST

START_TEST(text_that_is_not_plain_is_encoded)
{
    static const struct {
        enum email_text kind;
        const char *text, *encoded;
    } cases[] = {
        {EMAIL_UNSTRUCTURED, "Your tickets, at last: 2 (two)", "Your tickets, at last: 2 (two)"},
        {EMAIL_UNSTRUCTURED, "Ünïcode", "=?UTF-8?B?w5xuw69jb2Rl?="},
        {EMAIL_UNSTRUCTURED, "=?UTF-8?Q?x?=", "=?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?="},
        {EMAIL_UNSTRUCTURED, "a\r\nBcc: x@y.org", "a  Bcc: x@y.org"},
        {EMAIL_UNSTRUCTURED, "a\tb\x7f", "a b "},
        {EMAIL_PHRASE, "Ada Lovelace", "Ada Lovelace"},
        {EMAIL_PHRASE, "a, b", "=?UTF-8?B?YSwgYg==?="},
        {EMAIL_PHRASE, "\" <x@y>", "=?UTF-8?B?IiA8eEB5Pg==?="},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_str_eq(email_encode(arena, cases[i].kind, cases[i].text), cases[i].encoded);
    mem_free(arena);
}
END_TEST

/* RFC 2047 section 2: a line with encoded words has at most 76 characters; section 5: no character
 * is split between two words. */
START_TEST(long_text_is_folded_between_characters)
{
    void *arena = mem_arena(NULL, 0);
    char *text = mem_strdup(arena, "");
    for (int i = 0; i < 200; i++)
        text = mem_printf(arena, "%s%s", text, i % 2 ? "€" : "x");
    char *encoded = email_encode(arena, EMAIL_UNSTRUCTURED, text);
    size_t lines = 0;
    for (char *line = encoded, *end; line != NULL; line = end, lines++) {
        end = strstr(line, "\r\n");
        if (end != NULL) {
            *end = '\0';
            end += 2;
        }
        ck_assert_uint_le(strlen(line) + strlen("Subject: "), 76 + (lines > 0 ? 9 : 0));
        ck_assert(lines == 0 || *line == ' ');
        ck_assert_str_eq(line + strlen(line) - 2, "?=");
    }
    ck_assert_uint_gt(lines, 5);
    mem_free(arena);
}
END_TEST

static const struct email_config *office(const void *arena)
{
    struct email_config *config = mem_new(arena, struct email_config);
    const char *setting;
    ck_assert_int_eq(
        configure(arena, "smtp://host", "Box Office <tickets@example.org>", config, &setting), 0);
    return config;
}

static const struct delivery_payload letter = {
    .id = DELIVERY_ID,
    .name = "Zoë",
    .address = "zoe@bücher.example",
    .subject = "Your\r\nBcc: all@example.org",
    .message = "Hello\nZoë\r\n",
    .channel = CHANNEL_EMAIL,
};

START_TEST(an_email_has_its_headers_and_text)
{
    static const char *const headers[] = {
        "From: Box Office <tickets@example.org>",
        "To: =?UTF-8?B?Wm/Dqw==?= <zoe@xn--bcher-kva.example>",
        "Subject: Your  Bcc: all@example.org",
        "Date: Fri, 01 May 2026 18:00:00 +0000",
        "Message-ID: <" DELIVERY_ID "@example.org>",
    };
    void *arena = mem_arena(NULL, 0);
    struct email email;
    ck_assert(email_compose(arena, office(arena), &letter, NULL, 1777658400000, &email));
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        ck_assert_str_eq(email.headers[i], headers[i]);
    ck_assert_ptr_null(email.headers[sizeof headers / sizeof *headers]);
    ck_assert_str_eq(email.recipient, "zoe@xn--bcher-kva.example");
    ck_assert_str_eq(email.message_id, DELIVERY_ID "@example.org");
    ck_assert_str_eq(email.text, "Hello\r\nZoë\r\n");
    mem_free(arena);
}
END_TEST

START_TEST(tickets_and_the_event_go_with_an_email)
{
    void *arena = mem_arena(NULL, 0);
    struct email email;
    struct delivery_ticket tickets[] = {
        {.number = 1, .code = "c1", .signature = "s1", .type = "VIP", .holder = "Ada"},
        {.number = 7, .code = "c2", .signature = "s2"}};
    struct delivery_payload order = letter;
    order.tickets.at = tickets;
    order.tickets.n = 2;
    order.calendar = "BEGIN:VCALENDAR\r\n";
    ck_assert(email_compose(arena, office(arena), &order, NULL, 0, &email));
    ck_assert_uint_eq(email.n_pictures, 2);
    ck_assert_str_eq(email.pictures[0].id, "1." DELIVERY_ID "@example.org");
    ck_assert_str_eq(email.pictures[1].id, "2." DELIVERY_ID "@example.org");
    const struct qr_picture drawn = qr_png(arena, "c1.s1");
    ck_assert_uint_eq(email.pictures[0].png.size, drawn.size);
    ck_assert_mem_eq(email.pictures[0].png.bytes, drawn.bytes, drawn.size);
    ck_assert_ptr_nonnull(strstr(email.html, "cid:1." DELIVERY_ID "@example.org"));
    ck_assert_ptr_nonnull(strstr(email.html, "VIP"));
    ck_assert_str_eq(email.calendar, order.calendar);
    ck_assert_mem_eq(email.pdf.bytes, "%PDF-", 5);
    ck_assert_str_eq(email.text, "Hello\r\nZoë\r\n\r\nVIP, Ada: c1\r\nc2");
    order.message = "Yours: c1, c2";
    ck_assert(email_compose(arena, office(arena), &order, NULL, 0, &email));
    ck_assert_str_eq(email.text, "Yours: c1, c2");
    ck_assert(email_compose(arena, office(arena), &letter, NULL, 0, &email));
    ck_assert_uint_eq(email.n_pictures, 0);
    ck_assert_uint_eq(email.pdf.size, 0);
    ck_assert_ptr_null(email.calendar);
    mem_free(arena);
}
END_TEST

START_TEST(the_picture_of_the_event_goes_with_an_email_that_shows_it)
{
    void *arena = mem_arena(NULL, 0);
    static const struct picture picture = {.width = 30, .height = 20, .bytes = "jpeg", .size = 4};
    struct delivery_event event = {.name = "Gala"};
    struct delivery_payload order = letter;
    struct email email;
    order.event = &event;
    ck_assert(email_compose(arena, office(arena), &order, &picture, 0, &email));
    ck_assert_ptr_eq(email.picture, &picture);
    ck_assert_str_eq(email.picture_id, "event." DELIVERY_ID "@example.org");
    ck_assert_ptr_nonnull(strstr(email.html, "cid:event." DELIVERY_ID "@example.org"));
    order.event = NULL; /* a page that shows no event shows none of it */
    ck_assert(email_compose(arena, office(arena), &order, &picture, 0, &email));
    ck_assert_ptr_null(email.picture);
    mem_free(arena);
}
END_TEST

/* RFC 2369 and RFC 8058. */
START_TEST(who_may_unsubscribe_is_told_how)
{
    void *arena = mem_arena(NULL, 0);
    struct email email;
    struct delivery_payload order = letter;
    order.unsubscribe = "https://example.org/unsubscribe?token=t";
    ck_assert(email_compose(arena, office(arena), &order, NULL, 0, &email));
    ck_assert_str_eq(email.headers[5],
                     "List-Unsubscribe: <https://example.org/unsubscribe?token=t>");
    ck_assert_str_eq(email.headers[6], "List-Unsubscribe-Post: List-Unsubscribe=One-Click");
    ck_assert_ptr_null(email.headers[7]);
    mem_free(arena);
}
END_TEST

START_TEST(an_email_needs_neither_name_nor_subject)
{
    void *arena = mem_arena(NULL, 0);
    struct email email;
    struct delivery_payload order = {.id = DELIVERY_ID, .address = "a@b.org", .message = "m"};
    ck_assert(email_compose(arena, office(arena), &order, NULL, 0, &email));
    ck_assert_str_eq(email.headers[1], "To: <a@b.org>");
    ck_assert_str_eq(email.headers[2], "Date: Thu, 01 Jan 1970 00:00:00 +0000");
    mem_free(arena);
}
END_TEST

START_TEST(an_address_that_is_none_is_not_sent_to)
{
    static const char *const addresses[] = {
        "",          "a",     "@b.org",    "a@",    "a@b\r\nRCPT TO:<c@d>",
        "a b@c.org", "<a@b>", "a@b>,<c@d", "a@-b-", "a@xn--\xff",
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct email email;
        struct delivery_payload order = letter;
        order.address = addresses[i];
        ck_assert_msg(!email_compose(arena, office(arena), &order, NULL, 0, &email), "%s",
                      addresses[i]);
    }
    mem_free(arena);
}
END_TEST

START_TEST(the_answers_of_a_mail_server_are_told_apart)
{
    static const struct {
        CURLcode result;
        long reply;
        enum delivery_status status;
        const char *error;
    } cases[] = {
        {CURLE_OK, 250, DELIVERY_SENT, NULL},
        {CURLE_SEND_ERROR, 550, DELIVERY_FAILED, "smtp_550"},
        {CURLE_WEIRD_SERVER_REPLY, 554, DELIVERY_FAILED, "smtp_554"},
        {CURLE_SEND_ERROR, 451, DELIVERY_QUEUED, "smtp_451"},
        {CURLE_WEIRD_SERVER_REPLY, 421, DELIVERY_QUEUED, "smtp_421"},
        {CURLE_LOGIN_DENIED, 535, DELIVERY_QUEUED, "smtp_535"},
        {CURLE_SEND_ERROR, 530, DELIVERY_QUEUED, "smtp_530"},
        {CURLE_COULDNT_CONNECT, 0, DELIVERY_QUEUED, "connection_failed"},
        {CURLE_COULDNT_RESOLVE_HOST, 0, DELIVERY_QUEUED, "host_not_found"},
        {CURLE_OPERATION_TIMEDOUT, 354, DELIVERY_QUEUED, "timeout"},
        {CURLE_OPERATION_TIMEDOUT, 502, DELIVERY_QUEUED, "timeout"},
        {CURLE_RECV_ERROR, 354, DELIVERY_QUEUED, "connection_lost"},
        {CURLE_USE_SSL_FAILED, 250, DELIVERY_QUEUED, "tls_failed"},
        {CURLE_PEER_FAILED_VERIFICATION, 220, DELIVERY_QUEUED, "tls_failed"},
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome outcome = email_outcome(arena, cases[i].result, cases[i].reply);
        ck_assert_int_eq(outcome.status, cases[i].status);
        if (cases[i].error == NULL)
            ck_assert_ptr_null(outcome.error);
        else
            ck_assert_str_eq(outcome.error, cases[i].error);
    }
    mem_free(arena);
}
END_TEST

CHECK_MAIN("email", a_password_goes_to_another_machine_only_under_tls,
           settings_that_make_no_sense_are_named, the_sender_may_have_a_name,
           text_that_is_not_plain_is_encoded, long_text_is_folded_between_characters,
           an_email_has_its_headers_and_text, tickets_and_the_event_go_with_an_email,
           the_picture_of_the_event_goes_with_an_email_that_shows_it,
           who_may_unsubscribe_is_told_how, an_email_needs_neither_name_nor_subject,
           an_address_that_is_none_is_not_sent_to, the_answers_of_a_mail_server_are_told_apart)
