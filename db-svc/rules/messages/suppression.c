#include "db-svc/rules/messages/suppression.h"

#include <string.h>

#include "db-svc/rules/rules.h"
#include "libshared/record/personal.h"

static const char *const errors[] = {
    [SUPPRESSION_UNSET] = NULL,
    [SUPPRESSION_BOUNCED] = "address_bounced",
    [SUPPRESSION_COMPLAINED] = "address_complained",
};

static const char *id_of(struct decision *decision, const struct delivery *delivery)
{
    return suppression_id(decision_arena(decision), delivery->channel, delivery->address);
}

void suppression_want(struct decision *decision, const struct delivery *delivery)
{
    decision_want(decision, &collection_suppressions, id_of(decision, delivery));
}

const char *suppression_error(struct decision *decision, const struct delivery *delivery)
{
    const struct suppression *suppression =
        decision_read(decision, &collection_suppressions, id_of(decision, delivery));
    return suppression != NULL ? errors[suppression->reason] : NULL;
}

bool suppression_is_error(const char *error)
{
    return error != NULL && (strcmp(error, errors[SUPPRESSION_BOUNCED]) == 0 ||
                             strcmp(error, errors[SUPPRESSION_COMPLAINED]) == 0);
}

void suppression_add(struct decision *decision, const struct delivery *delivery,
                     enum suppression_reason reason, const char *detail)
{
    const char *id = id_of(decision, delivery);
    if (id == NULL)
        return;
    const struct suppression *was = decision_read(decision, &collection_suppressions, id);
    if (was != NULL && was->reason >= reason)
        return;
    struct suppression *suppression = was != NULL
                                          ? decision_edit(decision, &collection_suppressions, id)
                                          : decision_add(decision, &collection_suppressions, id);
    suppression->channel = delivery->channel;
    suppression->address = delivery->address;
    suppression->reason = reason;
    suppression->detail = detail;
    suppression->event_id = delivery->event_id;
    suppression->delivery_id = delivery->id;
}

void suppression_erase(struct decision *decision, enum channel channel, const char *address)
{
    const char *id = suppression_id(decision_arena(decision), channel, address);
    const struct suppression *was = decision_read(decision, &collection_suppressions, id);
    if (was == NULL || record_is_redacted(&suppression_record, was))
        return;
    struct suppression *suppression = decision_edit(decision, &collection_suppressions, id);
    record_redact(decision_arena(decision), &suppression_record, suppression, NULL);
}

static struct answer suppression_lift(struct decision *decision, const struct command_body *body)
{
    const struct suppression *suppression =
        decision_read(decision, &collection_suppressions, body->ids[ID_SUPPRESSION]);
    if (suppression == NULL)
        return answer_refuse(decision, PROBLEM_not_found);
    if (decision_stale(decision, suppression))
        return answer_refuse(decision, PROBLEM_precondition_failed);
    decision_remove(decision, &collection_suppressions, suppression->id);
    return answer_none(decision);
}

const struct handler suppression_handlers[] = {
    {"suppression.lift", suppression_lift},
    {0},
};
