#include "libshared/record/personal.h"

#include <string.h>

#include "libshared/base/mem.h"

typedef LIST_OF(char) any_list;

/* The function for each member that is declared so. */
struct redaction {
    const void *arena;
    bool prose_only;
    const char *instead;
};

static bool is_set(const struct field *field, const void *member)
{
    return field->kind->is_set == NULL || field->kind->is_set(member);
}

static void take_out(const struct redaction *redaction, const struct field *field, void *member)
{
    bool replace = field->personal == PERSONAL_PROSE && redaction->instead != NULL;
    if (!is_set(field, member))
        return;
    memset(member, 0, field->size);
    if (replace)
        *(const char **)member = redaction->instead;
}

static void redact_members(const struct redaction *redaction, const struct record *record,
                           char *members);

static void redact_nested(const struct redaction *redaction, const struct field *field,
                          void **member)
{
    if (*member == NULL)
        return;
    *member = mem_dup(redaction->arena, *member, field->of->size);
    redact_members(redaction, field->of, *member);
}

static void redact_list(const struct redaction *redaction, const struct field *field,
                        any_list *list)
{
    size_t size = field->of->size;
    if (list->n == 0)
        return;
    list->at = mem_dup(redaction->arena, list->at, list->n * size);
    for (size_t i = 0; i < list->n; i++)
        redact_members(redaction, field->of, list->at + i * size);
}

static void redact_members(const struct redaction *redaction, const struct record *record,
                           char *members)
{
    for (size_t i = 0; i < record->n; i++) {
        const struct field *field = &record->fields[i];
        void *member = members + field->offset;
        bool personal = field->personal == PERSONAL && !redaction->prose_only;
        if (personal || field->personal == PERSONAL_PROSE)
            take_out(redaction, field, member);
        else if (field->personal != OF_ANOTHER && field->kind == &kind_nested)
            redact_nested(redaction, field, member);
        else if (field->personal != OF_ANOTHER && field->kind == &kind_list)
            redact_list(redaction, field, member);
    }
}

void record_redact(const void *arena, const struct record *record, void *members,
                   const char *instead)
{
    redact_members(&(struct redaction){.arena = arena, .instead = instead}, record, members);
}

void record_blank_prose(const void *arena, const struct record *record, void *members)
{
    redact_members(&(struct redaction){.arena = arena, .prose_only = true}, record, members);
}

/* ---- looking */

typedef bool personal_test(void *context, const struct field *field, const void *member);

static any_list nested_in(const struct field *field, const void *member)
{
    any_list one = {0};
    if (field->kind == &kind_list)
        return *(const any_list *)member;
    if (field->kind == &kind_nested && is_set(field, member))
        one = (any_list){.at = *(char *const *)member, .n = 1};
    return one;
}

/* Whether the test holds of any member, nested ones too. */
static bool any(const struct record *record, const char *members, personal_test *test,
                void *context)
{
    for (size_t i = 0; i < record->n; i++) {
        const struct field *field = &record->fields[i];
        const void *member = members + field->offset;
        if (field->personal == OF_ANOTHER)
            continue;
        if (test(context, field, member))
            return true;
        any_list of = nested_in(field, member);
        for (size_t k = 0; k < of.n; k++)
            if (any(field->of, of.at + k * field->of->size, test, context))
                return true;
    }
    return false;
}

static bool is_personal(void *context, const struct field *field, const void *member)
{
    (void)context;
    return (field->personal == PERSONAL || field->personal == PERSONAL_PROSE) &&
           is_set(field, member);
}

bool record_is_redacted(const struct record *record, const void *members)
{
    return !any(record, members, is_personal, NULL);
}

struct prose_test {
    bool (*matches)(void *context, const char *text);
    void *context;
};

static bool prose_matches(void *context, const struct field *field, const void *member)
{
    const struct prose_test *test = context;
    return field->personal == PERSONAL_PROSE && is_set(field, member) &&
           test->matches(test->context, *(const char *const *)member);
}

bool record_any_prose(const struct record *record, const void *members,
                      bool (*matches)(void *context, const char *text), void *context)
{
    struct prose_test test = {matches, context};
    return any(record, members, prose_matches, &test);
}
