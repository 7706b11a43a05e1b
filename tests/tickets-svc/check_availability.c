/* What is kept of questions and facts, in whichever order they come. */
#include "tickets-svc/availability.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "tests/support/check_main.h"
#include "tests/support/followed.h"
#include "tests/support/ids.h"

#define NOW FOLLOWED_NOW

static struct followed t;

static void begin(void)
{
    followed_open(&t);
}

static void end(void)
{
    followed_close(&t);
}

static void ask(void)
{
    followed_ask(&t);
}

static int answer(const char *text)
{
    return followed_answer(&t, text);
}

static int fact(const char *type, const char *body)
{
    return followed_fact(&t, type, body);
}

/* Since the last question a second has passed. */
static const char *gap(void)
{
    t.now_ms += 1000;
    return availability_gap(t.table, t.now_ms);
}

#define ITEM(id, version, name, sold, rev)                                                         \
    "{'ticket_type_id':'" id "','type':'general','name':'" name                                    \
    "','price':{'amount':2500,'currency':'EUR'},'on_sale':true,'capacity':100,'sold':" #sold       \
    ",'held':0,'available':1,'version':" #version ",'rev':" #rev "}"
#define ANSWER(items)                                                                              \
    "{'event_id':'" EVENT_ID "','as_of':'2026-05-01T18:00:00Z','status':'published','version':1,"  \
    "'items':[" items "]}"
#define LEVEL(id, sold, rev)                                                                       \
    "{'ticket_type_id':'" id "','capacity':100,'sold':" #sold ",'held':0,'rev':" #rev "}"
#define SOLD(id, sold, rev) "{'event_id':'" EVENT_ID "','stock':[" LEVEL(id, sold, rev) "]}"
#define DESCRIBED(id, version, name)                                                               \
    "{'event_id':'" EVENT_ID "','ticket_type_id':'" id "','version':" #version                     \
    ",'type':'general','name':'" name "','price':{'amount':1,'currency':'EUR'}}"

static void learn(void)
{
    ask();
    ck_assert_int_eq(answer(ANSWER(ITEM(GENERAL_ID, 1, "Stalls", 2, 3))), 0);
    t.changes = 0;
}

/* The items shown of the event or of one type; the caller's. */
static json_t *shown_at(const char *type_id, int64_t now)
{
    json_t *json = followed_shown(&t, type_id, now);
    json_t *items = json_incref(json_object_get(json, "items"));
    json_decref(json);
    return items;
}

static void shows(const char *type_id, const char *name, int sold)
{
    json_t *items = shown_at(type_id, NOW), *item = json_array_get(items, 0);
    ck_assert_uint_eq(json_array_size(items), 1);
    ck_assert_str_eq(json_string_value(json_object_get(item, "ticket_type_id")), type_id);
    ck_assert_str_eq(json_string_value(json_object_get(item, "name")), name);
    ck_assert_int_eq(json_integer_value(json_object_get(item, "sold")), sold);
    ck_assert_int_eq(json_integer_value(json_object_get(item, "available")), 100 - sold);
    json_decref(items);
}

START_TEST(an_event_is_known_once_it_was_asked_for_and_answered)
{
    begin();
    ck_assert(!availability_known(t.table, EVENT_ID, NULL));
    ck_assert(!availability_follows(t.table, EVENT_ID, strlen(EVENT_ID)));
    ask();
    ck_assert(availability_asked(t.table, EVENT_ID));
    ck_assert(availability_follows(t.table, EVENT_ID, strlen(EVENT_ID)));
    ck_assert(!availability_known(t.table, EVENT_ID, NULL));
    ck_assert_ptr_null(availability_text(t.table, t.arena, EVENT_ID, NULL, NOW, NOW, t.tag));
    ck_assert_int_eq(
        answer(ANSWER(ITEM(VIP_ID, 1, "Box", 0, 1) "," ITEM(GENERAL_ID, 1, "Stalls", 2, 3))), 0);
    ck_assert_int_eq(t.changes, 1);
    ck_assert(availability_known(t.table, EVENT_ID, NULL));
    ck_assert(availability_known(t.table, EVENT_ID, GENERAL_ID));
    ck_assert(!availability_known(t.table, EVENT_ID, "tkttype_01jz3w4v9he8qb2m5x7k6d0c9n"));
    shows(GENERAL_ID, "Stalls", 2);
    json_t *all = shown_at(NULL, NOW);
    ck_assert_uint_eq(json_array_size(all), 2);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(all, 0), "ticket_type_id")),
                     GENERAL_ID);
    json_decref(all);
    end();
}
END_TEST

