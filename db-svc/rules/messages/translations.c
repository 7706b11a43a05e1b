#include "db-svc/rules/messages/translations.h"

#include <string.h>
#include <strings.h>

#include "db-svc/rules/messages/content.h"
#include "libshared/base/locale.h"
#include "libshared/base/mem.h"

static void check_locale(struct decoder *decoder, const struct path *path,
                         const struct translations_written *written, size_t i)
{
    const char *locale = written->others[i].locale, *first = written->first.locale;
    bool again = first != NULL && strcasecmp(first, locale) == 0;
    for (size_t k = 0; k < i; k++)
        again = again || strcasecmp(written->others[k].locale, locale) == 0;
    if (again)
        violations_add(decoder->violations, &(struct path){.parent = path, .name = "locale"},
                       VIOLATION_duplicate);
}

static void check_others(struct decoder *decoder, const struct path *texts,
                         const struct translations_written *written)
{
    for (size_t i = 0; i < written->n_others; i++) {
        struct path text = {.parent = texts, .index = i};
        content_check(decoder, &text, &written->others[i]);
        check_locale(decoder, &text, written, i);
    }
}

void translations_check(struct decoder *decoder, const struct translations_written *written)
{
    struct path texts = {.parent = decoder->path, .name = "texts"};
    content_check(decoder, decoder->path, &written->first);
    check_others(decoder, &texts, written);
}

void translations_check_list(struct decoder *decoder, const char *member,
                             const struct message_text_list *list)
{
    struct path texts = {.parent = decoder->path, .name = member};
    check_others(decoder, &texts,
                 &(struct translations_written){.others = list->at, .n_others = list->n});
}

struct notification_text translations_choose(const void *arena,
                                             const struct translations_written *written,
                                             const char *locale)
{
    const char **tags = mem_array(arena, const char *, written->n_others + 2);
    struct notification_text text = written->first;
    size_t n = 0;
    for (; n < written->n_others; n++)
        tags[n] = written->others[n].locale;
    tags[n] = text.locale;
    int found = locale_lookup(locale, tags);
    if (found >= 0 && (size_t)found < n) {
        const struct notification_text *other = &written->others[found];
        text.message = other->message;
        if (other->subject != NULL)
            text.subject = other->subject;
    }
    if (text.locale == NULL || found >= 0)
        text.locale = locale;
    return text;
}
