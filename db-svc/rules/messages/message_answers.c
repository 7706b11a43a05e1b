#include "db-svc/rules/messages/message_answers.h"

#include <string.h>
#include <talloc.h>

#include "db-svc/rules/messages/default_texts.h"
#include "libshared/base/locale.h"
#include "libshared/base/mem.h"

#define BYTES_MAX 20000

/* In the languages of default_texts.h. */
static const char *const yes_words[] = {"yes", "sí"}, *const no_words[] = {"no", "no"};

static const char *word_of(const char *answer, const char *locale)
{
    int language = locale_lookup(locale, default_texts_languages);
    size_t at = language >= 0 ? (size_t)language : 0;
    return strcmp(answer, "yes") == 0 ? yes_words[at] : no_words[at];
}

/* An answer that its question no longer has stays as it was given. */
static const char *answer_text(const struct ticket_question *question,
                               const struct question_text *text, const char *answer,
                               const char *locale)
{
    if (question->kind == QUESTION_YES_NO)
        return word_of(answer, locale);
    for (size_t i = 0; i < question->choices.n; i++)
        if (strcmp(question->choices.at[i], answer) == 0)
            return text->choices.at[i];
    return answer;
}

static bool ends_with_a_mark(const char *label)
{
    static const char *const marks[] = {"?", ":", "؟", "？", "："};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t mark = strlen(marks[i]), length = strlen(label);
        if (length >= mark && strcmp(label + length - mark, marks[i]) == 0)
            return true;
    }
    return false;
}

/* NULL: nothing was answered. */
static const char *answers_of(const void *arena, const struct event *event,
                              const struct ticket *ticket, const char *locale)
{
    const char *all = NULL;
    for (size_t i = 0; i < event->questions.n; i++) {
        const struct ticket_question *question = &event->questions.at[i];
        const char *answer = string_map_find(&ticket->answers, question->id);
        if (answer == NULL)
            continue;
        const struct question_text text = ticket_question_in(arena, question, locale);
        all = mem_printf(arena, "%s%s%s%s %s", all != NULL ? all : "", all != NULL ? "; " : "",
                         text.label, ends_with_a_mark(text.label) ? "" : ":",
                         answer_text(question, &text, answer, locale));
    }
    return all;
}

const char *message_answers(const void *arena, const struct event *event,
                            const struct outgoing_message_tickets *tickets, const char *locale)
{
    char *lines = NULL;
    for (size_t i = 0; event != NULL && event->questions.n > 0 && i < tickets->n; i++) {
        const struct delivery_ticket *ticket = &tickets->at[i];
        const char *answers = answers_of(arena, event, tickets->of[i], locale);
        if (answers == NULL)
            continue;
        bool held = ticket->holder != NULL, first = lines == NULL;
        if (!first && strlen(lines) + strlen(answers) > BYTES_MAX)
            return talloc_strdup_append_buffer(lines, "\n…");
        lines = first ? mem_strdup(arena, "") : lines;
        lines = talloc_asprintf_append_buffer(
            lines, "%s%s%s%s: %s", first ? "" : "\n", ticket->type != NULL ? ticket->type : "",
            held ? ", " : "", held ? ticket->holder : "", answers);
    }
    return lines;
}
