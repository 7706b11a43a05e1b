/* A dead letter as it is shown, and as it is sent again. */
#include "tests/support/check_main.h"

#include <string.h>

#include "db-svc/dead_letters/resend.h"
#include "db-svc/dead_letters/view.h"
#include "libshared/base/mem.h"

#define HEADER(name_, value_)                                                                      \
    {                                                                                              \
        name_, value_, sizeof(value_) - 1                                                          \
    }
#define WHY                                                                                        \
    HEADER("kafka_dlt-original-topic", "tickets.commands"),                                        \
        HEADER("kafka_dlt-original-partition", "3"), HEADER("kafka_dlt-original-offset", "42"),    \
        HEADER("kafka_dlt-original-timestamp", "1777"),                                            \
        HEADER("kafka_dlt-exception-message", "no JSON")

static struct {
    void *arena;
    struct bus_record record;
} t;

static struct bus_message letter(const struct bus_header *headers, size_t n)
{
    return (struct bus_message){.topic = "tickets.commands-dlt",
                                .partition = 3,
                                .offset = 5,
                                .timestamp_ms = 1999,
                                .key = "k",
                                .key_size = 1,
                                .value = "{}",
                                .value_size = 2,
                                .headers = headers,
                                .n_headers = n};
}

static void resend(const struct bus_header *headers, size_t n)
{
    struct bus_message *message = mem_new(t.arena, struct bus_message);
    *message = letter(headers, n);
    resend_form(t.arena, message, &t.record);
}
#define RESEND(...)                                                                                \
    resend((const struct bus_header[]){__VA_ARGS__},                                               \
           sizeof((const struct bus_header[]){__VA_ARGS__}) / sizeof(struct bus_header))

static const char *header(const char *name)
{
    for (size_t i = 0; i < t.record.n_headers; i++)
        if (strcmp(t.record.headers[i].name, name) == 0)
            return mem_strndup(t.arena, t.record.headers[i].value, t.record.headers[i].size);
    return NULL;
}

static void open_arena(void)
{
    t.arena = mem_arena(NULL, 0);
}

START_TEST(it_goes_where_it_came_to_without_what_says_why_it_is_dead)
{
    open_arena();
    RESEND(HEADER("ce_type", "order.place"), HEADER("ce_id", "1"), HEADER("ce_source", "/shop"),
           WHY);
    ck_assert_str_eq(t.record.topic, "tickets.commands");
    ck_assert_int_eq(t.record.partition, 3);
    ck_assert_mem_eq(t.record.key, "k", 1);
    ck_assert_mem_eq(t.record.value, "{}", 2);
    ck_assert_str_eq(header("ce_type"), "order.place");
    ck_assert_str_eq(header("ce_id"), "1");
    ck_assert_str_eq(header("ce_source"), "/shop");
    ck_assert_ptr_null(header("kafka_dlt-exception-message"));
    ck_assert_ptr_null(header("kafka_dlt-original-topic"));
    mem_free(t.arena);
}
END_TEST

START_TEST(without_an_id_it_is_the_message_that_stood_there_first)
{
    open_arena();
    RESEND(HEADER("ce_type", "order.place"), WHY);
    ck_assert_str_eq(header("ce_id"), "tickets.commands/3/42/1777");
    ck_assert_str_eq(header("ce_source"), "tickets.commands");
    mem_free(t.arena);
}
END_TEST

START_TEST(its_deadline_has_passed_and_is_left_out)
{
    open_arena();
    RESEND(HEADER("ce_type", "order.place"), HEADER("timeout_ms", "5000"), WHY);
    ck_assert_ptr_null(header("timeout_ms"));
    ck_assert_str_eq(header("original_timestamp_ms"), "1777");
    mem_free(t.arena);
}
END_TEST

START_TEST(a_header_of_another_topic_leads_nowhere_else)
{
    open_arena();
    RESEND(HEADER("ce_type", "order.place"), HEADER("kafka_dlt-original-topic", "other"));
    ck_assert_str_eq(t.record.topic, "tickets.commands");
    mem_free(t.arena);
}
END_TEST

START_TEST(what_is_no_text_is_shown_as_base64)
{
    open_arena();
    const struct bus_header headers[] = {
        HEADER("a", "caf\xc3\xa9"), HEADER("b", "\xff"), HEADER("c", "x\0y"), {"d", NULL, 0}, WHY};
    struct bus_message message = letter(headers, sizeof headers / sizeof *headers);
    struct dead_letter shown;
    view_letter(t.arena, &message, true, &shown);
    ck_assert_str_eq(shown.headers.at[0].value, "caf\xc3\xa9");
    ck_assert_str_eq(shown.headers.at[1].value_base64, "/w==");
    ck_assert_ptr_null(shown.headers.at[1].value);
    ck_assert_str_eq(shown.headers.at[2].value_base64, "eAB5");
    ck_assert_ptr_null(shown.headers.at[3].value);
    ck_assert_ptr_null(shown.headers.at[3].value_base64);
    ck_assert_str_eq(shown.value, "{}");
    ck_assert_str_eq(shown.reason, "no JSON");
    ck_assert_int_eq(shown.original_offset.value, 42);
    ck_assert(!shown.truncated);
    mem_free(t.arena);
}
END_TEST

START_TEST(what_is_shown_outlives_the_message)
{
    open_arena();
    char type[] = "order.place";
    const struct bus_header headers[] = {{"ce_type", type, sizeof type - 1}, WHY};
    struct bus_message message = letter(headers, sizeof headers / sizeof *headers);
    struct dead_letter shown;
    view_letter(t.arena, &message, false, &shown);
    memset(type, 'x', sizeof type - 1);
    ck_assert_str_eq(shown.type, "order.place");
    mem_free(t.arena);
}
END_TEST

START_TEST(one_that_was_cut_or_never_read_says_so)
{
    open_arena();
    const struct bus_header headers[] = {WHY, HEADER("kafka_dlt-original-size", "3000000")};
    struct bus_message cut = letter(headers, sizeof headers / sizeof *headers),
                       lost = letter(headers, 1);
    lost.value = NULL;
    ck_assert(view_is_truncated(&cut));
    ck_assert(view_is_truncated(&lost));
    mem_free(t.arena);
}
END_TEST

CHECK_MAIN("resend", it_goes_where_it_came_to_without_what_says_why_it_is_dead,
           without_an_id_it_is_the_message_that_stood_there_first,
           its_deadline_has_passed_and_is_left_out, a_header_of_another_topic_leads_nowhere_else,
           what_is_no_text_is_shown_as_base64, what_is_shown_outlives_the_message,
           one_that_was_cut_or_never_read_says_so)
