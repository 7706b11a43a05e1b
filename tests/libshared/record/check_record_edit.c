/* How a record is edited: patches and replacements, and what stays as it is. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/record/record.h"
#include "tests/libshared/record/record_fixture.h"

static bool edit(enum record_edit how, const char *change, const struct thing *stored,
                 struct thing *ret)
{
    json_t *value = parse(change);
    bool edited = record_edit(&t.decoder, &thing_record, how, stored, value, ret);
    json_decref(value);
    return edited;
}

START_TEST(a_patch_keeps_what_it_does_not_name)
{
    struct thing stored, edited;
    begin();
    ck_assert(decode(FULL, &stored));
    stored.version = 3;
    ck_assert(
        edit(RECORD_MERGE, "{\"capacity\":11,\"email\":null,\"version\":3}", &stored, &edited));
    ck_assert_int_eq(edited.capacity, 11);
    ck_assert_ptr_null(edited.email);
    ck_assert_str_eq(edited.name, "gala");
    ck_assert_int_eq(edited.version, 3);
    mem_free(t.arena);
}
END_TEST

/* Rules grow stricter; a record that was right when it was stored can still be edited. */
START_TEST(what_stands_already_is_not_checked_anew)
{
    struct thing stored, edited;
    begin();
    ck_assert(decode(FULL, &stored));
    stored.email = "a\u00a0b@c.org";
    memcpy(stored.price.currency, "XYZ", 4);
    ck_assert(edit(RECORD_MERGE, "{\"capacity\":11}", &stored, &edited));
    ck_assert_str_eq(edited.email, stored.email);
    ck_assert_str_eq(edited.price.currency, "XYZ");
    ck_assert(!edit(RECORD_MERGE, "{\"price\":{\"amount\":1}}", &stored, &edited));
    ck_assert_str_eq(faults(), "#/price/currency invalid_currency");
    mem_free(t.arena);
}
END_TEST

/* Rules become stricter; what is there already must not stand in the way of another change. */
START_TEST(what_stays_as_it_is_is_not_judged_again)
{
    const char *names[] = {"k"}, *values[] = {"a\nb"};
    const struct thing stored = {
        .name = "two\nlines", .capacity = 1, .metadata = {names, values, 1}};
    struct thing edited;
    begin();
    ck_assert(edit(RECORD_MERGE, "{\"capacity\":2}", &stored, &edited));
    ck_assert_str_eq(edited.name, "two\nlines");
    ck_assert_str_eq(edited.metadata.values[0], "a\nb");
    ck_assert_int_eq(edited.capacity, 2);
    ck_assert(edit(RECORD_REPLACE, "{\"name\":\"two\\nlines\",\"capacity\":3}", &stored, &edited));
    ck_assert(!edit(RECORD_MERGE, "{\"name\":\"two\\nother\"}", &stored, &edited));
    ck_assert_str_eq(faults(), "#/name invalid_text");
    mem_free(t.arena);
}
END_TEST

START_TEST(a_put_unsets_what_it_does_not_name)
{
    struct thing stored, edited;
    begin();
    ck_assert(decode(FULL, &stored));
    ck_assert(edit(RECORD_REPLACE, "{\"name\":\"new\",\"capacity\":11}", &stored, &edited));
    ck_assert_ptr_null(edited.email);
    ck_assert(!edited.starts_at.set);
    ck_assert_uint_eq(edited.parts.n, 0);
    mem_free(t.arena);
}
END_TEST

START_TEST(read_only_members_cannot_be_changed)
{
    struct thing stored, edited;
    begin();
    ck_assert(decode(FULL, &stored));
    ck_assert(!edit(RECORD_MERGE, "{\"version\":9,\"name\":null,\"id\":\"x\"}", &stored, &edited));
    ck_assert_str_eq(faults(), "#/id read_only, #/version read_only, #/name required");
    mem_free(t.arena);
}
END_TEST

CHECK_MAIN("record_edit", what_stays_as_it_is_is_not_judged_again,
           what_stands_already_is_not_checked_anew, a_patch_keeps_what_it_does_not_name,
           a_put_unsets_what_it_does_not_name, read_only_members_cannot_be_changed)
