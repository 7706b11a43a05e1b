/* A command's type, a line feed, its body: what can be decoded says the same when it is encoded and
 * decoded again. */
#include <jansson.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/command.h"
#include "libshared/record/record.h"
#include "libshared/record/violation.h"
#include "tests/fuzz/fuzz.h"

static bool decode(void *arena, const struct command *command, const json_t *body,
                   struct command_body *ret, json_t **ret_hold)
{
    struct violations violations = {.arena = arena};
    struct decoder decoder = {.arena = arena, .violations = &violations};
    const bool right = command_decode(&decoder, command, body, ret, ret_hold);
    HOLDS(right == (violations.n == 0));
    json_decref(violations_json(&violations, command->shape == COMMAND_QUERY));
    return right;
}

static void again(void *arena, const struct command *command, const struct command_body *first)
{
    struct command_body second;
    json_t *hold, *told = command_json(first);
    HOLDS(decode(arena, command, told, &second, &hold));
    json_t *repeated = command_json(&second);
    HOLDS(json_equal(told, repeated));
    json_decref(repeated);
    json_decref(told);
    json_decref(hold);
}

static void try(void *arena, const struct command *command, const json_t *body)
{
    struct command_body first;
    json_t *hold;
    if (decode(arena, command, body, &first, &hold) &&
        (command->shape == COMMAND_BODY || command->shape == COMMAND_QUERY))
        again(arena, command, &first);
    json_decref(hold);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const uint8_t *end = memchr(bytes, '\n', size);
    if (end == NULL)
        return 0;
    void *arena = mem_arena(NULL, 0);
    const size_t length = (size_t)(end - bytes);
    const struct command *command = command_find(mem_strndup(arena, (const char *)bytes, length));
    json_t *body =
        json_loadb((const char *)end + 1, size - length - 1, JSON_REJECT_DUPLICATES, NULL);
    if (command != NULL && json_is_object(body))
        try(arena, command, body);
    json_decref(body);
    mem_free(arena);
    return 0;
}
