#include "db-svc/rules/sales/ticket_answers.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"

static bool is_answer(const struct ticket_question *question, const char *text)
{
    if (*text == '\0')
        return true;
    if (question->kind == QUESTION_CHOICE)
        return texts_have(&question->choices, text);
    return question->kind != QUESTION_YES_NO || strcmp(text, "yes") == 0 || strcmp(text, "no") == 0;
}

static bool stands(const struct string_map *was, const char *name, const char *text)
{
    const char *answer = string_map_find(was, name);
    return answer != NULL && strcmp(answer, text) == 0;
}

/* What stands already was right when it was given. */
static void check_given(struct decoder *decoder, const struct event *event,
                        const char *ticket_type_id, const struct string_map *was,
                        const struct string_map *given, const struct path *path)
{
    for (size_t i = 0; i < given->n; i++) {
        if (stands(was, given->names[i], given->values[i]))
            continue;
        const struct ticket_question *question =
            ticket_question_find(event->questions.at, event->questions.n, given->names[i]);
        struct path answer = {.parent = path, .name = given->names[i]};
        if (question == NULL || !ticket_question_is_asked(question, ticket_type_id))
            violations_add(decoder->violations, &answer, VIOLATION_unknown_question);
        else if (!is_answer(question, given->values[i]))
            violations_add(decoder->violations, &answer, VIOLATION_not_allowed);
    }
}

static void check_size(struct decoder *decoder, const struct string_map *all,
                       const struct path *path)
{
    size_t bytes = 0;
    for (size_t i = 0; i < all->n; i++)
        bytes += text_json_bytes(all->names[i]) + text_json_bytes(all->values[i]);
    if (bytes > ANSWERS_BYTES_MAX)
        violations_add_limit(decoder->violations, path, VIOLATION_too_long, ANSWERS_BYTES_MAX);
}

static void check_required(struct decoder *decoder, const struct event *event,
                           const char *ticket_type_id, const struct string_map *all,
                           const struct path *path)
{
    for (size_t i = 0; i < event->questions.n; i++) {
        const struct ticket_question *question = &event->questions.at[i];
        const char *answer = string_map_find(all, question->id);
        if (question->required.value && ticket_question_is_asked(question, ticket_type_id) &&
            (answer == NULL || *answer == '\0'))
            violations_add(decoder->violations,
                           &(struct path){.parent = path, .name = question->id},
                           VIOLATION_required);
    }
}

void ticket_answers_check(struct decoder *decoder, const struct event *event,
                          const char *ticket_type_id, const struct string_map *was,
                          const struct string_map *given, const struct path *path)
{
    const struct string_map all = ticket_answers_with(decoder->arena, was, given);
    check_given(decoder, event, ticket_type_id, was, given, path);
    check_size(decoder, &all, path);
    check_required(decoder, event, ticket_type_id, &all, path);
}

static void check_item(struct decoder *decoder, const struct event *event,
                       const struct order_item *item, bool later, const struct path *path)
{
    static const struct string_map none = {0};
    struct path tickets = {.parent = path, .name = "tickets"};
    size_t n = event->questions.n > 0 ? (size_t)item->quantity : item->tickets.n;
    for (size_t i = 0; i < n; i++) {
        struct path ticket = {.parent = &tickets, .index = i};
        struct path answers = {.parent = &ticket, .name = "answers"};
        const struct string_map *given = i < item->tickets.n ? &item->tickets.at[i].answers : &none;
        check_given(decoder, event, item->ticket_type_id, &none, given, &answers);
        check_size(decoder, given, &answers);
        if (!later)
            check_required(decoder, event, item->ticket_type_id, given, &answers);
    }
}

void ticket_answers_check_order(struct decoder *decoder, const struct event *event,
                                const struct order *order)
{
    struct path items = {.name = "items"};
    for (size_t i = 0; i < order->items.n; i++)
        check_item(decoder, event, &order->items.at[i], order->answers_later.value,
                   &(struct path){.parent = &items, .index = i});
}