START_TEST(what_is_shown_is_what_the_contract_says_and_no_more)
{
    begin();
    learn();
    ck_assert_str_eq(availability_text(t.table, t.arena, EVENT_ID, NULL, NOW, NOW - 1000, t.tag),
                     "{\"event_id\":\"" EVENT_ID "\",\"as_of\":\"2026-05-01T17:59:59.000Z\","
                     "\"items\":[{\"ticket_type_id\":\"" GENERAL_ID "\",\"type\":\"general\","
                     "\"name\":\"Stalls\",\"price\":{\"amount\":2500,\"currency\":\"EUR\"},"
                     "\"on_sale\":true,\"capacity\":100,\"sold\":2,\"held\":0,\"available\":98}]}");
    end();
}
END_TEST

START_TEST(an_event_that_there_is_not_is_forgotten)
{
    begin();
    ask();
    ck_assert_int_eq(answer(NULL), 0);
    ck_assert(!availability_known(t.table, EVENT_ID, NULL));
    ck_assert(!availability_follows(t.table, EVENT_ID, strlen(EVENT_ID)));
    ask();
    availability_no_answer(t.table, EVENT_ID);
    ck_assert(!availability_follows(t.table, EVENT_ID, strlen(EVENT_ID)));
    end();
}
END_TEST

START_TEST(of_a_stock_the_greater_rev_stays)
{
    begin();
    learn();
    ck_assert_int_eq(fact("order.placed", SOLD(GENERAL_ID, 5, 4)), 0);
    ck_assert_int_eq(t.changes, 1);
    shows(GENERAL_ID, "Stalls", 5);
    ck_assert_int_eq(fact("order.placed", SOLD(GENERAL_ID, 3, 3)), 0);
    ck_assert_int_eq(fact("order.placed", SOLD(GENERAL_ID, 3, 4)), 0);
    followed_reply(&t, "[" LEVEL(GENERAL_ID, 1, 2) "]");
    ck_assert_int_eq(t.changes, 1);
    shows(GENERAL_ID, "Stalls", 5);
    followed_reply(&t, "[" LEVEL(GENERAL_ID, 6, 5) "]");
    ck_assert_int_eq(t.changes, 2);
    shows(GENERAL_ID, "Stalls", 6);
    end();
}
END_TEST

START_TEST(what_is_told_while_a_question_is_out_counts_if_it_is_newer_than_the_answer)
{
    begin();
    ask();
    ck_assert_int_eq(fact("order.placed", SOLD(GENERAL_ID, 7, 4)), 0);
    followed_reply(&t, "[" LEVEL(VIP_ID, 8, 9) "]");
    ck_assert_int_eq(fact("ticket_type.updated", DESCRIBED(VIP_ID, 2, "Box")), 0);
    ck_assert_int_eq(fact("event.updated", "{'event_id':'" EVENT_ID "','status':'postponed',"
                                           "'version':2}"),
                     0);
    ck_assert_int_eq(t.changes, 0);
    ck_assert_int_eq(
        answer(ANSWER(ITEM(GENERAL_ID, 1, "Stalls", 2, 3) "," ITEM(VIP_ID, 1, "Bx", 0, 1))), 0);
    shows(GENERAL_ID, "Stalls", 7);
    shows(VIP_ID, "Box", 8);
    json_t *items = shown_at(GENERAL_ID, NOW);
    ck_assert(json_is_false(json_object_get(json_array_get(items, 0), "on_sale")));
    json_decref(items);
    ck_assert_ptr_null(gap());
    end();
}
END_TEST

