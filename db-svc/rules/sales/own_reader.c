#include "db-svc/rules/sales/own_reader.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/rules/sales/order_ops.h"
#include "libshared/contract/event.h"
#include "libshared/contract/own_order.h"

struct answer own_reader_refuse(struct decision *decision, enum problem_code code)
{
    struct answer answer = answer_refuse(decision, code);
    answer.no_receipt = true;
    return answer;
}

/* The order of the token. NULL: there is none, or the token is for nobody of it. */
static const struct order *find(struct decision *decision, const struct command_body *body,
                                const struct self_service_token *token, const char **ret_reader)
{
    order_ops_want(decision, token->subject_id);
    const struct event *event = decision_read(decision, &collection_events, token->event_id);
    const struct order *order = decision_read(decision, &collection_orders, token->subject_id);
    if (event == NULL || order == NULL || strcmp(token->event_id, body->ids[ID_EVENT]) != 0)
        return NULL;
    *ret_reader = own_order_reader(decision_self_service(decision), token, order);
    return *ret_reader != NULL ? order : NULL;
}

bool own_reader_has(struct decision *decision, const struct own_reader *own)
{
    return own->number <= own->order->tickets.n &&
           own_order_is_readers(decision_arena(decision), own->order,
                                &own->order->tickets.at[own->number - 1], own->reader);
}

bool own_reader_admit(struct decision *decision, const struct command_body *body, const char *token,
                      struct own_reader *ret_own, struct answer *ret_refusal)
{
    struct self_service_token claim;
    struct own_reader own = {.order = NULL};
    if (self_service_read(decision_arena(decision), token, &claim) &&
        claim.purpose == SELF_SERVICE_ORDER)
        own.order = find(decision, body, &claim, &own.reader);
    if (own.order == NULL)
        *ret_refusal = own_reader_refuse(decision, PROBLEM_invalid_token);
    else if (decision_now(decision) >= claim.expires_at)
        *ret_refusal = own_reader_refuse(decision, PROBLEM_token_expired);
    else {
        *ret_own = own;
        return true;
    }
    return false;
}

bool own_reader_admit_ticket(struct decision *decision, const struct command_body *body,
                             const char *token, struct own_reader *ret_own,
                             struct answer *ret_refusal)
{
    if (!own_reader_admit(decision, body, token, ret_own, ret_refusal))
        return false;
    ret_own->number = strtoul(body->ids[ID_TICKET], NULL, 10);
    bool own = own_reader_has(decision, ret_own);
    if (!own)
        *ret_refusal = own_reader_refuse(decision, PROBLEM_not_found);
    return own;
}