static void put(struct string_map *answers, const char *name, const char *value)
{
    size_t at = 0;
    while (at < answers->n && strcmp(answers->names[at], name) != 0)
        at++;
    answers->names[at] = name;
    answers->values[at] = value;
    answers->n += at == answers->n;
}

struct string_map ticket_answers_with(const void *arena, const struct string_map *was,
                                      const struct string_map *given)
{
    size_t most = was->n + given->n, n = 0;
    struct string_map all = {mem_array(arena, const char *, most + 1),
                             mem_array(arena, const char *, most + 1), 0};
    for (size_t i = 0; i < was->n; i++)
        put(&all, was->names[i], was->values[i]);
    for (size_t i = 0; i < given->n; i++)
        put(&all, given->names[i], given->values[i]);
    for (size_t i = 0; i < all.n; i++) {
        if (*all.values[i] == '\0')
            continue;
        all.names[n] = all.names[i];
        all.values[n++] = all.values[i];
    }
    all.n = n;
    return n > 0 ? all : (struct string_map){0};
}

bool ticket_answers_equal(const struct string_map *one, const struct string_map *other)
{
    bool equal = one->n == other->n;
    for (size_t i = 0; equal && i < one->n; i++) {
        const char *answer = string_map_find(other, one->names[i]);
        equal = answer != NULL && strcmp(answer, one->values[i]) == 0;
    }
    return equal;
}

static bool any_known(const struct order *order)
{
    for (size_t i = 0; i < order->items.n; i++)
        if (order->items.at[i].tickets.at != NULL)
            return true;
    return false;
}

static struct order_item *own_items(const void *arena, struct order *order)
{
    struct order_item *items =
        mem_dup(arena, order->items.at, order->items.n * sizeof *order->items.at);
    order->items.at = items;
    return items;
}

static void keep_of_item(const void *arena, struct order_item *item)
{
    static const struct string_map none = {0};
    struct order_item_ticket *tickets =
        mem_array(arena, struct order_item_ticket, item->tickets.n + 1);
    size_t last = 0;
    for (size_t i = 0; i < item->tickets.n; i++) {
        tickets[i].answers = ticket_answers_with(arena, &none, &item->tickets.at[i].answers);
        last = tickets[i].answers.n > 0 ? i + 1 : last;
    }
    item->tickets.at = last > 0 ? tickets : NULL;
    item->tickets.n = last;
}

void ticket_answers_keep(const void *arena, struct order *order)
{
    if (!any_known(order))
        return;
    struct order_item *items = own_items(arena, order);
    for (size_t i = 0; i < order->items.n; i++)
        keep_of_item(arena, &items[i]);
}

void ticket_answers_issue(const void *arena, struct order *order)
{
    struct ticket *ticket = order->tickets.at;
    if (!any_known(order))
        return;
    struct order_item *items = own_items(arena, order);
    for (size_t i = 0; i < order->items.n; ticket += items[i++].quantity) {
        for (size_t k = 0; k < items[i].tickets.n; k++)
            ticket[k].answers = items[i].tickets.at[k].answers;
        items[i].tickets.at = NULL;
        items[i].tickets.n = 0;
    }
}

bool ticket_answers_take(struct decision *decision, const char *event_id, struct ticket *ticket,
                         const struct string_map *given, struct answer *ret_refusal)
{
    const struct event *event = decision_read(decision, &collection_events, event_id);
    struct decoder decoder = decision_decoder(decision);
    ticket_answers_check(&decoder, event, ticket->ticket_type_id, &ticket->answers, given,
                         &(struct path){.name = "answers"});
    if (decoder.violations->n > 0) {
        *ret_refusal = answer_invalid(decision, decoder.violations);
        return false;
    }
    ticket->answers = ticket_answers_with(decision_arena(decision), &ticket->answers, given);
    return true;
}
