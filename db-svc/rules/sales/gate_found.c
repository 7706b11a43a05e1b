#include "db-svc/rules/sales/gate_found.h"

#include "libshared/contract/order.h"

const struct ticket *gate_ticket(const struct gate_found *found)
{
    return &found->order->tickets.at[found->index];
}

const char *gate_order_id(const struct gate_found *found)
{
    if (found->order != NULL)
        return found->order->id;
    return found->dead != NULL ? found->dead->order_id : NULL;
}

const char *gate_ticket_type_id(const struct gate_found *found)
{
    if (found->order != NULL)
        return gate_ticket(found)->ticket_type_id;
    return found->dead != NULL ? found->dead->ticket_type_id : NULL;
}

int64_t gate_people(const struct offline_scan *scan)
{
    return scan->people.set ? scan->people.value : 1;
}
