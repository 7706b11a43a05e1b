/* decision_state: what a decision is made of, for the files that make it. */
#pragma once

#include <setjmp.h>

#include "db-svc/rules/decision_run.h"
#include "db-svc/rules/wants.h"

/* A record as this decision left it, until the answer says whether it counts. */
struct touched {
    const struct collection *collection;
    const char *id;
    struct common *record; /* NULL: removed */
    bool kept;             /* whatever the answer is */
};

struct emitted {
    struct outgoing message;
    bool carries_stock;
};

/* A row of the ledger, and whose. */
struct entered {
    struct decision_stock stock;
    struct ledger_row row;
};

struct decision {
    void *arena;
    struct workset *workset;
    const struct decision_input *input;
    struct wants *wants;
    bool looking_ahead;
    jmp_buf lacks;  /* where a decision goes that cannot go on without it */
    uint64_t drawn; /* how often the seed was drawn from */
    struct touched *touched;
    size_t n_touched;
    struct emitted *emitted;
    size_t n_emitted;
    const char **shown, **forgotten;
    size_t n_shown, n_forgotten;
    struct entered *entered;
    size_t n_entered;
};

const char *decision_etag(struct decision *decision, const void *record);
const char *decision_receipt(struct decision *decision); /* its id in hexadecimal */
