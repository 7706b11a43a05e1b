/* listed_answers: an event's questions as a list of people, tickets or orders shows them, with what
 * each has answered. Pure; any thread; results live in the arena given or borrow from what is
 * given. */
#pragma once

#include "libshared/contract/ticket_question.h"

struct listed_answer {
    const char *id, *label;
    const char *answer; /* NULL: none */
};
typedef LIST_OF(struct listed_answer) listed_answers;

/* All of the questions, in their order, without answers. */
listed_answers listed_answers_to(const void *arena, const ticket_questions *questions);
/* Adds what was answered for one ticket behind what was for others. */
void listed_answers_add(const void *arena, const listed_answers *listed,
                        const struct string_map *answers);

RECORD_OF(struct listed_answer, listed_answer_record);
