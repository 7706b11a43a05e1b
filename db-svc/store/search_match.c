#include "db-svc/store/search_match.h"

#include <string.h>

#include "db-svc/store/search_words.h"

struct match {
    const void *arena;
    const char *q;
    bool by_phone, same_phone;
    bool same_person; /* somebody has all words that are no addresses */
    struct search_words words;
    bool found[SEARCH_WORDS_MAX];
};

static bool has_all(const struct match *match, bool addresses)
{
    bool all = true;
    for (size_t i = 0; i < match->words.n; i++)
        all = all && (match->found[i] || search_words_is_address(match->words.at[i]) != addresses);
    return all;
}

/* Of all words of a person. */
static void end_person(struct match *match)
{
    match->same_person = match->same_person || has_all(match, false);
    for (size_t i = 0; i < match->words.n; i++)
        match->found[i] = match->found[i] && search_words_is_address(match->words.at[i]);
}

static void match_term(void *context, const char *filter, const char *text)
{
    struct match *match = context;
    if (strcmp(filter, COLLECTION_PERSON) == 0)
        end_person(match);
    if (match->by_phone && strcmp(filter, COLLECTION_PHONE) == 0)
        match->same_phone =
            match->same_phone || search_words_same_phone(match->arena, text, match->q);
    if (strcmp(filter, COLLECTION_Q) != 0)
        return;
    for (size_t i = 0; i < match->words.n; i++)
        if (strncmp(text, match->words.at[i], strlen(match->words.at[i])) == 0)
            match->found[i] = true;
}

bool search_match(const struct collection *collection, const void *record, const void *arena,
                  const char *q)
{
    struct match match = {
        .arena = arena, .q = q, .by_phone = search_words_phone_end(arena, q) != NULL};
    if (!match.by_phone)
        search_words_split(arena, q, &match.words);
    if (collection->search != NULL)
        collection->search(record, arena, match_term, &match);
    else if (collection->terms != NULL)
        collection->terms(record, arena, match_term, &match);
    end_person(&match);
    return match.same_phone || (match.words.n > 0 && match.same_person && has_all(&match, true));
}
