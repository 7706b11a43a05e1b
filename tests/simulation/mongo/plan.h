/* plan: which index serves a filter. */
#pragma once

#include "tests/simulation/mongo/parts.h"

/* How a filter is served: members that are equal, then one of several values or a range. */
struct plan {
    struct index_kept *index; /* NULL: none */
    size_t equal;
    const struct condition *in; /* of the member behind those */
    bool sorted;                /* what is found comes in the order that is asked for */
};

struct plan plan_best(struct collection_kept *collection, const struct filter *filter,
                      const char *sort);
/* The condition that a member equals one value; NULL: there is none. */
const struct condition *plan_equal_to(const struct filter *filter, const char *member);
