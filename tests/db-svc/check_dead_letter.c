/* A dead letter fits its topic, however large the message was. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/dead_letter.h"
#include "libshared/base/mem.h"

static struct {
    void *arena;
    struct bus_record record;
} t;

static void form(const struct bus_message *message)
{
    t.arena = mem_arena(NULL, 0);
    dead_letter_form(t.arena, message, "no JSON", &t.record);
}

static const char *header(const char *name)
{
    for (size_t i = 0; i < t.record.n_headers; i++)
        if (strcmp(t.record.headers[i].name, name) == 0)
            return mem_strndup(t.arena, t.record.headers[i].value, t.record.headers[i].size);
    return NULL;
}

static size_t size(void)
{
    size_t n = t.record.key_size + t.record.value_size;
    for (size_t i = 0; i < t.record.n_headers; i++)
        n += strlen(t.record.headers[i].name) + t.record.headers[i].size;
    return n;
}

START_TEST(a_message_is_kept_as_it_came_and_says_where_it_stood)
{
    const struct bus_header headers[] = {{"ce_type", "order.place", 11}, {"x", NULL, 0}};
    form(&(struct bus_message){.topic = "tickets.commands",
                               .partition = 3,
                               .offset = 42,
                               .timestamp_ms = 1777,
                               .key = "k",
                               .key_size = 1,
                               .value = "junk",
                               .value_size = 4,
                               .headers = headers,
                               .n_headers = 2});
    ck_assert_str_eq(t.record.topic, "tickets.commands-dlt");
    ck_assert_int_eq(t.record.partition, 3);
    ck_assert_mem_eq(t.record.key, "k", 1);
    ck_assert_uint_eq(t.record.value_size, 4);
    ck_assert_str_eq(header("ce_type"), "order.place");
    ck_assert_str_eq(header("kafka_dlt-original-topic"), "tickets.commands");
    ck_assert_str_eq(header("kafka_dlt-original-partition"), "3");
    ck_assert_str_eq(header("kafka_dlt-original-offset"), "42");
    ck_assert_str_eq(header("kafka_dlt-original-timestamp"), "1777");
    ck_assert_str_eq(header("kafka_dlt-exception-message"), "no JSON");
    ck_assert_ptr_null(header("kafka_dlt-original-size"));
    mem_free(t.arena);
}
END_TEST

START_TEST(what_is_too_large_is_cut_with_its_size_and_hash)
{
    const size_t n = 100 * 1024 * 1024;
    char *zeros = calloc(1, n);
    form(&(struct bus_message){
        .topic = "t", .key = "k", .key_size = 1, .value = zeros, .value_size = n});
    ck_assert_uint_lt(size(), DEAD_LETTER_BYTES);
    ck_assert_uint_eq(t.record.value_size, DEAD_LETTER_CUT);
    ck_assert_str_eq(header("kafka_dlt-original-size"), "104857600");
    ck_assert_str_eq(header("kafka_dlt-original-sha256"),
                     "20492a4d0d84f8beb1767f6616229f85d44c2827b64bdbfb260ee12fa1109e0e");
    ck_assert_mem_eq(t.record.key, "k", 1);
    free(zeros);
    mem_free(t.arena);
}
END_TEST

START_TEST(headers_and_keys_that_are_too_large_are_left_out)
{
    const size_t n = 3 * 1024 * 1024;
    char *zeros = calloc(1, n);
    const struct bus_header headers[] = {{"large", zeros, n}, {"ce_type", "order.place", 11}};
    form(&(struct bus_message){.topic = "t",
                               .key = zeros,
                               .key_size = n,
                               .value = "v",
                               .value_size = 1,
                               .headers = headers,
                               .n_headers = 2});
    ck_assert_uint_lt(size(), DEAD_LETTER_BYTES);
    ck_assert_ptr_null(t.record.key);
    ck_assert_ptr_null(header("large"));
    ck_assert_str_eq(header("ce_type"), "order.place");
    ck_assert_uint_eq(t.record.value_size, 1);
    free(zeros);
    mem_free(t.arena);
}
END_TEST

CHECK_MAIN("dead_letter", a_message_is_kept_as_it_came_and_says_where_it_stood,
           what_is_too_large_is_cut_with_its_size_and_hash,
           headers_and_keys_that_are_too_large_are_left_out)
