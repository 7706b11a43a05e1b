/* What a record table promises: every fault at once, PUT and PATCH as one path, and what is written
 * is what was read. */
#include "tests/support/check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/record/json_text.h"
#include "libshared/record/record.h"
#include "tests/libshared/record/record_fixture.h"

/* `text` in the place of the format's only %s. */
static const char *with(const char *format, const char *text)
{
    const char *place = strstr(format, "%s");
    return mem_printf(t.arena, "%.*s%s%s", (int)(place - format), format, text, place + 2);
}

START_TEST(every_fault_is_named_at_once)
{
    static const struct {
        const char *body, *faults;
    } rows[] = {
        {"{}", "#/name required, #/capacity required"},
        {"[]", "# wrong_type"},
        {"{\"name\":\"\",\"capacity\":1001,\"x\":1}",
         "#/x unknown_member, #/name too_short, #/capacity too_large"},
        {"{\"name\":\"n\",\"capacity\":-1}", "#/capacity too_small"},
        {"{\"name\":\"n\",\"capacity\":1e18}", "#/capacity wrong_type"},
        {"{\"name\":\"n\",\"capacity\":2.5}", "#/capacity wrong_type"},
        {"{\"name\":\"n\",\"capacity\":true}", "#/capacity wrong_type"},
        {"{\"name\":\"elevenchars\",\"capacity\":\"2\"}", "#/name too_long, #/capacity wrong_type"},
        {"{\"name\":\"n\",\"capacity\":1,\"parts\":[{\"quantity\":0},{}]}",
         "#/parts/0/quantity too_small, #/parts/1/quantity required"},
        {"{\"name\":\"n\",\"capacity\":1,\"parts\":[{},{},{}]}", "#/parts too_long"},
        {"{\"name\":\"n\",\"capacity\":1,\"price\":{\"amount\":1.5,\"currency\":\"eur\",\"a/"
         "b\":0}}",
         "#/price/a~1b unknown_member, #/price/amount wrong_type, #/price/currency "
         "invalid_currency"},
        {"{\"name\":\"n\",\"capacity\":1,\"status\":\"\",\"starts_at\":\"soon\",\"zone\":\"Mars/"
         "Base\"}",
         "#/zone invalid_time_zone, #/starts_at invalid_time, #/status not_allowed"},
        {"{\"name\":\"n\",\"capacity\":1,\"locale\":\"es_ES\"}", "#/locale invalid_locale"},
        {"{\"name\":\"n\",\"capacity\":1,\"locale\":5}", "#/locale wrong_type"},
        {"{\"name\":\"a\\u0001\",\"capacity\":1,\"metadata\":{\"k\":1}}",
         "#/name invalid_text, #/metadata/k wrong_type"},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct thing thing;
        begin();
        ck_assert(!decode(rows[i].body, &thing));
        ck_assert_str_eq(faults(), rows[i].faults);
        mem_free(t.arena);
    }
}
END_TEST

#define TEXT_BODY "{\"name\":\"%s\",\"capacity\":1,\"about\":\"%s\",\"metadata\":{\"k\":\"%s\"}}"

/* Whether these are the faults of a body with that text in each place. */
static void check_text(const char *text, const char *expected)
{
    struct thing thing;
    begin();
    (void)decode(mem_printf(t.arena, TEXT_BODY, text, text, text), &thing);
    ck_assert_msg(strcmp(faults(), expected) == 0, "%s: %s", text, faults());
    mem_free(t.arena);
}

