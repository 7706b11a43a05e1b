/* ticket_question: what an event asks the holder of each of its tickets, such as a size or a diet,
 * and what was answered.
 *
 * Answers are texts by the id of their question, of a ticket (order.h): what was typed, one of the
 * choices, or "yes" or "no". They stay as they were given, whatever becomes of the question: so it
 * can be renamed or withdrawn, and its choices can change. Pure; any thread; results live in the
 * arena given or borrow from what is given. */
#pragma once

#include "libshared/contract/common.h"

#define QUESTIONS_MAX 20 /* of an event */
#define QUESTION_CHOICES_MAX 100
#define QUESTION_CHOICE_LENGTH 200 /* code points */
#define QUESTIONS_BYTES_MAX 65536  /* of an event, labels and choices in one language, in JSON */
#define ANSWERS_BYTES_MAX 4000     /* of a ticket, with the ids, in JSON; an order fits a message */

enum question_kind { QUESTION_UNSET, QUESTION_TEXT, QUESTION_CHOICE, QUESTION_YES_NO };
extern const char *const question_kind_names[];

/* A question in another language. */
struct question_text {
    const char *locale, *label;
    struct texts choices; /* in the order of the question's; none: as those are */
};

struct ticket_question {
    const char *id; /* the organiser's; unique within the event */
    const char *label;
    enum question_kind kind;
    struct texts choices; /* of QUESTION_CHOICE */
    struct opt_bool required;
    struct opt_bool show_at_check_in;
    struct opt_bool withdrawn;    /* not asked any more */
    struct texts ticket_type_ids; /* none: asked of tickets of every type */
    LIST_OF(struct question_text) texts;
};
typedef LIST_OF(struct ticket_question) ticket_questions;

/* NULL: there is none of that id. */
const struct ticket_question *ticket_question_find(const struct ticket_question *questions,
                                                   size_t n, const char *id);
/* Whether it is asked of tickets of that type now. */
bool ticket_question_is_asked(const struct ticket_question *question, const char *ticket_type_id);
/* The question for a reader who wants `locale` (NULL: unknown), by locale_lookup(). Its choices are
 * as many as the question's. */
struct question_text ticket_question_in(const void *arena, const struct ticket_question *question,
                                        const char *locale);

RECORD_OF(struct ticket_question, ticket_question_record);
