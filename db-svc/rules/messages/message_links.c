#include "db-svc/rules/messages/message_links.h"

#include "libshared/base/mem.h"
#include "libshared/contract/event.h"

/* What is sent elsewhere shows the tickets and gives no right to the order. */
static const char *order_link(struct decision *decision, const struct delivery *delivery)
{
    const struct event *event = decision_read(decision, &collection_events, delivery->event_id);
    if (delivery->order_id == NULL || delivery->channel != CHANNEL_EMAIL ||
        delivery->address == NULL || delivery->elsewhere.value || event == NULL)
        return NULL;
    const struct self_service_order order = {.event_id = delivery->event_id,
                                             .order_id = delivery->order_id,
                                             .email = delivery->address,
                                             .over_at = event->over_at.ms};
    return self_service_order_link(decision_arena(decision), decision_self_service(decision),
                                   &order, delivery->updated_at)
        .url;
}

static void add_attendees(struct decision *decision, const struct delivery *delivery,
                          struct outgoing_message_links *links)
{
    void *arena = decision_arena(decision);
    const struct attendee *attendee =
        decision_read(decision, &collection_attendees, delivery->attendee_id);
    if (attendee == NULL || attendee->email == NULL)
        return;
    struct attendee reader = *attendee;
    if (channel_is_by_email(delivery->channel))
        reader.email = delivery->address; /* perhaps no longer theirs */
    const struct self_service *service = decision_self_service(decision);
    const struct self_service_links both =
        self_service_links(arena, service, &reader, delivery->updated_at);
    const struct self_service_way_out out =
        self_service_way_out(arena, service, &reader, delivery->updated_at);
    links->confirm = both.confirm->url;
    links->cancel = both.cancel->url;
    links->unsubscribe = out.page;
    links->unsubscribe_post = out.post;
}

struct outgoing_message_links outgoing_message_links(struct decision *decision,
                                                     const struct delivery *delivery)
{
    struct outgoing_message_links links = {.order = order_link(decision, delivery)};
    add_attendees(decision, delivery, &links);
    return links;
}

struct outgoing_message_links message_links_like(struct decision *decision)
{
    void *arena = decision_arena(decision);
    const struct self_service *service = decision_self_service(decision);
    const char *url = service->url;
    return (struct outgoing_message_links){
        .order = mem_printf(arena, "%s#", service->order_page_url),
        .confirm = mem_printf(arena, "%s/confirm#", url),
        .cancel = mem_printf(arena, "%s/cancel#", url),
        .unsubscribe = mem_printf(arena, "%s/unsubscribe#", url)};
}
