/* names: what commands asked to have loaded, each thing once. The writer's side of turn.h's
 * names_…(). */
#pragma once

#include "db-svc/rules/workset.h"

struct names {
    void *arena;
    const struct workset *workset; /* what it knows is not named again */
    struct names_list {
        const struct collection *collection;
        const char **ids, **keys;
        size_t n_ids, n_keys;
    } lists[32];
    size_t n_lists;
    struct store_page *pages;
    size_t n_pages;
    struct names_seen *seen;
};

void names_open(struct names *names, void *arena, const struct workset *workset);
void names_close(struct names *names);
/* Whether there is something to load; what is loaded may lead to more, after names_next(), that is
 * not what was named before. */
bool names_any(const struct names *names);
void names_next(struct names *names);
