/* search_terms: the stored members by which lists find a record: `terms` within its event, `search`
 * over all events. Internal to the store.
 *
 * A term is "<filter>:<text>", found by equality alone, so that one index serves every filter. Of
 * each word of COLLECTION_Q the beginnings of 2 and 5 code points are kept (of an address, of what
 * stands before its host), of a phone number its end; search_match() sorts out what else
 * begins or ends so. `search` has the beginnings of 3 of any two words of one person besides: many
 * share a name, few two. Links to other collections are no terms. */
#pragma once

#include <bson/bson.h>

#include "db-svc/store/collection.h"
#include "db-svc/store/search_words.h"

#define TERMS_MEMBER "terms"
#define SEARCH_MEMBER "search"

void search_terms_append(bson_t *document, const struct collection *collection, const void *record,
                         const void *arena);
/* Adds to a query the condition that finds the records with `text` by `filter`. */
void search_terms_find(bson_t *query, const struct collection *collection, const char *filter,
                       const char *text, const void *arena);
/* The same of several texts, any of which will do; of no link. */
void search_terms_find_any(bson_t *query, const char *filter, const struct texts *texts,
                           const void *arena);
const char *search_terms_equal(const void *arena, const char *filter, const char *text);
/* The one term that narrows `q` (folded) down most; NULL: all its words are too short for any. */
const char *search_terms_of_q(const void *arena, const char *q);
/* Likewise, of those in `search`. */
const char *search_terms_of_names(const void *arena, const char *q);
/* The terms that every record has which `q` finds by its words: how many there are. */
size_t search_terms_needed(const void *arena, const char *q,
                           const char *ret_terms[SEARCH_WORDS_MAX]);
/* Whether a document has all of them in `member`, TERMS_MEMBER or SEARCH_MEMBER, or no such member
 * to tell by: cheaper than to read its record. */
bool search_terms_has(const bson_t *document, const char *member, const char *const *terms,
                      size_t n);
