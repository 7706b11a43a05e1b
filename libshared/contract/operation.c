#include "libshared/contract/operation.h"

#define T struct operation_request
static const struct field request_fields[] = {
    FIELD(T, source, .flags = REQUIRED, .max = OPERATION_SOURCE_MAX,
          .summary = "The ce_source of the command."),
    FIELD(T, command_id, .flags = REQUIRED | MULTILINE, .max = OPERATION_COMMAND_ID_MAX,
          .summary = "The ce_id of the command."),
};
const struct record operation_request_record = RECORD("operation_request", T, request_fields);
#undef T

const char *const operation_state_names[] = {"", "done", "unknown", NULL};

#define T struct operation
static const struct field fields[] = {
    FIELD_ENUM(T, state, operation_state_names, .flags = SHOWN,
               .summary = "unknown: it may still run; repeat it with the same key."),
    FIELD(T, status, .summary = "The HTTP status, as first answered."),
    FIELD(T, body, .summary = "The body, as first answered."),
};
const struct record operation_record = RECORD("operation", T, fields);
