#include "libshared/contract/ticket_question.h"

#include <string.h>
#include <strings.h>

#include "libshared/base/locale.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/ticket_type.h"

const char *const question_kind_names[] = {"", "text", "choice", "yes_no", NULL};

#define CHOICES .personal = NOT_ERASED, .min = 1, .max = QUESTION_CHOICES_MAX

#define T struct question_text
static const struct field text_fields[] = {
    FIELD_AS(kind_locale, T, locale, .personal = NOT_PERSONAL, .flags = REQUIRED),
    FIELD(T, label, .personal = NOT_ERASED, .flags = REQUIRED, .max = 200,
          .summary = "The question as people read it."),
    FIELD(T, choices, CHOICES,
          .summary = "One for each of the question's choices, in their order."),
};
static const struct record text_record = RECORD("question_text", T, text_fields);
#undef T

#define T struct ticket_question
static const struct field question_fields[] = {
    FIELD_AS(kind_name, T, id, .flags = REQUIRED, .summary = "By which answers name it."),
    FIELD(T, label, .personal = NOT_ERASED, .flags = REQUIRED, .max = 200,
          .summary = "The question as people read it."),
    FIELD_ENUM(T, kind, question_kind_names, .flags = REQUIRED,
               .summary = "It stays as it is once something was ordered."),
    FIELD(T, choices, CHOICES,
          .summary = "The answers that a question of kind choice has, each of at most 200 "
                     "characters."),
    FIELD(T, required,
          .summary = "Tickets are not ordered without an answer, unless the order "
                     "says answers_later."),
    FIELD(T, show_at_check_in, .summary = "Gates are shown the answer."),
    FIELD(T, withdrawn, .summary = "It is not asked any more; what was answered stays."),
    FIELD_AS(kind_ids, T, ticket_type_ids, .prefix = TICKET_TYPE_PREFIX, .min = 1, .max = 100,
             .summary = "Asked only of tickets of these types; if absent, of all."),
    FIELD_LIST(T, texts, text_record, .max = 20,
               .summary = "The same in other languages, for people who prefer them."),
};

static void check_choices(const struct texts *choices, struct decoder *decoder,
                          const struct path *path)
{
    for (size_t i = 0; i < choices->n; i++) {
        const struct texts before = {choices->at, i};
        struct path choice = {.parent = path, .index = i};
        if (*choices->at[i] == '\0')
            violations_add_limit(decoder->violations, &choice, VIOLATION_too_short, 1);
        else if (text_length(choices->at[i]) > QUESTION_CHOICE_LENGTH)
            violations_add_limit(decoder->violations, &choice, VIOLATION_too_long,
                                 QUESTION_CHOICE_LENGTH);
        else if (texts_have(&before, choices->at[i]))
            violations_add(decoder->violations, &choice, VIOLATION_duplicate);
    }
}

/* The texts before it have the language already. */
static bool is_said(const struct ticket_question *question, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcasecmp(question->texts.at[i].locale, question->texts.at[index].locale) == 0)
            return true;
    return false;
}

static void check_text(const struct ticket_question *question, size_t index,
                       struct decoder *decoder, const struct path *path)
{
    const struct texts *choices = &question->texts.at[index].choices;
    struct path of_choices = {.parent = path, .name = "choices"};
    if (is_said(question, index))
        violations_add(decoder->violations, &(struct path){.parent = path, .name = "locale"},
                       VIOLATION_duplicate);
    if (choices->at == NULL)
        return;
    if (choices->n != question->choices.n)
        violations_add_limit(decoder->violations, &of_choices,
                             choices->n < question->choices.n ? VIOLATION_too_short
                                                              : VIOLATION_too_long,
                             (int64_t)question->choices.n);
    check_choices(choices, decoder, &of_choices);
}

static void check_kind(const void *members, struct decoder *decoder)
{
    const struct ticket_question *question = members;
    struct path choices = {.parent = decoder->path, .name = "choices"};
    bool any = question->choices.at != NULL, can = question->kind == QUESTION_CHOICE;
    if (any != can)
        violations_add(decoder->violations, &choices,
                       can ? VIOLATION_required : VIOLATION_not_allowed);
}

static void check_own_choices(const void *members, struct decoder *decoder)
{
    const struct ticket_question *question = members;
    check_choices(&question->choices, decoder,
                  &(struct path){.parent = decoder->path, .name = "choices"});
}

static void check_texts(const void *members, struct decoder *decoder)
{
    const struct ticket_question *question = members;
    struct path texts = {.parent = decoder->path, .name = "texts"};
    for (size_t i = 0; i < question->texts.n; i++)
        check_text(question, i, decoder, &(struct path){.parent = &texts, .index = i});
}
const struct record ticket_question_record =
    RECORD("ticket_question", T, question_fields,
           .rules = RULES({"kind choices", check_kind}, {"choices", check_own_choices},
                          {"choices texts", check_texts}));
#undef T

const struct ticket_question *ticket_question_find(const struct ticket_question *questions,
                                                   size_t n, const char *id)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(questions[i].id, id) == 0)
            return &questions[i];
    return NULL;
}

bool ticket_question_is_asked(const struct ticket_question *question, const char *ticket_type_id)
{
    return !question->withdrawn.value && (question->ticket_type_ids.n == 0 ||
                                          texts_have(&question->ticket_type_ids, ticket_type_id));
}

struct question_text ticket_question_in(const void *arena, const struct ticket_question *question,
                                        const char *locale)
{
    const char **tags = mem_array(arena, const char *, question->texts.n + 1);
    struct question_text text = {.label = question->label, .choices = question->choices};
    for (size_t i = 0; i < question->texts.n; i++)
        tags[i] = question->texts.at[i].locale;
    tags[question->texts.n] = NULL;
    int found = locale_lookup(locale, tags);
    if (found < 0)
        return text;
    text = question->texts.at[found];
    if (text.choices.n != question->choices.n)
        text.choices = question->choices;
    return text;
}
