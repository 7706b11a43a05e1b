#include "db-svc/rules/messages/suppression.h"

#include <string.h>

#include "db-svc/rules/rules.h"

static const char *const errors[] = {
    [SUPPRESSION_UNSET] = NULL,
    [SUPPRESSION_BOUNCED] = "address_bounced",
    [SUPPRESSION_COMPLAINED] = "address_complained",
};

static const char *id_of(struct turn *turn, const struct delivery *delivery)
{
    return suppression_id(turn_arena(turn), delivery->channel, delivery->address);
}

void suppression_want(struct turn *turn, const struct delivery *delivery)
{
    turn_want(turn, &collection_suppressions, id_of(turn, delivery));
}

const char *suppression_error(struct turn *turn, const struct delivery *delivery)
{
    const struct suppression *suppression =
        turn_read(turn, &collection_suppressions, id_of(turn, delivery));
    return suppression != NULL ? errors[suppression->reason] : NULL;
}

bool suppression_is_error(const char *error)
{
    return error != NULL && (strcmp(error, errors[SUPPRESSION_BOUNCED]) == 0 ||
                             strcmp(error, errors[SUPPRESSION_COMPLAINED]) == 0);
}

void suppression_add(struct turn *turn, const struct delivery *delivery,
                     enum suppression_reason reason, const char *detail)
{
    const char *id = id_of(turn, delivery);
    if (id == NULL)
        return;
    const struct suppression *was = turn_read(turn, &collection_suppressions, id);
    if (was != NULL && was->reason >= reason)
        return;
    struct suppression *suppression = was != NULL ? turn_edit(turn, &collection_suppressions, id)
                                                  : turn_add(turn, &collection_suppressions, id);
    suppression->channel = delivery->channel;
    suppression->address = delivery->address;
    suppression->reason = reason;
    suppression->detail = detail;
    suppression->event_id = delivery->event_id;
    suppression->delivery_id = delivery->id;
}

void suppression_erase(struct turn *turn, enum channel channel, const char *address)
{
    const char *id = suppression_id(turn_arena(turn), channel, address);
    const struct suppression *was = turn_read(turn, &collection_suppressions, id);
    if (was == NULL || (was->address == NULL && was->detail == NULL))
        return;
    struct suppression *suppression = turn_edit(turn, &collection_suppressions, id);
    suppression->address = suppression->detail = NULL;
}

static struct answer suppression_lift(struct turn *turn, const struct command_body *body)
{
    const struct suppression *suppression =
        turn_read(turn, &collection_suppressions, body->ids[ID_SUPPRESSION]);
    if (suppression == NULL)
        return answer_refuse(turn, PROBLEM_not_found);
    if (turn_stale(turn, suppression))
        return answer_refuse(turn, PROBLEM_precondition_failed);
    turn_remove(turn, &collection_suppressions, suppression->id);
    return answer_none(turn);
}

const struct handler suppression_handlers[] = {
    {"suppression.lift", suppression_lift},
    {0},
};
