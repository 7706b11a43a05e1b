/* wants: what decisions lack, collected over a batch so that it is loaded at once.
 *
 * Records that the workset knows are not loaded again; one that many want is loaded once. Texts are
 * copied. Pure; one thread. */
#pragma once

#include "db-svc/rules/workset.h"

struct wants {
    void *arena;
    const struct workset *workset;
    struct wants_list {
        const struct collection *collection;
        const char **ids, **keys;
        size_t n_ids, n_keys;
        struct wanted *seen_ids, *seen_keys;
    } lists[WORKSET_TABLES];
    size_t n_lists;
    struct wants_page {
        struct store_page page;
        bool by_any;        /* term of several pages */
        struct texts names; /* of the pages that this one stands for */
    } * pages;
    size_t n_pages;
    struct wanted *seen_pages;
};

void wants_open(struct wants *wants, void *arena, const struct workset *workset);
void wants_close(struct wants *wants);
bool wants_any(const struct wants *wants);

/* False: NULL, or the workset knows it. */
bool wants_id(struct wants *wants, const struct collection *collection, const char *id);
bool wants_key(struct wants *wants, const struct collection *collection, const char *key);
/* Unordered pages by one term, of the same event and filter, are loaded as one, with the limit of
 * one for all of them. */
bool wants_page(struct wants *wants, const struct store_page *page);

/* All keys and pages that were wanted are loaded: tells the workset. Ids tell by themselves. */
void wants_fulfilled(const struct wants *wants, struct workset *workset);
