#include "libshared/contract/listed_answers.h"

#include "libshared/base/mem.h"

#define T struct listed_answer
static const struct field answer_fields[] = {
    FIELD_AS(kind_name, T, id, .flags = SHOWN, .summary = "By which answers name the question."),
    FIELD(T, label, .flags = SHOWN, .summary = "The question as people read it."),
    FIELD(T, answer,
          .summary = "What was answered, of several tickets with \"; \" in between; absent: "
                     "nothing."),
};
const struct record listed_answer_record = RECORD("listed_answer", T, answer_fields);
#undef T

listed_answers listed_answers_to(const void *arena, const ticket_questions *questions)
{
    listed_answers listed = {.n = questions->n};
    if (listed.n > 0)
        listed.at = mem_array(arena, struct listed_answer, listed.n);
    for (size_t i = 0; i < listed.n; i++)
        listed.at[i] = (struct listed_answer){questions->at[i].id, questions->at[i].label, NULL};
    return listed;
}

void listed_answers_add(const void *arena, const listed_answers *listed,
                        const struct string_map *answers)
{
    for (size_t i = 0; i < listed->n; i++) {
        struct listed_answer *at = &listed->at[i];
        const char *answer = string_map_find(answers, at->id);
        if (answer != NULL)
            at->answer = at->answer == NULL ? mem_strdup(arena, answer)
                                            : mem_printf(arena, "%s; %s", at->answer, answer);
    }
}
