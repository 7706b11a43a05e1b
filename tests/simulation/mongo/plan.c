/* Which index serves a filter: that of most members with one value. */
#include "tests/simulation/mongo/plan.h"

#include <string.h>

const struct condition *plan_equal_to(const struct filter *filter, const char *member)
{
    const struct condition *condition = filter_find(filter, member, OPERATOR_EQUAL);
    return condition != NULL ? condition : filter_find(filter, member, OPERATOR_ALL);
}

static struct plan plan_of(struct index_kept *index, const struct filter *filter, const char *sort)
{
    struct plan plan = {.index = index};
    while (plan.equal < index->n && plan_equal_to(filter, index->members[plan.equal]) != NULL)
        plan.equal++;
    if (plan.equal < index->n)
        plan.in = filter_find(filter, index->members[plan.equal], OPERATOR_IN);
    plan.sorted = sort != NULL && plan.in == NULL && plan.equal < index->n &&
                  strcmp(index->members[plan.equal], sort) == 0;
    return plan;
}

static int worth(const struct plan *plan)
{
    return 4 * (int)plan->equal + 2 * (plan->in != NULL) + plan->sorted;
}

struct plan plan_best(struct collection_kept *collection, const struct filter *filter,
                      const char *sort)
{
    struct plan best = {0};
    for (size_t i = 0; i < collection->n_indexes; i++) {
        struct plan plan = plan_of(&collection->indexes[i], filter, sort);
        if (worth(&plan) > worth(&best))
            best = plan;
    }
    return best;
}

bool database_has_index(const struct collection_kept *collection, const struct filter *filter,
                        const char *sort)
{
    const struct plan plan = plan_best((struct collection_kept *)collection, filter, sort);
    return plan.index != NULL || filter_find(filter, "_id", OPERATOR_IN) != NULL;
}
