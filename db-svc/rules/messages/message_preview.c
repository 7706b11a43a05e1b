/* An automatic message as a reader would get it, with example data. Nothing is sent or kept. */
#include "db-svc/rules/rules.h"

#include <string.h>

#include "db-svc/rules/edit.h"
#include "db-svc/rules/messages/content.h"
#include "db-svc/rules/messages/default_texts.h"
#include "db-svc/rules/messages/event_card.h"
#include "db-svc/rules/messages/message_answers.h"
#include "db-svc/rules/messages/message_links.h"
#include "db-svc/rules/messages/message_text.h"
#include "db-svc/rules/messages/send_time_fields.h"
#include "db-svc/rules/messages/translations.h"
#include "libshared/base/locale.h"
#include "libshared/base/mem.h"
#include "libshared/contract/message_texts.h"
#include "libshared/contract/ticket_type.h"

#define NAME "Ana García"
#define EMAIL "ana@example.org"
#define TICKETS 2
#define WEEK_MS (INT64_C(7) * 24 * 60 * 60 * 1000)

/* A message and what it is about. */
struct example {
    enum message_kind kind;
    struct event event;
    struct event_place previous;
    struct delivery delivery;
    struct attendee attendee;
    struct person buyer;
    struct order_item item;
    struct order order;
    struct delivery_ticket tickets[TICKETS];
    struct ticket answered;
    const struct ticket *of[TICKETS];
    size_t n_tickets;
};

static void take_first(void *context, const void *record)
{
    const struct ticket_type **first = context, *type = record;
    if (*first == NULL)
        *first = type;
}

/* The event's first; NULL: it has none yet. */
static const struct ticket_type *type_of(struct decision *decision, const struct event *event)
{
    const struct ticket_type *type = NULL;
    decision_each(decision,
                  &(struct store_page){
                      .collection = &collection_ticket_types, .event_id = event->id, .limit = 1},
                  1, take_first, &type);
    return type != NULL && strcmp(type->event_id, event->id) == 0 ? type : NULL;
}

static void show_event(struct example *example)
{
    struct event *event = &example->event;
    if (example->kind == MESSAGE_CANCELLED)
        event->status = EVENT_CANCELLED;
    if (example->kind == MESSAGE_POSTPONED)
        event->status = EVENT_POSTPONED;
    example->previous = (struct event_place){.starts_at = event->starts_at - WEEK_MS,
                                             .time_zone = event->time_zone,
                                             .location = event->location};
}

static void show_order(struct example *example, const struct ticket_type *type)
{
    struct money each = {.amount = type != NULL ? type->price.amount : 2500};
    memcpy(each.currency, example->event.currency, sizeof each.currency);
    example->buyer = (struct person){.name = NAME, .email = EMAIL};
    example->item = (struct order_item){.quantity = TICKETS, .unit_price = each};
    example->order = (struct order){.id = ORDER_PREFIX "_00000000000000000000000000",
                                    .buyer = &example->buyer,
                                    .items = {&example->item, 1},
                                    .status = ORDER_PAID,
                                    .total = each};
    example->order.total.amount = TICKETS * each.amount;
    example->order.refunded = example->order.total;
}

static const char *answer_to(const struct ticket_question *question)
{
    if (question->kind == QUESTION_YES_NO)
        return "yes";
    return question->choices.n > 0 ? question->choices.at[0] : "\u2026";
}

/* What the event asks of such tickets. */
static void show_answers(const void *arena, struct example *example, const struct ticket_type *type)
{
    const struct event *event = &example->event;
    struct string_map *answers = &example->answered.answers;
    answers->names = mem_array(arena, const char *, event->questions.n + 1);
    answers->values = mem_array(arena, const char *, event->questions.n + 1);
    for (size_t i = 0; i < event->questions.n; i++) {
        const struct ticket_question *question = &event->questions.at[i];
        if (!ticket_question_is_asked(question, type != NULL ? type->id : ""))
            continue;
        answers->names[answers->n] = question->id;
        answers->values[answers->n++] = answer_to(question);
    }
    for (size_t i = 0; i < TICKETS; i++)
        example->of[i] = &example->answered;
}

