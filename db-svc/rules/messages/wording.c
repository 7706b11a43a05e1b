#include "db-svc/rules/messages/wording.h"

#include <stddef.h>

#include "libshared/base/locale.h"

enum { ENGLISH, SPANISH, LANGUAGES };
const char *const wording_languages[] = {[ENGLISH] = "en", [SPANISH] = "es", NULL};

static const struct wording wordings[WORDINGS][LANGUAGES] = {
#define WORDING(kind, language, subject, message)                                                  \
    [WORDING_##kind][language] = {(subject), (message)},
#include "db-svc/rules/messages/wordings.def"
#undef WORDING
};

struct wording wording_of(enum wording_kind kind, const char *locale)
{
    int language = locale_lookup(locale, wording_languages);
    return wordings[kind][language >= 0 ? language : ENGLISH];
}
