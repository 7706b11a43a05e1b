#include "db-svc/rules/messages/ownership.h"

#include <string.h>
#include <strings.h>

#include "libshared/contract/attendee.h"

static bool own_held(struct decision *decision, const struct order *order,
                     const struct ticket *ticket, enum channel channel, struct owner *ret_owner)
{
    const struct ticket_holder *holder = ticket->attendee;
    const struct attendee *attendee =
        decision_read(decision, &collection_attendees, holder->attendee_id);
    const char *bought_in = order->buyer != NULL ? order->buyer->locale : NULL;
    bool has_locale = attendee != NULL && attendee->locale != NULL;
    const struct contacts contacts = {holder->email, attendee != NULL ? attendee->phone : NULL};
    *ret_owner = (struct owner){.name = holder->name,
                                .locale = has_locale ? attendee->locale : bought_in,
                                .address = channel_address(channel, contacts),
                                .attendee_id = holder->attendee_id};
    return holder->email != NULL;
}

bool ownership_of(struct decision *decision, const struct order *order, const struct ticket *ticket,
                  enum channel channel, struct owner *ret_owner)
{
    const struct person *buyer = order->buyer;
    if (ticket->attendee != NULL)
        return own_held(decision, order, ticket, channel, ret_owner);
    if (buyer == NULL)
        return false;
    *ret_owner = (struct owner){.name = buyer->name,
                                .locale = buyer->locale,
                                .address = channel_address(channel, CONTACTS_OF(buyer))};
    return true;
}

static bool is_ascii(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

/* Folding is slow where many orders are at hand. */
bool ownership_same_address(const void *arena, const char *one, const char *other)
{
    if (is_ascii(one) && is_ascii(other))
        return strcasecmp(one, other) == 0;
    return strcmp(collection_fold_email(arena, one), collection_fold_email(arena, other)) == 0;
}

static bool is_address(struct decision *decision, const char *address,
                       const struct delivery *delivery)
{
    if (address == NULL || delivery->address == NULL)
        return false;
    return channel_traits[delivery->channel].folded
               ? ownership_same_address(decision_arena(decision), address, delivery->address)
               : strcmp(address, delivery->address) == 0;
}

/* A phone may be a family's, so who has it is known by id. */
static bool is_holder(struct decision *decision, const struct ticket_holder *holder,
                      const struct delivery *delivery)
{
    bool known = holder->attendee_id != NULL && delivery->attendee_id != NULL;
    if (holder->email == NULL) /* erased */
        return false;
    if (known && strcmp(holder->attendee_id, delivery->attendee_id) == 0)
        return true;
    return channel_is_by_email(delivery->channel) && is_address(decision, holder->email, delivery);
}

/* A ticket that the buyer holds by name. */
static bool is_buyers(struct decision *decision, const struct order *order,
                      const struct ticket *ticket)
{
    const char *email = ticket->attendee->email;
    return email != NULL &&
           ownership_same_address(decision_arena(decision), email, order->buyer->email);
}

bool ownership_is_readers(struct decision *decision, const struct order *order,
                          const struct ticket *ticket, const struct delivery *delivery)
{
    const struct person *buyer = order->buyer;
    if (delivery->elsewhere.value)
        return buyer != NULL && (ticket->attendee == NULL || is_buyers(decision, order, ticket));
    if (ticket->attendee != NULL)
        return is_holder(decision, ticket->attendee, delivery);
    if (buyer == NULL)
        return false;
    return (channel_traits[delivery->channel].one_person || delivery->attendee_id == NULL) &&
           is_address(decision, channel_address(delivery->channel, CONTACTS_OF(buyer)), delivery);
}
