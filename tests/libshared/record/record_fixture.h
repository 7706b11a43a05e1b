/* record_fixture: a record of every kind of field, for the suites of records. */
#pragma once

#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/record/record.h"

struct part {
    int64_t quantity;
    const char *note;
};
struct thing {
    const char *id, *name, *about, *email, *zone, *locale;
    int64_t capacity, version;
    struct money price;
    struct opt_time starts_at;
    int status;
    LIST_OF(struct part) parts;
    struct string_map metadata;
};

static const struct field part_fields[] = {
    FIELD(struct part, quantity, .flags = REQUIRED, .min = 1, .max = 100),
    FIELD(struct part, note, .flags = STORED_ONLY),
};
static const struct record part_record = RECORD("part", struct part, part_fields);
static const char *const status_names[] = {"", "draft", "published", NULL};
static const struct field fields[] = {
    FIELD_ID(struct thing, id, "thing", .flags = READ_ONLY),
    FIELD(struct thing, name, .flags = REQUIRED, .max = 10),
    FIELD(struct thing, about, .flags = MULTILINE),
    FIELD_AS(kind_email, struct thing, email),
    FIELD_AS(kind_time_zone, struct thing, zone),
    FIELD_AS(kind_locale, struct thing, locale),
    FIELD(struct thing, capacity, .flags = REQUIRED | ERASABLE, .max = 1000),
    FIELD(struct thing, price),
    FIELD(struct thing, starts_at),
    FIELD_ENUM(struct thing, status, status_names),
    FIELD_LIST(struct thing, parts, part_record, .max = 2),
    FIELD(struct thing, metadata),
    FIELD(struct thing, version, .flags = READ_ONLY),
};
static const struct record thing_record = RECORD("thing", struct thing, fields);

static struct {
    void *arena;
    struct violations violations;
    struct decoder decoder;
} t;

static inline void begin(void)
{
    t.arena = mem_arena(NULL, 0);
    t.violations = (struct violations){.arena = t.arena};
    t.decoder = (struct decoder){.arena = t.arena, .violations = &t.violations};
}

static inline json_t *parse(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(value != NULL, "%s in %s", error.text, text);
    return value;
}

static inline bool decode(const char *text, struct thing *thing)
{
    json_t *value = parse(text);
    bool decoded = record_decode(&t.decoder, &thing_record, value, thing);
    json_decref(value);
    return decoded;
}

/* "pointer code, pointer code" */
static inline const char *faults(void)
{
    char *text = mem_strdup(t.arena, "");
    for (size_t i = 0; i < t.violations.n; i++)
        text = mem_printf(t.arena, "%s%s%s %s", text, i > 0 ? ", " : "", t.violations.at[i].pointer,
                          violation_code_text(t.violations.at[i].code));
    return text;
}

#define FULL                                                                                       \
    "{\"name\":\"gala\",\"email\":\"a@b.org\",\"capacity\":10,\"price\":{\"amount\":2500,"         \
    "\"currency\":\"EUR\"},\"starts_at\":\"2026-05-01T18:00:00.000Z\",\"status\":\"published\","   \
    "\"parts\":[{\"quantity\":2}],\"metadata\":{\"a.b\":\"c\"},\"version\":0}"
