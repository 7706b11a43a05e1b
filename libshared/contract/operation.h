/* operation: what became of a command, as db-svc tells a facade. */
#pragma once

#include "libshared/record/record.h"

#define OPERATION_SOURCE_MAX 300
#define OPERATION_COMMAND_ID_MAX 255

/* Names a command by its identity. */
struct operation_request {
    const char *source, *command_id;
};
RECORD_OF(struct operation_request, operation_request_record);

enum operation_state {
    OPERATION_UNSET,
    OPERATION_DONE,
    OPERATION_UNKNOWN, /* it may still run, or was never sent, or is forgotten */
};
extern const char *const operation_state_names[];

struct operation {
    enum operation_state state;
    struct opt_int64 status; /* HTTP's, as first answered */
    const char *body;        /* as first answered; "" with 204 */
};
RECORD_OF(struct operation, operation_record);
