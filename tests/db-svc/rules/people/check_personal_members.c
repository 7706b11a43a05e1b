/* Every text that is kept says whether it is personal, and an erasure takes out each that is. */
#include "tests/support/check_main.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/suppression.h"
#include "libshared/record/personal.h"
#include "tests/support/given.h"

/* In every text of every record. What is looked up keeps its form. */
#define MARK "Marked Person"
#define EMAIL "marked@example.org"
#define PHONE "+34600111222"
#define ID_IN_THE_PLACE_OF_ANY "01jz3w4v9he8qb2m5x7k6d0c1n"

static struct scenario t;

/* ---- every stored text member is declared */

static int check_declared(const struct record *record, const char *path)
{
    int members = 0;
    for (size_t i = 0; i < record->n; i++) {
        const struct field *field = &record->fields[i];
        char name[200];
        (void)snprintf(name, sizeof name, "%s.%s", path, field->name);
        if ((field->flags & (WIRE_ONLY | INPUT_ONLY)) != 0)
            continue;
        if (field->of != NULL)
            members += check_declared(field->of, name);
        ck_assert_msg(!field->kind->free_text || field->personal != PERSONAL_UNSAID,
                      "%s does not say whether it is personal", name);
        members += field->kind->free_text;
    }
    return members;
}

START_TEST(every_stored_text_says_whether_it_is_personal)
{
    int members = 0;
    for (size_t i = 0; collections[i] != NULL; i++)
        members += check_declared(collections[i]->record, collections[i]->name);
    ck_assert_int_gt(members, 80);
}
END_TEST

/* ---- every personal one goes */

static const char *mark_of(const struct kind *kind, const char *name)
{
    return kind == &kind_email || strstr(name, "email") != NULL || strcmp(name, "address") == 0
               ? EMAIL
           : kind == &kind_phone ? PHONE
                                 : MARK;
}

static void fill(const struct record *record, char *members);

static void fill_member(const struct field *field, void *member)
{
    if (field->kind == &kind_map)
        *(struct string_map *)member =
            (struct string_map){mem_dup(t.arena, &(const char *){MARK}, sizeof(char *)),
                                mem_dup(t.arena, &(const char *){MARK}, sizeof(char *)), 1};
    else if (field->kind == &kind_texts || field->kind == &kind_ticket_codes)
        *(struct texts *)member =
            (struct texts){mem_dup(t.arena, &(const char *){MARK}, sizeof(char *)), 1};
    else if (field->kind->free_text)
        *(const char **)member = mark_of(field->kind, field->name);
    else if (field->kind == &kind_id)
        *(const char **)member = mem_printf(t.arena, "%s_" ID_IN_THE_PLACE_OF_ANY, field->prefix);
    else if (field->kind == &kind_nested) {
        *(void **)member = mem_zeroed(t.arena, field->of->size);
        fill(field->of, *(void **)member);
    } else if (field->kind == &kind_list) {
        LIST_OF(void) *list = member;
        list->at = mem_zeroed(t.arena, field->of->size);
        list->n = 1;
        fill(field->of, list->at);
    }
}

static void fill(const struct record *record, char *members)
{
    for (size_t i = 0; i < record->n; i++)
        fill_member(&record->fields[i], members + record->fields[i].offset);
}

/* One record of the collection, with its texts filled. */
static void *given_filled(const struct collection *collection, const char *id)
{
    struct common *record = mem_zeroed(t.arena, collection->record->size);
    fill(collection->record, (char *)record);
    record->rev = record->version = 1;
    scenario_given(&t, collection, id, record);
    return (void *)(uintptr_t)scenario_record(&t, collection, id);
}

static const char *id_of(const struct collection *collection)
{
    if (collection == &collection_events)
        return EVENT_ID;
    if (collection == &collection_suppressions)
        return suppression_id(t.arena, CHANNEL_EMAIL, EMAIL);
    const struct field *id = record_field(collection->record, "id");
    return mem_printf(t.arena, "%s_" ID_IN_THE_PLACE_OF_ANY, id->prefix);
}

static void given_everything(void)
{
    for (size_t i = 0; collections[i] != NULL; i++)
        (void)given_filled(collections[i], id_of(collections[i]));
}

/* As fill_member() filled it. */
static bool holds_mark(const struct field *field, const void *member)
{
    const char *text = *(const char *const *)member;
    bool set = field->kind->is_set(member);
    bool one = field->of == NULL && field->size == sizeof text;
    return set && (!one || strcmp(text, mark_of(field->kind, field->name)) == 0);
}

static int check_gone(const struct record *record, const char *members, const char *path)
{
    int personal = 0;
    for (size_t i = 0; i < record->n; i++) {
        const struct field *field = &record->fields[i];
        const void *member = members + field->offset;
        char name[200];
        (void)snprintf(name, sizeof name, "%s.%s", path, field->name);
        bool of_another = field->personal == OF_ANOTHER && field->kind->free_text;
        if (field->personal == PERSONAL || field->personal == PERSONAL_PROSE || of_another) {
            ck_assert_msg(!holds_mark(field, member), "%s is still there", name);
            personal++;
        } else if (field->kind == &kind_nested && *(void *const *)member != NULL)
            personal += check_gone(field->of, *(void *const *)member, name);
        else if (field->kind == &kind_list && ((const LIST_OF(char) *)member)->n > 0)
            personal += check_gone(field->of, ((const LIST_OF(char) *)member)->at, name);
        else if (field->kind->free_text)
            ck_assert_msg(field->kind->is_set(member), "%s is gone", name);
    }
    return personal;
}

START_TEST(an_erasure_takes_out_every_personal_text_of_every_record)
{
    int personal = 0;
    scenario_open(&t);
    given_everything();
    scenario_when(&t, "attendee.erase", "{'event_id':'" EVENT_ID "','attendee_id':'%s'}",
                  ATTENDEE_ID);
    ck_assert_int_eq(t.result.answer.status, 200);
    for (size_t i = 0; collections[i] != NULL; i++) {
        const void **records;
        size_t n = workset_of_event(t.workset, t.arena, collections[i], EVENT_ID, &records);
        for (size_t k = 0; k < n; k++)
            personal += check_gone(collections[i]->record, records[k], collections[i]->name);
    }
    ck_assert_int_gt(personal, 25);
    scenario_close(&t);
}
END_TEST

CHECK_MAIN("personal_members", every_stored_text_says_whether_it_is_personal,
           an_erasure_takes_out_every_personal_text_of_every_record)
