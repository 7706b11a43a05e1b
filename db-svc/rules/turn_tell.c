/* What a turn tells the world, and enters in the ledger. */
#include "db-svc/rules/turn_state.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/topic.h"
#include "libshared/contract/notification.h"

void turn_enter(struct turn *turn, const struct turn_stock *stock, const struct ledger_row *row)
{
    turn->entered = mem_grow(turn->arena, turn->entered, struct entered, turn->n_entered + 1);
    turn->entered[turn->n_entered++] = (struct entered){.stock = *stock, .row = *row};
}

static void tell(struct turn *turn, struct outgoing message, bool carries_stock)
{
    turn->told = mem_grow(turn->arena, turn->told, struct told, turn->n_told + 1);
    message.key = mem_strdup(turn->arena, message.key);
    turn->told[turn->n_told++] = (struct told){.message = message, .carries_stock = carries_stock};
}

const char *turn_text(struct turn *turn, json_t *value_take)
{
    char *text = json_dumps(value_take, JSON_COMPACT);
    const char *kept = mem_strdup(turn->arena, text);
    free(text);
    json_decref(value_take);
    return kept;
}

/* A fact's or a delivery's id: stable, since it is made of the receipt's. */
static const char *told_id(struct turn *turn)
{
    return mem_printf(turn->arena, "%s/%zu", turn_receipt(turn), turn->n_told);
}

void turn_fact(struct turn *turn, const char *type, const struct fact_body *body)
{
    const struct fact *fact = fact_find(type);
    if (fact == NULL)
        abort(); /* the contract names every fact */
    struct fact_body told = *body;
    told.epoch = (struct opt_int64){true, turn->input->epoch};
    tell(turn,
         (struct outgoing){.topic = topic_name(fact->module, TOPIC_FACTS),
                           .key = body->event_id,
                           .type = fact->type,
                           .id = told_id(turn),
                           .body = record_text(turn->arena, &fact_record, &told)},
         fact->module == MODULE_TICKETS);
}

void turn_deliver(struct turn *turn, const struct delivery *delivery)
{
    json_t *body = json_pack("{sssssssssI}", "event_id", delivery->event_id, "notification_id",
                             delivery->notification_id, "delivery_id", delivery->id, "channel",
                             record_enum_text(channel_names, (int)delivery->channel), "attempt",
                             (json_int_t)delivery->attempts + 1);
    tell(turn,
         (struct outgoing){.topic = topic_name(MODULE_NOTIFICATIONS, TOPIC_DELIVERIES),
                           .key = delivery->id,
                           .type = "delivery.offered",
                           .id = told_id(turn),
                           .sequence = -1,
                           .body = turn_text(turn, body)},
         false);
}

void turn_command(struct turn *turn, const char *type, const char *event_id, const char *id,
                  const char *body)
{
    const struct command *command = command_find(type);
    if (command == NULL)
        abort(); /* the contract names every command */
    tell(turn,
         (struct outgoing){.topic = command_topic(command),
                           .key = event_id,
                           .type = command->type,
                           .id = mem_strdup(turn->arena, id),
                           .sequence = -1,
                           .body = body},
         false);
}

static void add_text(struct turn *turn, const char ***texts, size_t *n, const char *text)
{
    *texts = mem_grow(turn->arena, *texts, const char *, *n + 1);
    (*texts)[(*n)++] = text;
}

void turn_shows(struct turn *turn, const char *id)
{
    if (id != NULL)
        add_text(turn, &turn->shown, &turn->n_shown, id);
}

void turn_forget(struct turn *turn, const char *id)
{
    for (size_t i = 0; i < turn->n_forgotten; i++)
        if (strcmp(turn->forgotten[i], id) == 0)
            return;
    add_text(turn, &turn->forgotten, &turn->n_forgotten, id);
}
