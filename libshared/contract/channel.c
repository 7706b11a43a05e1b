#include "libshared/contract/channel.h"

#include <string.h>

#include "libshared/base/text.h"

const char *const channel_names[] = {"", "email", "sms", NULL};

const struct channel_traits channel_traits[CHANNELS] = {
    [CHANNEL_EMAIL] = {.contact = offsetof(struct contacts, email),
                       .folded = true,
                       .one_person = true,
                       .attaches = true},
    [CHANNEL_SMS] = {.contact = offsetof(struct contacts, phone)},
};

enum channel channel_named(const char *name)
{
    for (int channel = CHANNEL_UNSET + 1; name != NULL && channel < CHANNELS; channel++)
        if (strcmp(channel_names[channel], name) == 0)
            return (enum channel)channel;
    return CHANNEL_UNSET;
}

const char *channel_address(enum channel channel, struct contacts contacts)
{
    return *(const char *const *)((const char *)&contacts + channel_traits[channel].contact);
}

bool channel_is_by_email(enum channel channel)
{
    return channel_traits[channel].contact == offsetof(struct contacts, email);
}

const char *channel_fold(const void *arena, enum channel channel, const char *address)
{
    return channel_traits[channel].folded ? text_fold_email(arena, address) : address;
}
