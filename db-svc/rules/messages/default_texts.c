#include "db-svc/rules/messages/default_texts.h"

#include <stddef.h>

#include "libshared/base/locale.h"
#include "libshared/base/mem.h"

enum { ENGLISH, SPANISH, LANGUAGES };
const char *const default_texts_languages[] = {[ENGLISH] = "en", [SPANISH] = "es", NULL};

static const struct default_text texts[MESSAGE_KINDS][LANGUAGES] = {
#define DEFAULT_TEXT(kind, language, subject, message)                                             \
    [MESSAGE_##kind][language] = {(subject), (message)},
#include "db-svc/rules/messages/default_texts.def"
#undef DEFAULT_TEXT
};

struct default_text default_texts_of(enum message_kind kind, const char *locale)
{
    int language = locale_lookup(locale, default_texts_languages);
    return texts[kind][language >= 0 ? language : ENGLISH];
}

struct message_texts default_texts_all(const void *arena)
{
    struct message_texts all = {.id = NULL};
    for (enum message_kind kind = MESSAGE_UNSET + 1; kind < MESSAGE_KINDS; kind++) {
        struct notification_text *at = mem_array(arena, struct notification_text, LANGUAGES);
        for (int i = 0; i < LANGUAGES; i++)
            at[i] = (struct notification_text){default_texts_languages[i], texts[kind][i].subject,
                                               texts[kind][i].message};
        all.of[kind] = (struct message_text_list){at, LANGUAGES};
    }
    return all;
}