START_TEST(what_was_told_of_others_while_a_question_was_out_is_not_kept)
{
    begin();
    ask();
    followed_reply(&t, "[" LEVEL(VIP_ID, 8, 9) "]");
    ck_assert_int_eq(answer(ANSWER(ITEM(GENERAL_ID, 1, "Stalls", 2, 3))), 0);
    ck_assert(!availability_known(t.table, EVENT_ID, VIP_ID));
    ask();
    ck_assert_int_eq(answer(ANSWER(ITEM(VIP_ID, 1, "Box", 1, 1))), 0);
    shows(VIP_ID, "Box", 1);
    end();
}
END_TEST

START_TEST(types_come_change_and_go)
{
    begin();
    learn();
    ck_assert_int_eq(fact("ticket_type.created",
                          "{'event_id':'" EVENT_ID "','ticket_type_id':'" VIP_ID "','version':1,"
                          "'type':'vip','name':'Box','price':{'amount':1,'currency':'EUR'},"
                          "'stock':[" LEVEL(VIP_ID, 0, 1) "]}"),
                     0);
    ck_assert_ptr_null(gap());
    shows(VIP_ID, "Box", 0);
    ck_assert_int_eq(fact("ticket_type.updated", DESCRIBED(VIP_ID, 2, "Gallery")), 0);
    ck_assert_int_eq(fact("ticket_type.updated", DESCRIBED(VIP_ID, 1, "Balcony")), 0);
    shows(VIP_ID, "Gallery", 0);
    ck_assert_int_eq(t.changes, 2);
    ck_assert_int_eq(fact("ticket_type.deleted", "{'ticket_type_id':'" VIP_ID "'}"), 0);
    ck_assert(!availability_known(t.table, EVENT_ID, VIP_ID));
    ck_assert_int_eq(t.changes, 3);
    ck_assert_int_eq(fact("event.deleted", "{'event_id':'" EVENT_ID "'}"), 0);
    ck_assert(!availability_known(t.table, EVENT_ID, NULL));
    ck_assert_int_eq(t.changes, 4);
    end();
}
END_TEST

START_TEST(what_was_deleted_while_a_question_was_out_does_not_come_back)
{
    begin();
    ask();
    ck_assert_int_eq(fact("ticket_type.deleted", "{'ticket_type_id':'" VIP_ID "'}"), 0);
    ck_assert_int_eq(
        answer(ANSWER(ITEM(GENERAL_ID, 1, "Stalls", 2, 3) "," ITEM(VIP_ID, 1, "Box", 0, 1))), 0);
    ck_assert(!availability_known(t.table, EVENT_ID, VIP_ID));
    ask();
    ck_assert_int_eq(fact("event.deleted", "{}"), 0);
    ck_assert_int_eq(answer(ANSWER(ITEM(GENERAL_ID, 1, "Stalls", 2, 3))), 0);
    ck_assert(!availability_known(t.table, EVENT_ID, NULL));
    end();
}
END_TEST

START_TEST(stock_of_a_type_not_described_leaves_a_gap)
{
    begin();
    learn();
    ck_assert_ptr_null(gap());
    ck_assert_int_eq(fact("order.placed", SOLD(VIP_ID, 1, 2)), 0);
    ck_assert_str_eq(gap(), EVENT_ID);
    ck_assert(!availability_known(t.table, EVENT_ID, VIP_ID));
    ask();
    ck_assert(availability_known(t.table, EVENT_ID, GENERAL_ID));
    ck_assert_ptr_null(gap());
    availability_no_answer(t.table, EVENT_ID);
    ck_assert_str_eq(gap(), EVENT_ID);
    /* It was of a type deleted long ago, told once more. */
    ask();
    ck_assert_int_eq(answer(ANSWER(ITEM(GENERAL_ID, 1, "Stalls", 2, 3))), 0);
    ck_assert_ptr_null(gap());
    end();
}
END_TEST

