#include "db-svc/store/search_terms.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/store/bson.h"
#include "libshared/base/mem.h"

#define TERMS_MAX 2400 /* a list of 500 recipients has 1,000; what is more is not found */
static const size_t beginnings[] = {5, 2};
#define BEGINNINGS (sizeof beginnings / sizeof *beginnings)
#define PAIRED 3
#define PERSON_WORDS (SEARCH_WORDS_MAX + 1) /* and the address */

const char *search_terms_equal(const void *arena, const char *filter, const char *text)
{
    return mem_printf(arena, "%s:%s", filter, text);
}

/* The length in bytes of the first n code points; 0: there are not so many. */
static size_t beginning_length(const char *text, size_t n)
{
    const char *end = text;
    for (; *end != '\0'; end++)
        if (((unsigned char)*end & 0xc0) != 0x80 && n-- == 0)
            break;
    return *end == '\0' && n > 0 ? 0 : (size_t)(end - text);
}

static const char *beginning(const void *arena, const char *text, size_t n)
{
    const size_t length = beginning_length(text, n);
    return length > 0 ? mem_printf(arena, COLLECTION_Q ":%.*s", (int)length, text) : NULL;
}

/* Of two words that are long enough, in either order. */
static const char *pair(const void *arena, const char *a, const char *b)
{
    const size_t of_a = beginning_length(a, PAIRED), of_b = beginning_length(b, PAIRED);
    const int order = strncmp(a, b, of_a < of_b ? of_a : of_b);
    if (of_a == 0 || of_b == 0)
        return NULL;
    if (order > 0 || (order == 0 && of_a > of_b))
        return pair(arena, b, a);
    return mem_printf(arena, COLLECTION_Q ":%.*s %.*s", (int)of_a, a, (int)of_b, b);
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

size_t search_terms_needed(const void *arena, const char *q,
                           const char *ret_terms[SEARCH_WORDS_MAX])
{
    size_t n = 0;
    struct search_words words;
    if (phone_term(arena, q) != NULL)
        return 0;
    search_words_split(arena, q, &words);
    for (size_t i = 0; i < words.n; i++) {
        const char *term = longest_beginning(arena, without_host(arena, words.at[i]));
        if (term != NULL)
            ret_terms[n++] = term;
    }
    return n;
}

static bool has_term(const bson_iter_t *search, const char *term)
{
    bson_iter_t at = *search, item;
    if (BSON_ITER_HOLDS_UTF8(&at))
        return strcmp(bson_iter_utf8(&at, NULL), term) == 0;
    bool found = false;
    if (bson_iter_recurse(&at, &item))
        while (!found && bson_iter_next(&item))
            found = BSON_ITER_HOLDS_UTF8(&item) && strcmp(bson_iter_utf8(&item, NULL), term) == 0;
    return found;
}

bool search_terms_has(const bson_t *document, const char *member, const char *const *terms,
                      size_t n)
{
    bson_iter_t search;
    bool all = true;
    if (!bson_iter_init_find(&search, document, member))
        return true;
    for (size_t i = 0; all && i < n; i++)
        all = has_term(&search, terms[i]);
    return all;
}

const char *search_terms_of_q(const void *arena, const char *q)
{
    const char *best = phone_term(arena, q), *terms[SEARCH_WORDS_MAX];
    const size_t n = search_terms_needed(arena, q, terms);
    for (size_t i = 0; i < n; i++)
        if (best == NULL || strlen(terms[i]) >= strlen(best))
            best = terms[i];
    return best;
}

/* Whether what is typed for the two may be the beginnings of one word. */
static bool are_one(const char *a, const char *b)
{
    const size_t of_a = strlen(a), of_b = strlen(b);
    return strncmp(a, b, of_a < of_b ? of_a : of_b) == 0;
}

/* The longest two words of a name are likely to be the rarest. NULL: there are no two. */
static const char *pair_of(const void *arena, const struct search_words *words)
{
    const char *best = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < words->n; i++)
        for (size_t k = 0; k < i; k++) {
            const char *a = words->at[k], *b = words->at[i];
            const size_t length = strlen(a) + strlen(b);
            const bool apart =
                !search_words_is_address(a) && !search_words_is_address(b) && !are_one(a, b);
            const char *both = apart && length > longest ? pair(arena, a, b) : NULL;
            longest = both != NULL ? length : longest;
            best = both != NULL ? both : best;
        }
    return best;
}

const char *search_terms_of_names(const void *arena, const char *q)
{
    struct search_words words;
    if (phone_term(arena, q) != NULL)
        return search_terms_of_q(arena, q);
    search_words_split(arena, q, &words);
    const char *both = pair_of(arena, &words);
    return both != NULL ? both : search_terms_of_q(arena, q);
}

struct gathered {
    const void *arena;
    const struct collection *collection;
    const char *words[PERSON_WORDS]; /* of one person, to be paired */
    size_t n_words;
    bool paired;
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

static void gather_pairs(struct gathered *terms, const char *word)
{
    for (size_t i = 0; i < terms->n_words; i++) {
        const char *other = terms->words[i];
        const char *both = are_one(other, word) ? NULL : pair(terms->arena, other, word);
        if (both != NULL)
            gather(terms, both);
    }
    if (terms->n_words < PERSON_WORDS)
        terms->words[terms->n_words++] = word;
}

static void gather_word(struct gathered *terms, const char *word)
{
    for (size_t i = 0; i < BEGINNINGS; i++) {
        const char *begin = beginning(terms->arena, word, beginnings[i]);
        if (begin != NULL)
            gather(terms, begin);
    }
    if (terms->paired)
        gather_pairs(terms, word);
}

static void gather_term(void *context, const char *filter, const char *text)
{
    struct gathered *terms = context;
    if (strcmp(filter, COLLECTION_PERSON) == 0) {
        terms->n_words = 0;
        return;
    }
    if (is_link(terms->collection, filter))
        return;
    if (strcmp(filter, COLLECTION_PHONE) == 0) {
        const char *term = phone_term(terms->arena, text);
        if (term != NULL)
            gather(terms, term);
        return;
    }
    if (strcmp(filter, COLLECTION_Q) == 0)
        gather_word(terms, without_host(terms->arena, text));
    else
        gather(terms, search_terms_equal(terms->arena, filter, text));
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
    terms.n = terms.n_words = 0;
    terms.paired = search;
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
