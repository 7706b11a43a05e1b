/* search_terms: the stored member `terms` of a record, by which lists find it. Internal to the
 * store.
 *
 * A term is "<filter>:<text>", found by equality alone, so that one index serves every filter. For
 * COLLECTION_Q the beginnings of 2 and 5 code points are kept; search_terms_match() sorts out other
 * lengths. Links to other collections are no terms. */
#pragma once

#include <bson/bson.h>

#include "db-svc/store/collection.h"

#define TERMS_MEMBER "terms"

void search_terms_append(bson_t *document, const struct collection *collection, const void *record,
                         const void *arena);
/* Adds to a query the condition that finds the records with `text` by `filter`. */
void search_terms_find(bson_t *query, const struct collection *collection, const char *filter,
                       const char *text, const void *arena);
/* The same of several texts, any of which will do; of no link. */
void search_terms_find_any(bson_t *query, const char *filter, const struct texts *texts,
                           const void *arena);
const char *search_terms_equal(const void *arena, const char *filter, const char *text);
/* The longest beginning of `q` that is kept; NULL: it is too short for any. */
const char *search_terms_begin(const void *arena, const char *q);
bool search_terms_match(const struct collection *collection, const void *record, const void *arena,
                        const char *q);
