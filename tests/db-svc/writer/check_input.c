/* What a message of a command topic becomes: decided, sent on, answered, or a dead letter. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/writer/input.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/partitioner.h"
#include "tests/support/ids.h"

#define BODY "{\"event_id\":\"" EVENT_ID "\",\"order_id\":\"" ORDER_ID "\"}"

static struct {
    void *arena;
    struct input input;
} t;

struct sent {
    const char *topic, *type, *id, *body, *reply_topic, *if_match;
    int32_t partition;
};

static void read_message(const struct sent *sent)
{
    struct bus_header headers[6];
    size_t n = 0;
    t.arena = mem_arena(NULL, 0);
#define ADD(name_, text_)                                                                          \
    if ((text_) != NULL)                                                                           \
    headers[n++] = (struct bus_header){.name = (name_), .value = (text_), .size = strlen(text_)}
    ADD("ce_specversion", "1.0");
    ADD("ce_type", sent->type);
    ADD("ce_id", sent->id);
    ADD("ce_source", "/test");
    ADD("kafka_replyTopic", sent->reply_topic);
    ADD("if_match", sent->if_match);
    struct bus_message message = {.topic = sent->topic,
                                  .partition = sent->partition,
                                  .offset = 5,
                                  .timestamp_ms = 1000,
                                  .value = sent->body,
                                  .value_size = strlen(sent->body),
                                  .headers = headers,
                                  .n_headers = n};
    input_read(t.arena, &message, 8, &t.input);
}

static void end(void)
{
    input_free(&t.input);
    mem_free(t.arena);
}

static int32_t home(void)
{
    return partitioner_murmur2(EVENT_ID, strlen(EVENT_ID), 8);
}

START_TEST(a_command_is_to_be_decided)
{
    read_message(
        &(struct sent){"tickets.commands", "order.confirm", "1", BODY, NULL, NULL, home()});
    ck_assert_ptr_nonnull(t.input.handler);
    ck_assert_ptr_null(t.input.receipt);
    ck_assert_ptr_null(t.input.dead);
    ck_assert(!t.input.misplaced);
    end();
}
END_TEST

START_TEST(a_command_of_another_partition_is_sent_home)
{
    read_message(&(struct sent){"tickets.commands", "order.confirm", "1", BODY, NULL, NULL,
                                (home() + 1) % 8});
    ck_assert(t.input.misplaced);
    ck_assert_int_eq(t.input.home, home());
    end();
}
END_TEST

START_TEST(a_payment_that_names_no_event_waits_for_its_order)
{
    static const char body[] = "{\"order_id\":\"" ORDER_ID "\",\"payment_id\":\"p\"}";
    read_message(&(struct sent){"payments.events", "payment.failed", "1", body, NULL, NULL, 3});
    ck_assert_ptr_nonnull(t.input.handler);
    ck_assert(t.input.unaddressed);
    ck_assert(!t.input.misplaced);
    input_address(&t.input, EVENT_ID, 8);
    ck_assert_str_eq(t.input.body.ids[ID_EVENT], EVENT_ID);
    ck_assert_int_eq(t.input.home, home());
    ck_assert_int_eq(t.input.misplaced, home() != 3);
    input_address(&t.input, NULL, 8);
    ck_assert(!t.input.misplaced);
    end();
}
END_TEST

START_TEST(junk_is_a_dead_letter_and_is_answered_if_it_asks)
{
    static const struct sent rows[] = {
        {"tickets.commands", "order.confirm", "1", "{", "a.replies", NULL, 0},
        {"tickets.commands", "order.steal", "1", "{}", "a.replies", NULL, 0},
        {"events.commands", "order.confirm", "1", BODY, "a.replies", NULL, 0},
        {"tickets.commands", "order.get", "1", BODY, "a.replies", NULL, 0},
        {"tickets.commands", NULL, "1", BODY, "a.replies", NULL, 0},
        {"tickets.commands", "order.confirm", "1", "\xff\xfe", "a.replies", NULL, 0},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        read_message(&rows[i]);
        ck_assert_ptr_null(t.input.handler);
        ck_assert_msg(t.input.dead != NULL, "row %u is no dead letter", i);
        ck_assert_ptr_nonnull(t.input.receipt);
        ck_assert(t.input.receipt->status == 400 || t.input.receipt->status == 422);
        end();
    }
}
END_TEST

/* The body of the refusal; the caller owns it. */
static json_t *problem(void)
{
    return json_loads(t.input.receipt->body, 0, NULL);
}

START_TEST(an_unreadable_message_names_every_faulty_header)
{
    read_message(&(struct sent){"tickets.commands", NULL, "", BODY, "a.replies", NULL, 0});
    json_t *body = problem(), *errors = json_object_get(body, "errors");
    static const char *const expected[][2] = {{"ce_id", "too_short"}, {"ce_type", "required"}};
    ck_assert_str_eq(json_string_value(json_object_get(body, "code")), "invalid_request");
    ck_assert_uint_eq(json_array_size(errors), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *one = json_array_get(errors, i);
        ck_assert_str_eq(json_string_value(json_object_get(one, "header")), expected[i][0]);
        ck_assert_str_eq(json_string_value(json_object_get(one, "code")), expected[i][1]);
        ck_assert_ptr_nonnull(json_object_get(one, "detail"));
    }
    ck_assert_str_eq(t.input.dead, "ce_id must not be empty; ce_type is missing");
    json_decref(body);
    end();
}
END_TEST

