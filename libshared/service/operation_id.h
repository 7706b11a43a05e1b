/* operation_id: the id under which a client asks what became of its command. It is made of the API
 * key's name and the Idempotency-Key, so that any instance finds the command. Pure. */
#pragma once

#include <stdbool.h>

/* In the arena. */
const char *operation_id(const void *arena, const char *caller, const char *command_id);
/* False: it is no operation's id. The results are in the arena. */
bool operation_id_parse(const void *arena, const char *id, const char **ret_caller,
                        const char **ret_command_id) __attribute__((warn_unused_result));
