#include "db-svc/rules/messages/message_text.h"

#include <string.h>

#include "db-svc/rules/messages/content.h"
#include "db-svc/rules/messages/default_texts.h"
#include "libshared/base/locale.h"
#include "libshared/base/mem.h"
#include "libshared/contract/event.h"

enum message_kind message_text_kind(const struct notification *notification)
{
    static const enum message_kind kinds[] = {
        [AUTOMATIC_WELCOME] = MESSAGE_WELCOME,
        [AUTOMATIC_TICKETS] = MESSAGE_TICKETS,
        [AUTOMATIC_POSTPONED] = MESSAGE_POSTPONED,
        [AUTOMATIC_CANCELLED] = MESSAGE_CANCELLED,
        [AUTOMATIC_REMINDER] = MESSAGE_REMINDER,
        [AUTOMATIC_ADDRESS_CHANGED] = MESSAGE_ADDRESS_CHANGED,
        [AUTOMATIC_MOVED] = MESSAGE_MOVED,
        [AUTOMATIC_REFUNDED] = MESSAGE_REFUNDED,
    };
    if (notification->rewritten.value)
        return MESSAGE_UNSET;
    bool one = notification->automatic == AUTOMATIC_TICKETS && notification->audience->ticket.set;
    return one ? MESSAGE_TICKET : kinds[notification->automatic];
}

/* The event, which every decision about it reads, says whether there are any. */
static bool has_own(const struct event *event)
{
    return event != NULL && event->own_texts.value;
}

const struct message_texts *message_text_read(struct decision *decision, const char *event_id)
{
    return has_own(decision_read(decision, &collection_events, event_id))
               ? decision_read(decision, &collection_message_texts, event_id)
               : NULL;
}

void message_text_want(struct decision *decision, const char *event_id)
{
    if (decision_want(decision, &collection_events, event_id) &&
        has_own(decision_read(decision, &collection_events, event_id)))
        (void)decision_want(decision, &collection_message_texts, event_id);
}

/* -1: none of them is for that reader. */
static int find(const void *arena, const struct message_text_list *list, const char *locale)
{
    const char **tags = mem_array(arena, const char *, list->n + 1);
    for (size_t i = 0; i < list->n; i++)
        tags[i] = list->at[i].locale;
    tags[list->n] = NULL;
    int found = locale_lookup(locale, tags);
    bool has_default = locale_lookup(locale, default_texts_languages) >= 0;
    return found < 0 && list->n > 0 && !has_default ? 0 : found;
}

/* Adds the default's lines with links that the text leaves out. There, each is a line below the one
 * that announces it. */
static const char *with_links(const void *arena, enum message_kind kind,
                              const struct notification_text *text)
{
    const char *like = default_texts_of(kind, text->locale).message;
    char *whole = mem_strdup(arena, text->message);
    for (const char *at = like; (at = strstr(at, "\n{{links.")) != NULL; at++) {
        const char *line = memrchr(like, '\n', (size_t)(at - like));
        const char *begin = line != NULL ? line + 1 : like, *link = at + 1;
        size_t length = strcspn(link, "\n");
        if (content_shows_link(text->message, mem_strndup(arena, link, length)))
            continue;
        bool ends = *whole != '\0' && whole[strlen(whole) - 1] == '\n';
        whole = talloc_asprintf_append_buffer(whole, "%s\n%.*s\n", ends ? "" : "\n",
                                              (int)(link + length - begin), begin);
    }
    return whole;
}

bool message_text_choose(const void *arena, const struct message_texts *own, enum message_kind kind,
                         const char *locale, struct notification_text *ret_text)
{
    if (kind == MESSAGE_UNSET)
        return false;
    const struct message_text_list *list = message_texts_of(own, kind);
    int found = find(arena, list, locale);
    if (found < 0)
        return false;
    struct notification_text text = list->at[found];
    text.message = with_links(arena, kind, &text);
    if (locale_lookup(locale, (const char *const[]){text.locale, NULL}) >= 0)
        text.locale = locale;
    *ret_text = text;
    return true;
}