START_TEST(facts_that_do_not_say_what_a_type_is_leave_a_gap)
{
    begin();
    learn();
    ck_assert_int_eq(fact("ticket_type.updated", "{'ticket_type_id':'" GENERAL_ID "'}"), 0);
    ck_assert_str_eq(gap(), EVENT_ID);
    ask();
    ck_assert_int_eq(answer(ANSWER(ITEM(GENERAL_ID, 2, "Pit", 2, 3))), 0);
    ck_assert_ptr_null(gap());
    shows(GENERAL_ID, "Pit", 2);
    end();
}
END_TEST

START_TEST(members_that_are_not_known_are_passed_over_and_junk_leaves_a_gap)
{
    begin();
    learn();
    ck_assert_int_eq(fact("order.placed", "{'colour':'red','stock':[{'ticket_type_id':'" GENERAL_ID
                                          "','capacity':100,'sold':4,'held':0,'rev':4,'x':1}]}"),
                     0);
    shows(GENERAL_ID, "Stalls", 4);
    ck_assert_int_eq(fact("order.placed", "{'stock':[{'ticket_type_id':7}]}"), -EBADMSG);
    ck_assert_str_eq(gap(), EVENT_ID);
    followed_reply(&t, "[7,{'ticket_type_id':'" GENERAL_ID "','rev':true}]");
    followed_reply(&t, "{}");
    ask();
    ck_assert_int_eq(answer("{'items':7}"), -EBADMSG);
    shows(GENERAL_ID, "Stalls", 4);
    ck_assert_int_eq(availability_fact(t.table, "order.placed", "event_of_others", NULL), 0);
    end();
}
END_TEST

START_TEST(the_tag_is_that_of_the_content)
{
    char first[AVAILABILITY_TAG_SIZE];
    begin();
    learn();
    json_decref(shown_at(NULL, NOW));
    memcpy(first, t.tag, sizeof first);
    json_decref(shown_at(NULL, NOW + 5000));
    ck_assert_str_eq(t.tag, first);
    ck_assert_int_eq(fact("order.placed", SOLD(GENERAL_ID, 5, 4)), 0);
    json_decref(shown_at(NULL, NOW));
    ck_assert_str_ne(t.tag, first);
    ck_assert_int_eq(fact("order.cancelled", SOLD(GENERAL_ID, 2, 5)), 0);
    json_decref(shown_at(NULL, NOW));
    ck_assert_str_eq(t.tag, first);
    end();
}
END_TEST

static const char *text_at(const char *type_id, int64_t now)
{
    return availability_text(t.table, t.arena, EVENT_ID, type_id, now, now, t.tag);
}

START_TEST(what_did_not_change_is_not_encoded_again)
{
    begin();
    learn();
    const char *first = text_at(NULL, NOW);
    ck_assert_uint_eq(availability_encoded(t.table), 1);
    const char *later = text_at(NULL, NOW + 86399999);
    ck_assert_uint_eq(availability_encoded(t.table), 1);
    ck_assert_ptr_nonnull(strstr(first, "\"as_of\":\"2026-05-01T18:00:00.000Z\""));
    ck_assert_ptr_nonnull(strstr(later, "\"as_of\":\"2026-05-02T17:59:59.999Z\""));
    ck_assert_str_eq(strstr(first, "\"items\""), strstr(later, "\"items\""));
    ck_assert_ptr_nonnull(text_at(GENERAL_ID, NOW));
    ck_assert_uint_eq(availability_encoded(t.table), 2); /* of one type: another text */
    ck_assert_int_eq(fact("order.placed", SOLD(GENERAL_ID, 5, 4)), 0);
    ck_assert_ptr_nonnull(strstr(text_at(NULL, NOW), "\"sold\":5"));
    ck_assert_uint_eq(availability_encoded(t.table), 3);
    ck_assert_ptr_nonnull(strstr(text_at(GENERAL_ID, NOW), "\"sold\":5"));
    end();
}
END_TEST