START_TEST(one_line_is_one_line_and_not_blank)
{
    static const char *const good[] = {"Ana",      " a ",        "Jos\u00e9", "\u05d0\u200f!",
                                       "a\u200db", "\U0001f3ab", "a\u00a0b",  "{{a}}"};
    static const char *const bad[] = {
        "a\\nb",    "a\\r",    "a\\tb",    "\x7f",    "a\\u0080", "\\u009fa", "a\u2028b", "a\u2029",
        "a\u202eb", "\u202aa", "a\u2066b", "a\u2069", " ",        "\u00a0",   "\u3000",   "\u200b",
        "\u2060 ",  "\ufeff",  "\u3164",   "\u2800",  "\u00ad",   "\u200f"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        check_text(good[i], "");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_text(bad[i], "#/name invalid_text, #/metadata/k invalid_text");
    check_text("a\\u0001", "#/name invalid_text, #/about invalid_text, #/metadata/k invalid_text");
}
END_TEST

START_TEST(names_of_metadata_are_one_line)
{
    struct thing thing;
    begin();
    ck_assert(!decode("{\"name\":\"n\",\"capacity\":1,\"metadata\":{\"a\\nb\":\"c\"}}", &thing));
    ck_assert_str_eq(faults(), "#/metadata/a\nb invalid_text");
    mem_free(t.arena);
}
END_TEST

#define LABEL_63 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc"
START_TEST(addresses_are_checked)
{
    static const char *const good[] = {
        "a@b.org",        "josé@exämple.org",    "a.b+c@sub.example.org", "a@" LABEL_63 ".org",
        "a@x-1.3com.org", "a@xn--exmple-cua.org"};
    static const char *const bad[] = {"",
                                      "a",
                                      "@b.org",
                                      "a@",
                                      "a b@c.org",
                                      "a@localhost",
                                      "a@b..org",
                                      "a@b.org.",
                                      "a@-b.org",
                                      "a@b-.org",
                                      ".a@b.org",
                                      "a..b@c.org",
                                      "a\\r\\nBcc: x@b.org",
                                      "a@xn--",
                                      "a@" LABEL_63 "x.org",
                                      "a@\u200d.org",
                                      "a@b\u2024org",
                                      "a@xn--zzzzzzz-.org"};
    /* Each is folded away or looks like a blank, so that another address would equal it. */
    static const char *const hidden[] = {
        "\u00a0", "\u00ad", "\u034f",     "\u061c", "\u115f", "\u1680", "\u180e",
        "\u2003", "\u200b", "\u200c",     "\u200d", "\u200e", "\u2028", "\u2029",
        "\u202e", "\u202f", "\u2060",     "\u2066", "\u3000", "\u3164", "\ufe0f",
        "\ufeff", "\uffa0", "\U000e0020", "\ue000", "\uffff"};
    struct thing thing;
    for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
        begin();
        ck_assert_msg(
            decode(mem_printf(t.arena, "{\"name\":\"n\",\"capacity\":1,\"email\":\"%s\"}", good[i]),
                   &thing),
            "refused %s", good[i]);
        mem_free(t.arena);
    }
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        begin();
        ck_assert_msg(
            !decode(mem_printf(t.arena, "{\"name\":\"n\",\"capacity\":1,\"email\":\"%s\"}", bad[i]),
                    &thing),
            "took %s", bad[i]);
        mem_free(t.arena);
    }
    for (unsigned i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        begin();
        const char *const bodies[] = {"{\"name\":\"n\",\"capacity\":1,\"email\":\"%sa@b.org\"}",
                                      "{\"name\":\"n\",\"capacity\":1,\"email\":\"a%sb@b.org\"}",
                                      "{\"name\":\"n\",\"capacity\":1,\"email\":\"a@b%sc.org\"}",
                                      "{\"name\":\"n\",\"capacity\":1,\"email\":\"a@b.org%s\"}"};
        for (unsigned k = 0; k < 4; k++)
            ck_assert_msg(!decode(with(bodies[k], hidden[i]), &thing), "took hidden %u in %u", i,
                          k);
        mem_free(t.arena);
    }
}
END_TEST

START_TEST(a_joiner_that_a_domain_needs_is_taken)
{
    struct thing thing;
    begin();
    ck_assert(decode("{\"name\":\"n\",\"capacity\":1,"
                     "\"email\":\"a@\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example\"}",
                     &thing));
    mem_free(t.arena);
}
END_TEST

static void check_taken(const char *body, const char *const *values, bool good)
{
    for (; *values != NULL; values++) {
        struct thing thing;
        begin();
        ck_assert_msg(decode(with(body, *values), &thing) == good, "%s %s",
                      good ? "refused" : "took", *values);
        mem_free(t.arena);
    }
}

START_TEST(a_price_is_in_a_currency_that_there_is)
{
    static const char *const good[] = {"EUR", "USD", "JPY", "KWD", "CLF",
                                       "SLE", "VES", "XCG", "ZWG", NULL};
    static const char *const bad[] = {"XYZ", "EUO", "AAA", "XXX",  "XTS", "XAU", "HRK",
                                      "ZZZ", "eur", "EU",  "EURO", "",    "€",   NULL};
    static const char body[] =
        "{\"name\":\"n\",\"capacity\":1,\"price\":{\"amount\":1,\"currency\":\"%s\"}}";
    check_taken(body, good, true);
    check_taken(body, bad, false);
}
END_TEST

START_TEST(a_zone_is_any_name_of_the_database)
{
    static const char *const good[] = {"Europe/Madrid", "UTC",     "GMT",          "CET", "Etc/UTC",
                                       "Etc/GMT+5",     "EST5EDT", "Asia/Kolkata", NULL};
    static const char *const bad[] = {"Europe",
                                      "Etc",
                                      "Mars/Base",
                                      "europe/madrid",
                                      "",
                                      "Europe/",
                                      "/UTC",
                                      "../UTC",
                                      "localtime",
                                      "posix/UTC",
                                      "zone.tab",
                                      "UTC ",
                                      "right/Europe/Madrid",
                                      "Etc/../UTC",
                                      NULL};
    static const char body[] = "{\"name\":\"n\",\"capacity\":1,\"zone\":\"%s\"}";
    check_taken(body, good, true);
    check_taken(body, bad, false);
}
END_TEST

START_TEST(what_is_written_is_what_was_read)
{
    struct thing thing;
    begin();
    ck_assert(decode(FULL, &thing));
    json_t *written = record_json(&thing_record, &thing), *read = parse(FULL);
    ck_assert(json_equal(written, read));
    json_decref(written);
    json_decref(read);
    mem_free(t.arena);
}
END_TEST

