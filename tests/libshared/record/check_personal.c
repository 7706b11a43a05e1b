/* What a record's table says of persons: what goes, what stays, and what is searched. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/record/personal.h"

struct guest {
    const char *name;
    const char *id;
};
struct note {
    const char *text;
    const char *label;
};
struct letter {
    const char *title, *body, *address, *reference;
    struct texts aliases;
    struct string_map extra;
    struct note *note;
    struct note *private;
    LIST_OF(struct note) notes;
    LIST_OF(struct guest) guests;
};

static const struct field guest_fields[] = {
    FIELD(struct guest, name, .personal = PERSONAL),
    FIELD(struct guest, id, .personal = NOT_PERSONAL),
};
static const struct record guest_record = RECORD("guest", struct guest, guest_fields);
static const struct field note_fields[] = {
    FIELD(struct note, text, .personal = PERSONAL_PROSE),
    FIELD(struct note, label, .personal = NOT_PERSONAL),
};
static const struct record note_record = RECORD("note", struct note, note_fields);
static const struct field fields[] = {
    FIELD(struct letter, title, .personal = PERSONAL_PROSE),
    FIELD(struct letter, body, .personal = PERSONAL_PROSE),
    FIELD(struct letter, address, .personal = PERSONAL),
    FIELD(struct letter, reference, .personal = NOT_ERASED),
    FIELD(struct letter, aliases, .personal = PERSONAL),
    FIELD(struct letter, extra, .personal = PERSONAL),
    FIELD_NESTED(struct letter, note, note_record),
    FIELD_NESTED(struct letter, private, note_record, .personal = PERSONAL),
    FIELD_LIST(struct letter, notes, note_record),
    FIELD_LIST(struct letter, guests, guest_record, .personal = OF_ANOTHER),
};
static const struct record letter_record = RECORD("letter", struct letter, fields);

static struct note note = {"to Ana", "first"}, notes[] = {{"of Ana", "a"}, {"by Ana", "b"}};
static struct guest guests[] = {{"Eva", "guest-1"}};

static struct letter whole(void)
{
    return (struct letter){.body = "dear Ana",
                           .address = "ana@example.org",
                           .reference = "ana-7",
                           .aliases = {(const char *[]){"anita"}, 1},
                           .extra = {(const char *[]){"diet"}, (const char *[]){"none"}, 1},
                           .note = &note,
                           .private = &note,
                           .notes = {notes, 2},
                           .guests = {guests, 1}};
}

START_TEST(what_is_personal_goes_and_the_rest_stays)
{
    void *arena = mem_arena(NULL, 0);
    struct letter letter = whole();
    record_redact(arena, &letter_record, &letter, NULL);
    ck_assert_str_eq(record_text(arena, &letter_record, &letter),
                     "{\"reference\":\"ana-7\",\"note\":{\"label\":\"first\"},"
                     "\"notes\":[{\"label\":\"a\"},{\"label\":\"b\"}],"
                     "\"guests\":[{\"name\":\"Eva\",\"id\":\"guest-1\"}]}");
    mem_free(arena);
}
END_TEST

START_TEST(what_pointers_lead_to_stays_as_it_was)
{
    void *arena = mem_arena(NULL, 0);
    struct letter letter = whole();
    record_redact(arena, &letter_record, &letter, NULL);
    ck_assert_str_eq(note.text, "to Ana");
    ck_assert_str_eq(notes[1].text, "by Ana");
    mem_free(arena);
}
END_TEST

START_TEST(another_text_stands_in_the_place_of_prose_that_was_there)
{
    void *arena = mem_arena(NULL, 0);
    struct letter letter = whole();
    record_redact(arena, &letter_record, &letter, "(gone)");
    ck_assert_ptr_null(letter.title);
    ck_assert_str_eq(letter.body, "(gone)");
    ck_assert_ptr_null(letter.address);
    ck_assert_str_eq(letter.notes.at[0].text, "(gone)");
    mem_free(arena);
}
END_TEST

START_TEST(a_record_is_redacted_once_nothing_personal_is_left)
{
    void *arena = mem_arena(NULL, 0);
    struct letter letter = whole();
    ck_assert(!record_is_redacted(&letter_record, &letter));
    record_redact(arena, &letter_record, &letter, NULL);
    ck_assert(record_is_redacted(&letter_record, &letter));
    letter.notes.at = notes;
    ck_assert(!record_is_redacted(&letter_record, &letter));
    mem_free(arena);
}
END_TEST

static bool has(void *context, const char *text)
{
    return strstr(text, context) != NULL;
}

START_TEST(prose_is_searched_and_taken_out_by_itself)
{
    void *arena = mem_arena(NULL, 0);
    struct letter letter = whole();
    ck_assert(record_any_prose(&letter_record, &letter, has, "dear"));
    ck_assert(record_any_prose(&letter_record, &letter, has, "by Ana"));
    ck_assert(!record_any_prose(&letter_record, &letter, has, "ana@"));
    record_blank_prose(arena, &letter_record, &letter);
    ck_assert(!record_any_prose(&letter_record, &letter, has, ""));
    ck_assert_str_eq(letter.address, "ana@example.org");
    mem_free(arena);
}
END_TEST

CHECK_MAIN("personal", what_is_personal_goes_and_the_rest_stays,
           what_pointers_lead_to_stays_as_it_was,
           another_text_stands_in_the_place_of_prose_that_was_there,
           a_record_is_redacted_once_nothing_personal_is_left,
           prose_is_searched_and_taken_out_by_itself)
