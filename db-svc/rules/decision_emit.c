/* The messages that a decision emits, and its rows of the ledger. */
#include "db-svc/rules/decision_state.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/topic.h"
#include "libshared/contract/notification.h"

void decision_enter(struct decision *decision, const struct decision_stock *stock,
                    const struct ledger_row *row)
{
    decision->entered =
        mem_grow(decision->arena, decision->entered, struct entered, decision->n_entered + 1);
    decision->entered[decision->n_entered++] = (struct entered){.stock = *stock, .row = *row};
}

static void emit(struct decision *decision, struct outgoing message, bool carries_stock)
{
    decision->emitted =
        mem_grow(decision->arena, decision->emitted, struct emitted, decision->n_emitted + 1);
    message.key = mem_strdup(decision->arena, message.key);
    decision->emitted[decision->n_emitted++] =
        (struct emitted){.message = message, .carries_stock = carries_stock};
}

/* A fact's or a delivery's id: stable, since it is made of the receipt's. */
static const char *emitted_id(struct decision *decision)
{
    return mem_printf(decision->arena, "%s/%zu", decision_receipt(decision), decision->n_emitted);
}

void decision_fact(struct decision *decision, const char *type, const struct fact_body *body)
{
    if (decision->looking_ahead)
        return;
    const struct fact *fact = fact_find(type);
    if (fact == NULL)
        abort(); /* the contract names every fact */
    struct fact_body emitted = *body;
    emitted.epoch = (struct opt_int64){true, decision->input->epoch};
    emit(decision,
         (struct outgoing){.topic = topic_name(fact->module, TOPIC_FACTS),
                           .key = body->event_id,
                           .type = fact->type,
                           .id = emitted_id(decision),
                           .body = record_text(decision->arena, &fact_record, &emitted)},
         fact->module == MODULE_TICKETS);
}

void decision_deliver(struct decision *decision, const struct delivery *delivery)
{
    if (decision->looking_ahead)
        return;
    const struct delivery_offer offer = {.event_id = delivery->event_id,
                                         .notification_id = delivery->notification_id,
                                         .delivery_id = delivery->id,
                                         .channel = channel_names[delivery->channel],
                                         .attempt = delivery->attempts + 1};
    emit(decision,
         (struct outgoing){.topic = topic_name(MODULE_NOTIFICATIONS, TOPIC_DELIVERIES),
                           .key = delivery->id,
                           .type = "delivery.offered",
                           .id = emitted_id(decision),
                           .sequence = -1,
                           .body = record_text(decision->arena, &delivery_offer_record, &offer)},
         false);
}

const char *decision_command(struct decision *decision, const char *type, const char *id,
                             const struct command_body *body)
{
    if (decision->looking_ahead)
        return NULL;
    struct command_body sent = *body;
    sent.command = command_find(type);
    if (sent.command == NULL)
        abort(); /* the contract names every command */
    const char *text = command_text(decision->arena, &sent);
    emit(decision,
         (struct outgoing){.topic = command_topic(sent.command),
                           .key = sent.ids[ID_EVENT],
                           .type = sent.command->type,
                           .id = mem_strdup(decision->arena, id),
                           .sequence = -1,
                           .body = text},
         false);
    return text;
}

static void add_text(struct decision *decision, const char ***texts, size_t *n, const char *text)
{
    *texts = mem_grow(decision->arena, *texts, const char *, *n + 1);
    (*texts)[(*n)++] = text;
}

void decision_shows(struct decision *decision, const char *id)
{
    if (id != NULL)
        add_text(decision, &decision->shown, &decision->n_shown, id);
}

void decision_forget(struct decision *decision, const char *id)
{
    for (size_t i = 0; i < decision->n_forgotten; i++)
        if (strcmp(decision->forgotten[i], id) == 0)
            return;
    add_text(decision, &decision->forgotten, &decision->n_forgotten, id);
}