START_TEST(what_is_only_stored_is_not_shown_at_any_depth)
{
    struct part part = {.quantity = 1, .note = "secret"};
    const struct thing thing = {.name = "n", .parts = {&part, 1}};
    json_t *shown = record_json(&thing_record, &thing), *parts = json_object_get(shown, "parts");
    ck_assert_ptr_null(json_object_get(json_array_get(parts, 0), "note"));
    json_decref(shown);
    struct json_sink sink;
    json_sink_open(&sink);
    record_write(&thing_record, &thing, RECORD_STORE, &sink.sink);
    json_t *stored = json_sink_close(&sink);
    parts = json_object_get(stored, "parts");
    ck_assert_ptr_nonnull(json_object_get(json_array_get(parts, 0), "note"));
    json_decref(stored);
}
END_TEST

static void expect_same_members(const struct thing *thing)
{
    json_t *json = record_json(&thing_record, thing);
    for (size_t i = 0; i < thing_record.n; i++) {
        const json_t *wanted = json_object_get(json, thing_record.fields[i].name);
        json_t *member = record_member_json(&thing_record.fields[i], thing);
        ck_assert_msg(wanted == NULL ? member == NULL : json_equal(member, wanted), "%s",
                      thing_record.fields[i].name);
        json_decref(member);
    }
    json_decref(json);
}

static void expect_same_text(const struct thing *thing)
{
    json_t *json = record_json(&thing_record, thing);
    char *wanted = json_dumps(json, JSON_COMPACT);
    ck_assert_str_eq(record_text(t.arena, &thing_record, thing), wanted);
    expect_same_members(thing);
    free(wanted);
    json_decref(json);
}

START_TEST(text_is_what_a_json_library_writes)
{
    const char *names[] = {"a", "b\"\\/"}, *values[] = {"", "\x01\b\f\n\r\t\x1f\x7f"};
    struct part parts[] = {{.quantity = INT64_MIN}, {.quantity = INT64_MAX}};
    struct thing thing;
    begin();
    ck_assert(decode(FULL, &thing));
    expect_same_text(&thing);
    thing.name = "\xc3\xa9\xf0\x9f\x8e\x9f";
    thing.starts_at.ms = -1;
    thing.parts.at = parts;
    thing.parts.n = 2;
    thing.metadata = (struct string_map){.names = names, .values = values, .n = 2};
    expect_same_text(&thing);
    expect_same_text(&(struct thing){0});
    mem_free(t.arena);
}
END_TEST

START_TEST(a_schema_says_every_bound)
{
    json_t *schema = record_schema(&thing_record, true);
    json_t *capacity = json_object_get(json_object_get(schema, "properties"), "capacity");
    ck_assert_int_eq(json_integer_value(json_object_get(capacity, "maximum")), 1000);
    ck_assert_ptr_null(json_object_get(json_object_get(schema, "properties"), "version"));
    ck_assert(json_is_false(json_object_get(schema, "additionalProperties")));
    ck_assert_uint_eq(json_array_size(json_object_get(schema, "required")), 2);
    json_decref(schema);
}
END_TEST

START_TEST(what_may_be_erased_is_asked_for_but_not_promised)
{
    json_t *in = record_schema(&thing_record, true), *out = record_schema(&thing_record, false);
    ck_assert_uint_eq(json_array_size(json_object_get(in, "required")), 2);
    const json_t *promised = json_object_get(out, "required");
    ck_assert_uint_eq(json_array_size(promised), 2); /* a number is always there */
    ck_assert_str_eq(json_string_value(json_array_get(promised, 0)), "name");
    ck_assert_str_eq(json_string_value(json_array_get(promised, 1)), "version");
    ck_assert_ptr_nonnull(json_object_get(json_object_get(out, "properties"), "capacity"));
    json_decref(in);
    json_decref(out);
}
END_TEST

START_TEST(json_of_any_size_is_dumped_whole)
{
    void *arena = mem_arena(NULL, 0);
    for (size_t n = 0; n < 5000; n = 2 * n + 1) {
        json_t *list = json_array();
        for (size_t i = 0; i < n; i++)
            (void)json_array_append_new(list, json_pack("{si}", "number", (int)i));
        char *text = json_text_dump(arena, list), *as = json_dumps(list, JSON_COMPACT);
        ck_assert_str_eq(text, as);
        free(as);
        json_decref(list);
    }
    mem_free(arena);
}
END_TEST

CHECK_MAIN("record", every_fault_is_named_at_once, one_line_is_one_line_and_not_blank,
           names_of_metadata_are_one_line, addresses_are_checked,
           a_joiner_that_a_domain_needs_is_taken, a_price_is_in_a_currency_that_there_is,
           a_zone_is_any_name_of_the_database, what_is_only_stored_is_not_shown_at_any_depth,
           what_is_written_is_what_was_read, text_is_what_a_json_library_writes,
           a_schema_says_every_bound, what_may_be_erased_is_asked_for_but_not_promised,
           json_of_any_size_is_dumped_whole)
