#include "db-svc/store/search_terms.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/store/bson.h"
#include "db-svc/store/search_words.h"
#include "libshared/base/mem.h"

#define TERMS_MAX 1200 /* a list of 500 recipients has 1,000; what is more is not found */
static const size_t beginnings[] = {5, 2};
#define BEGINNINGS (sizeof beginnings / sizeof *beginnings)

const char *search_terms_equal(const void *arena, const char *filter, const char *text)
{
    return mem_printf(arena, "%s:%s", filter, text);
}

/* The first n code points, or NULL if there are not so many. */
static const char *beginning(const void *arena, const char *text, size_t n)
{
    const char *end = text;
    for (; *end != '\0'; end++)
        if (((unsigned char)*end & 0xc0) != 0x80 && n-- == 0)
            break;
    if (*end == '\0' && n > 0)
        return NULL;
    return mem_printf(arena, COLLECTION_Q ":%.*s", (int)(end - text), text);
}

/* Of an address what stands before its host, if that is long enough: it is often a part of the name
 * too. */
static const char *without_host(const void *arena, const char *word)
{
    const char *local = mem_strndup(arena, word, strcspn(word, "@"));
    return beginning(arena, local, beginnings[BEGINNINGS - 1]) != NULL ? local : word;
}

static const char *longest_beginning(const void *arena, const char *text)
{
    const char *begin = NULL;
    for (size_t i = 0; i < BEGINNINGS && begin == NULL; i++)
        begin = beginning(arena, text, beginnings[i]);
    return begin;
}

static const char *phone_term(const void *arena, const char *text)
{
    const char *end = search_words_phone_end(arena, text);
    return end != NULL ? search_terms_equal(arena, COLLECTION_PHONE, end) : NULL;
}

const char *search_terms_of_q(const void *arena, const char *q)
{
    const char *best = phone_term(arena, q);
    struct search_words words;
    if (best != NULL)
        return best;
    search_words_split(arena, q, &words);
    for (size_t i = 0; i < words.n; i++) {
        const char *term = longest_beginning(arena, without_host(arena, words.at[i]));
        if (term != NULL && (best == NULL || strlen(term) > strlen(best)))
            best = term;
    }
    return best;
}

struct gathered {
    const void *arena;
    const struct collection *collection;
    const char *at[TERMS_MAX];
    size_t n;
};

static void gather(struct gathered *terms, const char *term)
{
    if (terms->n < TERMS_MAX)
        terms->at[terms->n++] = term;
}

static bool is_link(const struct collection *collection, const char *filter)
{
    for (const char *const *link = collection->links; link != NULL && *link != NULL; link++)
        if (strcmp(*link, filter) == 0)
            return true;
    return false;
}

/* An erased record still has its links, and is not to be found by them. */
void search_terms_find(bson_t *query, const struct collection *collection, const char *filter,
                       const char *text, const void *arena)
{
    if (!is_link(collection, filter)) {
        (void)BSON_APPEND_UTF8(query, TERMS_MEMBER, search_terms_equal(arena, filter, text));
        return;
    }
    (void)bson_append_utf8(query, filter, -1, text, -1);
    (void)BSON_APPEND_NULL(query, "erased_at");
}

void search_terms_find_any(bson_t *query, const char *filter, const struct texts *texts,
                           const void *arena)
{
    const char **terms = mem_array(arena, const char *, texts->n);
    for (size_t i = 0; i < texts->n; i++)
        terms[i] = search_terms_equal(arena, filter, texts->at[i]);
    bson_any_of(query, TERMS_MEMBER, terms, texts->n);
}

static void gather_term(void *context, const char *filter, const char *text)
{
    struct gathered *terms = context;
    if (is_link(terms->collection, filter))
        return;
    if (strcmp(filter, COLLECTION_PHONE) == 0) {
        const char *term = phone_term(terms->arena, text);
        if (term != NULL)
            gather(terms, term);
        return;
    }
    if (strcmp(filter, COLLECTION_Q) != 0) {
        gather(terms, search_terms_equal(terms->arena, filter, text));
        return;
    }
    const char *word = without_host(terms->arena, text);
    for (size_t i = 0; i < BEGINNINGS; i++) {
        const char *begin = beginning(terms->arena, word, beginnings[i]);
        if (begin != NULL)
            gather(terms, begin);
    }
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void drop_repeated(struct gathered *terms)
{
    size_t kept = 0;
    qsort(terms->at, terms->n, sizeof *terms->at, compare);
    for (size_t i = 0; i < terms->n; i++)
        if (kept == 0 || strcmp(terms->at[kept - 1], terms->at[i]) != 0)
            terms->at[kept++] = terms->at[i];
    terms->n = kept;
}

static void append(bson_t *document, const char *member, const struct collection *collection,
                   const void *record, bool search, const void *arena)
{
    void (*each)(const void *, const void *, collection_term *, void *) =
        search ? collection->search : collection->terms;
    if (each == NULL)
        return;
    struct gathered terms;
    terms.arena = arena;
    terms.collection = collection;
    terms.n = 0;
    each(record, arena, gather_term, &terms);
    drop_repeated(&terms);
    bson_one_or_texts(document, member, terms.at, terms.n);
}

void search_terms_append(bson_t *document, const struct collection *collection, const void *record,
                         const void *arena)
{
    append(document, TERMS_MEMBER, collection, record, false, arena);
    append(document, SEARCH_MEMBER, collection, record, true, arena);
}

struct match {
    const void *arena;
    const char *q;
    bool by_phone, same_phone;
    struct search_words words;
    bool found[SEARCH_WORDS_MAX];
};

static void match_term(void *context, const char *filter, const char *text)
{
    struct match *match = context;
    if (match->by_phone && strcmp(filter, COLLECTION_PHONE) == 0)
        match->same_phone =
            match->same_phone || search_words_same_phone(match->arena, text, match->q);
    if (strcmp(filter, COLLECTION_Q) != 0)
        return;
    for (size_t i = 0; i < match->words.n; i++)
        if (strncmp(text, match->words.at[i], strlen(match->words.at[i])) == 0)
            match->found[i] = true;
}

bool search_terms_match(const struct collection *collection, const void *record, const void *arena,
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
    bool all = match.words.n > 0;
    for (size_t i = 0; i < match.words.n; i++)
        all = all && match.found[i];
    return all || match.same_phone;
}