/* Codes are not shown: these admit nobody, and real ones are for their holders alone. */
static void show_tickets(const void *arena, struct example *example, const struct ticket_type *type)
{
    enum message_kind kind = example->kind;
    example->n_tickets = kind == MESSAGE_TICKETS ? TICKETS : kind == MESSAGE_TICKET ? 1 : 0;
    for (size_t i = 0; i < example->n_tickets; i++)
        example->tickets[i] = (struct delivery_ticket){
            .number = (int64_t)i + 1,
            .code = "\u2026",
            .type = type != NULL ? ticket_type_label(arena, type) : "General",
            .holder = kind == MESSAGE_TICKET ? NAME : NULL};
}

static struct example *example_of(struct decision *decision, const struct event *event,
                                  enum message_kind kind)
{
    const struct ticket_type *type = type_of(decision, event);
    struct example *example = mem_new(decision_arena(decision), struct example);
    example->kind = kind;
    example->event = *event;
    example->attendee = (struct attendee){.name = NAME, .email = EMAIL};
    example->delivery = (struct delivery){
        .event_id = event->id, .recipient = NAME, .address = EMAIL, .channel = CHANNEL_EMAIL};
    show_event(example);
    show_order(example, type);
    show_tickets(decision_arena(decision), example, type);
    show_answers(decision_arena(decision), example, type);
    return example;
}

static struct notification_text text_of(struct decision *decision,
                                        const struct message_preview *request, const char *event_id,
                                        bool *ret_own)
{
    void *arena = decision_arena(decision);
    enum message_kind kind = (enum message_kind)request->kind;
    struct message_texts tried = {.id = NULL};
    tried.of[kind] = request->texts;
    const struct message_texts *own =
        request->texts.at != NULL ? &tried : message_text_read(decision, event_id);
    struct notification_text text;
    *ret_own = message_text_choose(arena, own, kind, request->locale, &text);
    if (*ret_own)
        return text;
    const struct message_texts all = default_texts_all(arena);
    const struct translations_written written = {
        .first = all.of[kind].at[0], .others = all.of[kind].at + 1, .n_others = all.of[kind].n - 1};
    return translations_choose(arena, &written, request->locale);
}

static struct answer show(struct decision *decision, const struct message_preview *request,
                          const struct event *event)
{
    void *arena = decision_arena(decision);
    bool own;
    const struct notification_text text = text_of(decision, request, event->id, &own);
    struct example *example = example_of(decision, event, (enum message_kind)request->kind);
    const struct content content = {.event = &example->event,
                                    .delivery = &example->delivery,
                                    .attendee = &example->attendee,
                                    .order = &example->order,
                                    .previous =
                                        request->kind == MESSAGE_MOVED ? &example->previous : NULL,
                                    .tickets = example->tickets,
                                    .n_tickets = example->n_tickets,
                                    .locale = text.locale};
    const struct outgoing_message_links links = message_links_like(decision);
    const struct outgoing_message_tickets tickets = {example->tickets, example->of,
                                                     example->n_tickets};
    const struct send_time_fields fields = {
        .answers = message_answers(arena, &example->event, &tickets, text.locale),
        .confirm_link = links.confirm,
        .cancel_link = links.cancel,
        .unsubscribe_link = links.unsubscribe,
        .order_link = links.order,
        .tickets = example->tickets,
        .n_tickets = example->n_tickets};
    const struct template_text subject = content_render(arena, text.subject, &content);
    const struct template_text message = content_render(arena, text.message, &content);
    const struct message_preview_text shown = {
        .kind = request->kind,
        .locale = text.locale,
        .own = {own, own},
        .subject = send_time_fields_fill(arena, &subject, &fields),
        .message = send_time_fields_fill(arena, &message, &fields),
        .event = event_card(arena, &example->event, text.locale),
        .tickets = {.at = example->n_tickets > 0 ? example->tickets : NULL,
                    .n = example->n_tickets}};
    struct answer answer = answer_ok(decision, &message_preview_text_record, &shown);
    answer.no_receipt = true;
    return answer;
}

DECISION(message_preview, message_preview_record)
{
    struct answer refusal;
    const struct event *event = edit_event(decision, body, &refusal);
    if (event == NULL)
        return refusal;
    struct decoder decoder = decision_decoder(decision);
    translations_check_list(&decoder, "texts", &request->texts);
    return decoder.violations->n > 0 ? answer_invalid(decision, decoder.violations)
                                     : show(decision, request, event);
}

const struct handler message_preview_handlers[] = {
    {"message_texts.preview", message_preview, &message_preview_record},
    {0},
};
