/* What another of our programs has sent is read as far as it is known here. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/record/tolerant.h"

struct seat {
    int64_t number;
    const char *row;
};
struct sale {
    const char *id, *text;
    int status;
    struct seat *best;
    LIST_OF(struct seat) seats;
};

static const char *const status_names[] = {"", "open", "closed", NULL};
static const struct field seat_fields[] = {
    FIELD(struct seat, number, .flags = REQUIRED, .min = 1, .max = 100),
    FIELD(struct seat, row),
};
static const struct record seat_record = RECORD("seat", struct seat, seat_fields);
static const struct field fields[] = {
    FIELD_ID(struct sale, id, "sale", .flags = REQUIRED),
    FIELD(struct sale, text, .max = 5),
    FIELD_ENUM(struct sale, status, status_names),
    FIELD_NESTED(struct sale, best, seat_record),
    FIELD_LIST(struct sale, seats, seat_record),
};
static const struct record sale_record = RECORD("sale", struct sale, fields);

#define ID "'id':'sale_01jz3w4v9he8qb2m5x7k6d0c1n'"

/* Of text in which ' stands for ". */
static int decode(void *arena, const char *text, struct sale *ret)
{
    char *quoted = mem_strdup(arena, text);
    for (char *at = quoted; (at = strchr(at, '\'')) != NULL;)
        *at = '"';
    json_t *json = json_loads(quoted, JSON_DECODE_ANY, NULL);
    ck_assert_msg(json != NULL, "%s", text);
    int r = record_decode_tolerant(arena, &sale_record, json, ret);
    json_decref(json);
    return r;
}

START_TEST(members_of_a_later_release_are_passed_over_wherever_they_stand)
{
    void *arena = mem_arena(NULL, 0);
    struct sale sale;
    ck_assert_int_eq(decode(arena,
                            "{" ID ",'later':[1],'best':{'number':1,'later':{}},"
                            "'seats':[{'number':2,'row':'A'},{'later':1,'number':3}]}",
                            &sale),
                     0);
    ck_assert_int_eq(sale.best->number, 1);
    ck_assert_uint_eq(sale.seats.n, 2);
    ck_assert_str_eq(sale.seats.at[0].row, "A");
    ck_assert_int_eq(sale.seats.at[1].number, 3);
    mem_free(arena);
}
END_TEST

START_TEST(a_text_is_taken_as_it_is)
{
    void *arena = mem_arena(NULL, 0);
    struct sale sale;
    ck_assert_int_eq(decode(arena, "{" ID ",'text':'longer than five\\nand of lines'}", &sale), 0);
    ck_assert_str_eq(sale.text, "longer than five\nand of lines");
    mem_free(arena);
}
END_TEST

START_TEST(what_is_no_such_record_is_refused)
{
    static const char *const bodies[] = {
        "null",
        "[]",
        "{}",
        "{'id':7}",
        "{'id':'order_01jz3w4v9he8qb2m5x7k6d0c1n'}",
        "{" ID ",'text':1}",
        "{" ID ",'status':'ajar'}",
        "{" ID ",'best':{}}",
        "{" ID ",'seats':[{'number':0}]}",
        "{" ID ",'seats':[{}]}",
        "{" ID ",'seats':{}}",
    };
    void *arena = mem_arena(NULL, 0);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct sale sale;
        ck_assert_msg(decode(arena, bodies[i], &sale) == -EBADMSG, "%s", bodies[i]);
    }
    mem_free(arena);
}
END_TEST

CHECK_MAIN("tolerant", members_of_a_later_release_are_passed_over_wherever_they_stand,
           a_text_is_taken_as_it_is, what_is_no_such_record_is_refused)
