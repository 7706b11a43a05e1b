#include "db-svc/rules/messages/letter_links.h"

#include "libshared/base/mem.h"

struct letter_links letter_links(struct turn *turn, const struct delivery *delivery)
{
    const struct attendee *attendee = turn_read(turn, &collection_attendees, delivery->attendee_id);
    if (attendee == NULL || attendee->email == NULL)
        return (struct letter_links){.confirm = NULL};
    struct attendee reader = *attendee;
    if (delivery->channel == CHANNEL_EMAIL)
        reader.email = delivery->address; /* perhaps no longer theirs */
    const struct self_service *service = turn_self_service(turn);
    const struct self_service_links links =
        self_service_links(turn_arena(turn), service, &reader, delivery->updated_at);
    const struct self_service_way_out out =
        self_service_way_out(turn_arena(turn), service, &reader, delivery->updated_at);
    return (struct letter_links){.confirm = links.confirm->url,
                                 .cancel = links.cancel->url,
                                 .unsubscribe = out.page,
                                 .unsubscribe_post = out.post};
}

struct letter_links letter_links_like(struct turn *turn)
{
    void *arena = turn_arena(turn);
    const char *url = turn_self_service(turn)->url;
    return (struct letter_links){.confirm = mem_printf(arena, "%s/confirm#", url),
                                 .cancel = mem_printf(arena, "%s/cancel#", url),
                                 .unsubscribe = mem_printf(arena, "%s/unsubscribe#", url)};
}
