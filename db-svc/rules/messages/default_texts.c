#include "db-svc/rules/messages/default_texts.h"

#include <stddef.h>

#include "libshared/base/locale.h"

enum { ENGLISH, SPANISH, LANGUAGES };
const char *const default_texts_languages[] = {[ENGLISH] = "en", [SPANISH] = "es", NULL};

static const struct default_text texts[DEFAULT_TEXTS][LANGUAGES] = {
#define DEFAULT_TEXT(kind, language, subject, message)                                             \
    [DEFAULT_TEXT_##kind][language] = {(subject), (message)},
#include "db-svc/rules/messages/default_texts.def"
#undef DEFAULT_TEXT
};

struct default_text default_texts_of(enum default_texts_kind kind, const char *locale)
{
    int language = locale_lookup(locale, default_texts_languages);
    return texts[kind][language >= 0 ? language : ENGLISH];
}
