/* rules: which function decides which command. */
#pragma once

#include "db-svc/rules/turn.h"

struct decision {
    const char *type; /* the contract's */
    struct answer (*decide)(struct turn *turn, const struct command_body *body);
    size_t changes; /* how many records it may change, so that a batch has its bounds; 0: a few */
};

/* NULL: none of that type. */
const struct decision *rules_find(const char *type);
