#include "db-svc/unreadable.h"

#include <string.h>

#include "libshared/base/mem.h"

struct unreadable unreadable_for(enum problem_code code, const char *reason)
{
    return (struct unreadable){.code = code, .reason = reason};
}

struct unreadable unreadable_envelope(void *arena, const struct envelope *envelope)
{
    json_t *errors = json_array();
    for (size_t i = 0; i < envelope->n_faults; i++) {
        const struct envelope_fault *fault = &envelope->faults[i];
        (void)json_array_append_new(
            errors, json_pack("{ssssso}", "header", fault->header, "code", fault->code, "detail",
                              json_sprintf("%s %s.", fault->header, fault->detail)));
    }
    return (struct unreadable){.code = PROBLEM_invalid_request,
                               .reason = envelope_faults_text(arena, envelope),
                               .members = json_pack("{so}", "errors", errors)};
}

static const char *shown(void *arena, const char *type)
{
    size_t size = strlen(type);
    if (size > UNREADABLE_TYPE_BYTES)
        for (size = UNREADABLE_TYPE_BYTES; size > 0 && (type[size] & 0xc0) == 0x80;)
            size--;
    return mem_strndup(arena, type, size);
}

struct unreadable unreadable_type(void *arena, const struct envelope *envelope, const char *topic)
{
    const char *type = shown(arena, envelope->type);
    return (struct unreadable){.code = PROBLEM_unknown_command,
                               .reason =
                                   mem_printf(arena, "no such command on this topic: %s", type),
                               .members = json_pack("{ssss}", "ce_type", type, "topic", topic)};
}

void unreadable_end(struct unreadable *unreadable)
{
    json_decref(unreadable->members);
    unreadable->members = NULL;
}
