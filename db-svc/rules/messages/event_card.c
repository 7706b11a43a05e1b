#include "db-svc/rules/messages/event_card.h"

#include "db-svc/rules/messages/locale_format.h"
#include "libshared/base/color.h"
#include "libshared/base/mem.h"

struct delivery_event *event_card(const void *arena, const struct event *event, const char *locale)
{
    struct delivery_event *card = mem_new(arena, struct delivery_event);
    *card = (struct delivery_event){
        .name = event->name,
        .when = mem_printf(arena, "%s (%s)",
                           locale_format_time(arena, locale, event->time_zone, event->starts_at),
                           event->time_zone),
        .where = event->location,
        .status = record_enum_text(event_status_names, (int)event->status),
        .locale = locale,
        .color = event->color,
        .text_color = event->color != NULL ? color_on(event->color) : NULL,
        .picture = event->picture};
    return card;
}
