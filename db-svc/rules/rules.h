/* rules: which function decides which command. */
#pragma once

#include "db-svc/rules/turn.h"

struct decision {
    const char *type; /* the contract's */
    /* Names the records that it needs. May be NULL. */
    void (*names)(struct names *names, const struct command_body *body);
    /* Names what only shows once those are loaded, again and again until that is nothing new; may
     * use turn_read() and turn_find(), nothing else of the turn. May be NULL. */
    void (*follows)(struct names *names, struct turn *turn, const struct command_body *body);
    struct answer (*decide)(struct turn *turn, const struct command_body *body);
    size_t changes; /* how many records it may change, so that a batch has its bounds; 0: a few */
};

/* NULL: none of that type. */
const struct decision *rules_find(const char *type);