START_TEST(after_facts_were_missed_nothing_is_known)
{
    begin();
    learn();
    availability_forget(t.table);
    ck_assert(!availability_known(t.table, EVENT_ID, NULL));
    ck_assert(!availability_follows(t.table, EVENT_ID, strlen(EVENT_ID)));
    /* Nor is an answer enough that was asked for before. */
    ask();
    availability_forget(t.table);
    ck_assert_int_eq(answer(ANSWER(ITEM(GENERAL_ID, 1, "Stalls", 2, 3))), 0);
    ck_assert(!availability_known(t.table, EVENT_ID, NULL));
    learn();
    shows(GENERAL_ID, "Stalls", 2);
    end();
}
END_TEST

static void nothing(void *context, const char *event_id)
{
    (void)context;
    (void)event_id;
}

static size_t in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

START_TEST(ten_thousand_types_take_less_than_16_mib)
{
    enum { EVENTS = 100, TYPES = 100, LIMIT = 16 * 1024 * 1024 };
    void *arena = mem_arena(NULL, 0);
    size_t before = in_use();
    struct availability_table *table = availability_new(arena, nothing, NULL);
    for (int e = 0; e < EVENTS; e++) {
        char event_id[48];
        (void)snprintf(event_id, sizeof event_id, "event_01jz3w4v9he8qb2m5x7k6d%04d", e);
        json_t *items = json_array();
        for (int i = 0; i < TYPES; i++)
            (void)json_array_append_new(
                items, json_pack("{sosssss{sIss}sIsIsIsIsI}", "ticket_type_id",
                                 json_sprintf("tkttype_01jz3w4v9he8qb2m5x%04d%04d", e, i), "type",
                                 "general", "name", "A name as long as these usually are, row 17",
                                 "price", "amount", (json_int_t)2500, "currency", "EUR", "capacity",
                                 (json_int_t)100, "sold", (json_int_t)1, "held", (json_int_t)0,
                                 "version", (json_int_t)1, "rev", (json_int_t)1));
        json_t *said =
            json_pack("{sssIso}", "status", "published", "version", (json_int_t)1, "items", items);
        availability_ask(table, event_id, 1);
        ck_assert_int_eq(availability_answer(table, event_id, said), 0);
        json_decref(said);
    }
    size_t used = in_use() - before;
    ck_assert(availability_known(table, "event_01jz3w4v9he8qb2m5x7k6d0099",
                                 "tkttype_01jz3w4v9he8qb2m5x00990099"));
    ck_assert_msg(used < LIMIT, "%zu", used);
    printf("10,000 ticket types: %zu bytes\n", used);
    mem_free(arena);
}
END_TEST

CHECK_MAIN("availability", an_event_is_known_once_it_was_asked_for_and_answered,
           what_is_shown_is_what_the_contract_says_and_no_more,
           an_event_that_there_is_not_is_forgotten, of_a_stock_the_greater_rev_stays,
           what_is_told_while_a_question_is_out_counts_if_it_is_newer_than_the_answer,
           what_was_told_of_others_while_a_question_was_out_is_not_kept, types_come_change_and_go,
           what_was_deleted_while_a_question_was_out_does_not_come_back,
           stock_of_a_type_not_described_leaves_a_gap,
           facts_that_do_not_say_what_a_type_is_leave_a_gap,
           members_that_are_not_known_are_passed_over_and_junk_leaves_a_gap,
           the_tag_is_that_of_the_content, what_did_not_change_is_not_encoded_again,
           after_facts_were_missed_nothing_is_known, ten_thousand_types_take_less_than_16_mib)
