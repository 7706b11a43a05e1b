#include "db-svc/rules/messages/message_links.h"

#include "libshared/base/mem.h"

struct outgoing_message_links outgoing_message_links(struct decision *decision,
                                                     const struct delivery *delivery)
{
    const struct attendee *attendee =
        decision_read(decision, &collection_attendees, delivery->attendee_id);
    if (attendee == NULL || attendee->email == NULL)
        return (struct outgoing_message_links){.confirm = NULL};
    struct attendee reader = *attendee;
    if (channel_is_by_email(delivery->channel))
        reader.email = delivery->address; /* perhaps no longer theirs */
    const struct self_service *service = decision_self_service(decision);
    const struct self_service_links links =
        self_service_links(decision_arena(decision), service, &reader, delivery->updated_at);
    const struct self_service_way_out out =
        self_service_way_out(decision_arena(decision), service, &reader, delivery->updated_at);
    return (struct outgoing_message_links){.confirm = links.confirm->url,
                                           .cancel = links.cancel->url,
                                           .unsubscribe = out.page,
                                           .unsubscribe_post = out.post};
}

struct outgoing_message_links message_links_like(struct decision *decision)
{
    void *arena = decision_arena(decision);
    const char *url = decision_self_service(decision)->url;
    return (struct outgoing_message_links){.confirm = mem_printf(arena, "%s/confirm#", url),
                                           .cancel = mem_printf(arena, "%s/cancel#", url),
                                           .unsubscribe =
                                               mem_printf(arena, "%s/unsubscribe#", url)};
}