START_TEST(an_unknown_command_is_named)
{
    read_message(
        &(struct sent){"tickets.commands", "order.steal", "1", "{}", "a.replies", NULL, 0});
    json_t *body = problem();
    ck_assert_str_eq(json_string_value(json_object_get(body, "code")), "unknown_command");
    ck_assert_str_eq(json_string_value(json_object_get(body, "ce_type")), "order.steal");
    ck_assert_str_eq(json_string_value(json_object_get(body, "topic")), "tickets.commands");
    ck_assert_str_eq(t.input.dead, "no such command on this topic: order.steal");
    json_decref(body);
    end();
}
END_TEST

START_TEST(an_endless_type_is_named_by_its_beginning)
{
    char type[5001];
    memset(type, 'a', sizeof type - 1);
    memcpy(type + 99, "\xc3\xa9", 2); /* across the cut */
    type[sizeof type - 1] = '\0';
    read_message(&(struct sent){"tickets.commands", type, "1", "{}", "a.replies", NULL, 0});
    json_t *body = problem();
    const char *named = json_string_value(json_object_get(body, "ce_type"));
    ck_assert_uint_eq(strlen(named), 99);
    ck_assert_mem_eq(named, type, 99);
    ck_assert_uint_lt(strlen(t.input.dead), 200);
    json_decref(body);
    end();
}
END_TEST

START_TEST(an_invalid_command_is_a_dead_letter_only_when_nobody_hears)
{
    read_message(
        &(struct sent){"tickets.commands", "order.confirm", "1", "{}", "a.replies", NULL, 0});
    ck_assert_ptr_null(t.input.dead);
    ck_assert_int_eq(t.input.receipt->status, 422);
    end();
    read_message(&(struct sent){"tickets.commands", "order.confirm", "1", "{}", NULL, NULL, 0});
    ck_assert_ptr_nonnull(t.input.dead);
    end();
}
END_TEST

START_TEST(the_same_command_has_the_same_fingerprint_however_it_is_written)
{
    uint8_t id[RECEIPT_ID], fingerprint[RECEIPT_ID];
    read_message(
        &(struct sent){"tickets.commands", "order.confirm", "1", BODY, NULL, NULL, home()});
    memcpy(id, t.input.receipt_id, RECEIPT_ID);
    memcpy(fingerprint, t.input.fingerprint, RECEIPT_ID);
    end();
    read_message(&(struct sent){"tickets.commands", "order.confirm", "1",
                                "{ \"order_id\":\"" ORDER_ID "\", \"event_id\":\"" EVENT_ID "\"}",
                                NULL, NULL, home()});
    ck_assert_mem_eq(t.input.receipt_id, id, RECEIPT_ID);
    ck_assert_mem_eq(t.input.fingerprint, fingerprint, RECEIPT_ID);
    end();
    read_message(
        &(struct sent){"tickets.commands", "order.confirm", "1", BODY, NULL, "\"2\"", home()});
    ck_assert_mem_ne(t.input.fingerprint, fingerprint, RECEIPT_ID);
    end();
    read_message(&(struct sent){"tickets.commands", "order.cancel", "2", BODY, NULL, NULL, home()});
    ck_assert_mem_ne(t.input.receipt_id, id, RECEIPT_ID);
    ck_assert_mem_ne(t.input.fingerprint, fingerprint, RECEIPT_ID);
    end();
}
END_TEST

START_TEST(what_is_larger_than_a_command_is_refused_and_a_dead_letter)
{
    char *body = malloc(INPUT_BYTES + 2);
    memset(body, ' ', INPUT_BYTES + 1);
    body[INPUT_BYTES + 1] = '\0';
    read_message(
        &(struct sent){"tickets.commands", "order.confirm", "1", body, "a.replies", NULL, 0});
    ck_assert_ptr_nonnull(t.input.dead);
    ck_assert_int_eq(t.input.receipt->status, 413);
    ck_assert(!t.input.misplaced);
    end();
    free(body);
}
END_TEST

START_TEST(what_cannot_be_unpacked_is_a_dead_letter)
{
    struct bus_message message = {.topic = "tickets.commands",
                                  .partition = 3,
                                  .offset = 9,
                                  .lost_from = 7,
                                  .unreadable = "its batch cannot be unpacked"};
    t.arena = mem_arena(NULL, 0);
    input_read(t.arena, &message, 8, &t.input);
    ck_assert_str_eq(t.input.dead, "its batch cannot be unpacked");
    ck_assert_ptr_null(t.input.receipt);
    ck_assert(!input_wants_reply(&t.input));
    end();
}
END_TEST

CHECK_MAIN("input", a_command_is_to_be_decided, a_command_of_another_partition_is_sent_home,
           a_payment_that_names_no_event_waits_for_its_order,
           junk_is_a_dead_letter_and_is_answered_if_it_asks,
           an_unreadable_message_names_every_faulty_header, an_unknown_command_is_named,
           an_endless_type_is_named_by_its_beginning,
           an_invalid_command_is_a_dead_letter_only_when_nobody_hears,
           the_same_command_has_the_same_fingerprint_however_it_is_written,
           what_is_larger_than_a_command_is_refused_and_a_dead_letter,
           what_cannot_be_unpacked_is_a_dead_letter)
