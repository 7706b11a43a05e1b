#include "tests/support/turns.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"

static int drop_json(json_t **owner)
{
    json_decref(*owner);
    return 0;
}

/* A value that goes with the arena. */
static json_t *own(struct turns *turns, json_t *value)
{
    json_t **owner = mem_new(turns->arena, json_t *);
    *owner = value;
    talloc_set_destructor(owner, drop_json);
    return value;
}

void turns_open(struct turns *turns)
{
    *turns = (struct turns){.arena = mem_arena(NULL, 0), .now = TURNS_NOW};
    turns->workset = workset_new(turns->arena);
}

void turns_close(struct turns *turns)
{
    mem_free(turns->arena);
}

void turns_given(struct turns *turns, const struct collection *collection, const char *id,
                 const void *record)
{
    struct common *copy = mem_dup(turns->arena, record, collection->record->size);
    copy->id = id;
    copy->version = copy->version > 0 ? copy->version : 1;
    copy->rev = copy->rev > 0 ? copy->rev : 1;
    copy->created_at = copy->created_at != 0 ? copy->created_at : turns->now;
    workset_loaded(turns->workset, collection, id, copy);
}

static void decide(struct turns *turns, const struct command *command, json_t *message)
{
    struct violations violations = {.arena = turns->arena};
    struct decoder decoder = {.arena = turns->arena, .violations = &violations};
    struct command_body body;
    json_t *hold;
    bool decoded = command_decode(&decoder, command, message, &body, &hold);
    (void)own(turns, hold);
    ck_assert_msg(decoded, "%s: %s %s", command->type,
                  violations.n > 0 ? violations.at[0].pointer : "",
                  violations.n > 0 ? violation_code_text(violations.at[0].code) : "");
    uint8_t receipt_id[RECEIPT_ID] = {0};
    turns->n++;
    memcpy(receipt_id, &turns->n, sizeof turns->n);
    struct turn_input input = {.decision = rules_find(command->type),
                               .body = &body,
                               .if_match = turns->if_match,
                               .receipt_id = receipt_id,
                               .now = turns->now,
                               .partition = 0,
                               .partitions = 1,
                               .max_hold_seconds = 3600};
    memcpy(input.seed, receipt_id, sizeof input.seed);
    ck_assert_msg(input.decision != NULL, "nothing decides %s", command->type);
    turn_run(turns->arena, turns->workset, &input, &turns->result);
}

void turns_when(struct turns *turns, const char *type, const char *body_format, ...)
{
    va_list arguments;
    va_start(arguments, body_format);
    char *text = talloc_vasprintf(turns->arena, body_format, arguments);
    va_end(arguments);
    json_error_t error;
    json_t *message = own(turns, json_loads(text, JSON_REJECT_DUPLICATES, &error));
    ck_assert_msg(message != NULL, "%s in %s", error.text, text);
    const struct command *command = command_find(type);
    ck_assert_msg(command != NULL, "no command %s", type);
    decide(turns, command, message);
    turns->body = *turns->result.answer.body == '\0'
                      ? NULL
                      : own(turns, json_loads(turns->result.answer.body, 0, NULL));
}

const void *turns_record(const struct turns *turns, const struct collection *collection,
                         const char *id)
{
    return workset_read(turns->workset, collection, id);
}

json_t *turns_told(struct turns *turns, const char *type, size_t nth)
{
    for (size_t i = 0; i < turns->result.n_outgoing; i++)
        if (strcmp(turns->result.outgoing[i].type, type) == 0 && nth-- == 0)
            return own(turns, json_loads(turns->result.outgoing[i].body, 0, NULL));
    return NULL;
}

static json_t *at_path(const struct turns *turns, const char *path)
{
    json_t *value = turns->body;
    while (value != NULL && *path != '\0') {
        char name[64];
        size_t length = strcspn(path, "/");
        ck_assert_uint_lt(length, sizeof name);
        memcpy(name, path, length);
        name[length] = '\0';
        value = json_is_array(value) ? json_array_get(value, strtoul(name, NULL, 10))
                                     : json_object_get(value, name);
        path += length + (path[length] == '/');
    }
    return value;
}

const char *turns_text(const struct turns *turns, const char *path)
{
    const char *text = json_string_value(at_path(turns, path));
    return text != NULL ? text : "";
}

int64_t turns_number(const struct turns *turns, const char *path)
{
    json_t *value = at_path(turns, path);
    return json_is_integer(value) ? json_integer_value(value) : INT64_MIN;
}
