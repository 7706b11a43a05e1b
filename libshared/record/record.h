/* record: a table says once what a struct's members are called, of which kind they are and what
 * they may hold; reading JSON with every fault named, writing, storing and JSON Schema follow from
 * it.
 *
 *   static const struct field fields[] = {
 *       FIELD(struct ticket_type, name, .flags = REQUIRED, .max = 200),
 *       FIELD(struct ticket_type, capacity, .flags = REQUIRED, .max = 1000000000),
 *   };
 *   const struct record ticket_type_record = RECORD("ticket_type", struct ticket_type, fields);
 *
 * The kind follows from the member's C type; FIELD_AS names another. Absent is never zero: optional
 * numbers and times are `struct opt_…`, absent text and nested records are NULL. Decoded text lives
 * in the arena. A record's struct may be copied by assignment; what its pointers lead to is never
 * changed in place. Tables are constant: any thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libshared/record/stream.h"
#include "libshared/record/violation.h"

struct opt_int64 {
    bool set;
    int64_t value;
};
struct opt_bool {
    bool set;
    bool value;
};
struct opt_time { /* milliseconds since 1970, UTC */
    bool set;
    int64_t ms;
};
struct money { /* minor units and ISO 4217; an empty currency is no money at all */
    int64_t amount;
    char currency[4];
};
struct texts {
    const char **at;
    size_t n;
};
struct string_map {
    const char **names, **values;
    size_t n;
};
/* What every JSON reader holds exactly (RFC 8259, section 6). */
#define NUMBER_MAX INT64_C(9007199254740991)
/* A list of records: `at` is an array of the struct that the field's `of` describes. */
#define LIST_OF(T)                                                                                 \
    struct {                                                                                       \
        T *at;                                                                                     \
        size_t n;                                                                                  \
    }

struct record;
struct field;

struct decoder {
    void *arena;
    struct violations *violations;
    const struct path *path; /* of the value at hand */
    bool tolerant;           /* of what one of our programs has sent: see tolerant.h */
};

/* A kind of field: one file each. */
struct kind {
    const char *name;
    bool free_text; /* takes any text, and so perhaps what names a person */
    /* `in` is neither absent nor null. Adds violations; else sets the member. */
    void (*decode)(struct decoder *decoder, const struct field *field, const json_t *in,
                   void *member);
    bool (*is_set)(const void *member); /* NULL: always */
    void (*write)(const struct field *field, const void *member, struct sink *sink,
                  const char *name);
    void (*read)(const struct field *field, const struct source *source, const void *arena,
                 void *member);
    json_t *(*schema)(const struct field *field);
    json_t *(*from_text)(const char *text); /* as in a query string; NULL: the text itself */
};

enum field_flags {
    REQUIRED = 1,
    READ_ONLY = 2,   /* shown, ignored on the way in */
    STORED_ONLY = 4, /* never on the wire */
    WIRE_ONLY = 8,   /* worked out when shown, never stored */
    INPUT_ONLY = 16, /* taken, neither shown nor stored */
    ERASABLE = 32,   /* though required on the way in, it may be gone when shown */
    MULTILINE = 64,  /* a text that may have lines; others are one, and not blank */
    SHOWN = 1 << 16, /* always there when it is shown, though nobody has to send it */
};

/* How erasing the person whom a record is about changes a stored member (personal.h). Every stored
 * free text declares it. */
enum personal {
    PERSONAL_UNSAID,
    NOT_PERSONAL,   /* stays: names nobody */
    NOT_ERASED,     /* stays, although the caller may have named somebody in it */
    PERSONAL,       /* goes; a nested record or a list as a whole */
    PERSONAL_PROSE, /* goes; a text that may name others too */
    OF_ANOTHER,     /* of another person, or a list of people, who are erased by themselves */
};

struct field {
    const char *name;
    size_t offset, size;
    const struct kind *kind;
    unsigned flags;
    enum personal personal;
    int64_t min, max;  /* of the number, or of the text's code points, or of the list's length;
                          both 0: the kind's own bounds */
    int64_t max_bytes; /* of the text in UTF-8, besides; 0: no other bound */
    const char *const *names; /* enum: the values' texts; text: those allowed; ended by NULL */
    const char *prefix;       /* id: its TypeID prefix */
    const struct record *of;  /* nested records and lists of them */
    const char *summary;      /* one line for the documents */
};

/* What no single field can state, e.g. that one time is after another. */
struct rule {
    const char *of; /* the members it is about, blanks between; NULL: all of the record */
    void (*check)(const void *members, struct decoder *decoder);
};

struct record {
    const char *name;
    size_t size;
    const struct field *fields;
    size_t n;
    /* Each is checked if the members that it is about are right, whatever the others are. Ended by
     * one without a check; NULL: none. */
    const struct rule *rules;
    /* Works out what an older release did not store, once a record was read. May be NULL. */
    void (*complete)(void *members);
    bool exactly_one; /* a rule of it demands one member and no more: for the documents */
};

