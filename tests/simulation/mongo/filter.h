/* filter: a MongoDB query, read once and held against many documents. */
#pragma once

#include "tests/simulation/mongo/value.h"

enum operator{
    OPERATOR_EQUAL,
    OPERATOR_IN,
    OPERATOR_ALL,
    OPERATOR_GREATER,
    OPERATOR_NOT_LESS,
    OPERATOR_LESS,
    OPERATOR_NOT_GREATER,
    OPERATOR_EXISTS,
    OPERATOR_MISSING
};

struct operand {
    const uint8_t *bytes;
    size_t n;
};
struct condition {
    const char *path;
    enum operator operator;
    struct operand *operands; /* sorted, each once */
    size_t n;
};
struct filter {
    struct condition *conditions; /* all must hold */
    size_t n;
    struct filter *any; /* and one of these, if there are some */
    size_t n_any;
};

/* In `arena`; borrows names from the query. Ends the process at an operator that is not known. */
void filter_read(void *arena, const bson_t *query, struct filter *ret_filter);
bool filter_matches(const struct filter *filter, const bson_t *document);
/* NULL: none with this operator. */
const struct condition *filter_find(const struct filter *filter, const char *path,
                                    enum operator operator);
