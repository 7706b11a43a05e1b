#include "db-svc/rules/letter_links.h"

#include "db-svc/rules/content.h"
#include "libshared/base/mem.h"

const char *letter_links(struct turn *turn, const struct delivery *delivery, const char *text)
{
    const struct attendee *attendee = turn_read(turn, &collection_attendees, delivery->attendee_id);
    if (attendee == NULL || attendee->email == NULL)
        return content_link(turn_arena(turn), text, NULL, NULL);
    struct attendee reader = *attendee;
    if (delivery->channel == CHANNEL_EMAIL)
        reader.email = delivery->address; /* perhaps no longer theirs */
    const struct self_service_links links = self_service_links(
        turn_arena(turn), turn_self_service(turn), &reader, delivery->updated_at);
    return content_link(turn_arena(turn), text, links.confirm->url, links.cancel->url);
}

const char *letter_links_like(struct turn *turn, const char *text)
{
    void *arena = turn_arena(turn);
    const char *url = turn_self_service(turn)->url;
    return content_link(arena, text, mem_printf(arena, "%s/confirm#", url),
                        mem_printf(arena, "%s/cancel#", url));
}
