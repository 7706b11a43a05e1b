/* translations: what is to be said, in one language or several, and which of it somebody reads.
 * Pure; any thread. */
#pragma once

#include "libshared/contract/message_texts.h"

struct translations_written {
    struct notification_text first; /* a NULL locale: of unknown language */
    const struct notification_text *others;
    size_t n_others;
};

/* The texts of a notification or a preview. */
#define TEXTS_OF(written)                                                                          \
    {                                                                                              \
        .first = {(written)->locale, (written)->subject, (written)->message},                      \
        .others = (written)->texts.at, .n_others = (written)->texts.n                              \
    }

/* Adds what is wrong with fields and languages. */
void translations_check(struct decoder *decoder, const struct translations_written *written);
/* The same of a member that is a list of texts, none of which is the first. */
void translations_check_list(struct decoder *decoder, const char *member,
                             const struct message_text_list *list);

/* The text for a reader who wants `locale` (NULL: unknown); its own locale is the one to write
 * times in. */
struct notification_text translations_choose(const void *arena,
                                             const struct translations_written *written,
                                             const char *locale);
