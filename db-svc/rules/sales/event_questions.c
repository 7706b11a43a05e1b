#include "db-svc/rules/sales/event_questions.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

static const struct ticket_question *find(const struct event *event, const char *id)
{
    return event != NULL ? ticket_question_find(event->questions.at, event->questions.n, id) : NULL;
}

/* A type that the question named before may be gone by now. */
static bool may_name(struct decision *decision, const struct event *was,
                     const struct ticket_question *question, const char *ticket_type_id)
{
    const struct ticket_question *before = find(was, question->id);
    if (before != NULL && texts_have(&before->ticket_type_ids, ticket_type_id))
        return true;
    const struct ticket_type *type =
        decision_read(decision, &collection_ticket_types, ticket_type_id);
    return was != NULL && type != NULL && strcmp(type->event_id, was->id) == 0;
}

static void want_types(struct decision *decision, const struct event *wanted)
{
    for (size_t i = 0; i < wanted->questions.n; i++) {
        const struct texts *ids = &wanted->questions.at[i].ticket_type_ids;
        for (size_t k = 0; k < ids->n; k++)
            (void)decision_want(decision, &collection_ticket_types, ids->at[k]);
    }
}

static void check_types(struct decision *decision, const struct event *was,
                        const struct event *wanted, struct decoder *decoder)
{
    struct path questions = {.name = "questions"};
    want_types(decision, wanted);
    for (size_t i = 0; i < wanted->questions.n; i++) {
        const struct ticket_question *question = &wanted->questions.at[i];
        struct path path = {.parent = &questions, .index = i};
        struct path ids = {.parent = &path, .name = "ticket_type_ids"};
        for (size_t k = 0; k < question->ticket_type_ids.n; k++)
            if (!may_name(decision, was, question, question->ticket_type_ids.at[k]))
                violations_add(decoder->violations, &(struct path){.parent = &ids, .index = k},
                               VIOLATION_other_event);
    }
}

static size_t bytes_of(const char *label, const struct texts *choices)
{
    size_t bytes = text_json_bytes(label);
    for (size_t i = 0; i < choices->n; i++)
        bytes += text_json_bytes(choices->at[i]);
    return bytes;
}

/* A page in one language has the longest of each question at most, and all that was answered for
 * the tickets of an order. */
static size_t asked_bytes(const struct event *event)
{
    size_t bytes = 0;
    for (size_t i = 0; event != NULL && i < event->questions.n; i++) {
        const struct ticket_question *question = &event->questions.at[i];
        size_t longest = bytes_of(question->label, &question->choices);
        for (size_t k = 0; k < question->texts.n; k++) {
            const struct question_text *text = &question->texts.at[k];
            size_t other = bytes_of(text->label, &text->choices);
            longest = other > longest ? other : longest;
        }
        bytes += longest;
    }
    return bytes;
}

/* What an older release took may stay. */
static void check_size(const struct event *was, const struct event *wanted, struct decoder *decoder)
{
    size_t bytes = asked_bytes(wanted);
    if (bytes > QUESTIONS_BYTES_MAX && bytes > asked_bytes(was))
        violations_add_limit(decoder->violations, &(struct path){.name = "questions"},
                             VIOLATION_too_long, QUESTIONS_BYTES_MAX);
}

static void found(void *context, const void *record)
{
    (void)record;
    *(bool *)context = true;
}

static bool has_orders(struct decision *decision, const char *event_id)
{
    const struct store_page one = {
        .collection = &collection_orders, .event_id = event_id, .limit = 1};
    bool any = false;
    decision_each(decision, &one, 1, found, &any);
    return any;
}

/* What answers could no longer be read by; more than that is looked up only if there is any. */
static void check_kept(struct decision *decision, const struct event *was,
                       const struct event *wanted, struct decoder *decoder)
{
    struct path questions = {.name = "questions"};
    struct violations kept = {.arena = decision_arena(decision)};
    bool missing = false;
    for (size_t i = 0; was != NULL && i < was->questions.n; i++)
        missing = missing || find(wanted, was->questions.at[i].id) == NULL;
    if (missing)
        violations_add(&kept, &questions, VIOLATION_question_in_use);
    for (size_t i = 0; i < wanted->questions.n; i++) {
        const struct ticket_question *before = find(was, wanted->questions.at[i].id);
        struct path path = {.parent = &questions, .index = i};
        if (before != NULL && before->kind != wanted->questions.at[i].kind)
            violations_add(&kept, &(struct path){.parent = &path, .name = "kind"},
                           VIOLATION_read_only);
    }
    if (kept.n > 0 && has_orders(decision, was->id))
        *decoder->violations = kept;
}

bool event_questions_check(struct decision *decision, const struct event *was,
                           const struct event *wanted, struct answer *ret_refusal)
{
    struct decoder decoder = decision_decoder(decision);
    check_kept(decision, was, wanted, &decoder);
    check_types(decision, was, wanted, &decoder);
    check_size(was, wanted, &decoder);
    if (decoder.violations->n == 0)
        return true;
    *ret_refusal = answer_invalid(decision, decoder.violations);
    return false;
}

static struct texts types_instead(struct decision *decision, const struct texts *was,
                                  const struct event_questions_type *types, size_t n_types)
{
    struct texts is = {.at = mem_array(decision_arena(decision), const char *, n_types + 1)};
    for (size_t i = 0; i < n_types; i++)
        if (texts_have(was, types[i].was))
            is.at[is.n++] = types[i].is;
    return is;
}

ticket_questions event_questions_cloned(struct decision *decision, const struct event *was,
                                        const struct event_questions_type *types, size_t n_types)
{
    ticket_questions asked = {
        .at = mem_array(decision_arena(decision), struct ticket_question, was->questions.n + 1)};
    for (size_t i = 0; i < was->questions.n; i++) {
        struct ticket_question question = was->questions.at[i];
        bool of_all = question.ticket_type_ids.n == 0;
        if (!of_all)
            question.ticket_type_ids =
                types_instead(decision, &question.ticket_type_ids, types, n_types);
        if (!question.withdrawn.value && (of_all || question.ticket_type_ids.n > 0))
            asked.at[asked.n++] = question;
    }
    if (asked.n == 0)
        asked.at = NULL;
    return asked;
}