#define RECORD(name_, T, fields_, ...)                                                             \
    {                                                                                              \
        .name = (name_), .size = sizeof(T), .fields = (fields_),                                   \
        .n = sizeof(fields_) / sizeof *(fields_), ##__VA_ARGS__                                    \
    }

#define RULES(...) ((const struct rule[]){__VA_ARGS__, {0}})

/* Declares a record and whose members it says: its type is `name`_type. */
#define RECORD_OF(T, name)                                                                         \
    extern const struct record name;                                                               \
    typedef T name##_type

extern const struct kind kind_string, kind_int64, kind_opt_int64, kind_bool, kind_opt_bool,
    kind_money, kind_time, kind_opt_time, kind_duration, kind_id, kind_enum, kind_email, kind_phone,
    kind_ticket_code, kind_name, kind_time_zone, kind_locale, kind_color, kind_currency, kind_texts,
    kind_ids, kind_map, kind_nested, kind_list, kind_ticket_codes;

#define FIELD_AS(kind_, T, member, ...)                                                            \
    {                                                                                              \
        .name = #member, .offset = offsetof(T, member), .size = sizeof(((T *)0)->member),          \
        .kind = &(kind_), ##__VA_ARGS__                                                            \
    }
/* clang-format off */
#define FIELD(T, member, ...)                                                                      \
    {                                                                                              \
        .name = #member, .offset = offsetof(T, member), .size = sizeof(((T *)0)->member),          \
        .kind = _Generic(((T *)0)->member,                                                         \
            const char *: &kind_string,                                                            \
            int64_t: &kind_int64,                                                                  \
            struct opt_int64: &kind_opt_int64,                                                     \
            bool: &kind_bool,                                                                      \
            struct opt_bool: &kind_opt_bool,                                                       \
            struct money: &kind_money,                                                             \
            struct opt_time: &kind_opt_time,                                                       \
            struct texts: &kind_texts,                                                             \
            struct string_map: &kind_map),                                                         \
        ##__VA_ARGS__                                                                              \
    }
/* clang-format on */
#define FIELD_ID(T, member, prefix_, ...)                                                          \
    FIELD_AS(kind_id, T, member, .prefix = (prefix_), ##__VA_ARGS__)
#define FIELD_ENUM(T, member, names_, ...)                                                         \
    FIELD_AS(kind_enum, T, member, .names = (names_), ##__VA_ARGS__)
#define FIELD_NESTED(T, member, of_, ...)                                                          \
    FIELD_AS(kind_nested, T, member, .of = &(of_), ##__VA_ARGS__)
#define FIELD_LIST(T, member, of_, ...) FIELD_AS(kind_list, T, member, .of = &(of_), ##__VA_ARGS__)
/* A time that is always there: `int64_t` milliseconds. */
#define FIELD_TIME(T, member, ...) FIELD_AS(kind_time, T, member, ##__VA_ARGS__)

/* Reads `object` into *ret (zeroed first). Read-only members are passed over. True if there was no
 * violation; else every one is in `decoder->violations`, and *ret is not to be used. */
bool record_decode(struct decoder *decoder, const struct record *record, const json_t *object,
                   void *ret) __attribute__((warn_unused_result));

/* PUT and PATCH are one path (RFC 7396 for the latter): `change` is laid over what `stored` shows
 * (merge), or over its read-only members alone (replace), and decoded. Read-only members that
 * differ from the stored ones are violations; others that equal them stay as they are, unchecked.
 * `*ret` begins as a copy of `stored`. */
enum record_edit { RECORD_MERGE, RECORD_REPLACE };
bool record_edit(struct decoder *decoder, const struct record *record, enum record_edit how,
                 const void *stored, const json_t *change, void *ret)
    __attribute__((warn_unused_result));

/* RFC 7396 section 2: a new value; the caller owns it. */
json_t *record_merge_patch(const json_t *target, const json_t *patch);

/* Which members are left out, in nested records too. */
enum record_part { RECORD_ALL = 0, RECORD_WIRE = STORED_ONLY, RECORD_STORE = WIRE_ONLY };
void record_write(const struct record *record, const void *members, enum record_part part,
                  struct sink *sink);
json_t *record_json(const struct record *record, const void *members); /* the caller owns it */
/* What record_json() has as this member; NULL: it has none. The caller owns it. */
json_t *record_member_json(const struct field *field, const void *members);
/* The same as compact text, in the arena. */
const char *record_text(const void *arena, const struct record *record, const void *members);
/* Reads what record_write() stored; *ret is zeroed first. Unknown elements are passed over. */
void record_read(const struct record *record, struct source *source, const void *arena, void *ret);

/* JSON Schema 2020-12 of what is sent (`input`: read-only members left out) or shown. */
json_t *record_schema(const struct record *record, bool input);

const struct field *record_field(const struct record *record, const char *name); /* NULL: none */
/* Whether some member must be given. */
bool record_requires(const struct record *record);
/* NULL is in none. */
bool texts_have(const struct texts *texts, const char *text);
/* The value of that name; NULL: none. */
const char *string_map_find(const struct string_map *map, const char *name);
/* The text of an enum member, e.g. for a fact. */
const char *record_enum_text(const char *const *names, int value);
