/* The body of a command or a query: read by its row, and written. */
#include "libshared/contract/command.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/contract/order.h"
#include "libshared/record/json_text.h"

/* A number as it stands in a path. */
static const char *take_number(void *arena, const json_t *value)
{
    const char *text = json_is_integer(value)
                           ? mem_printf(arena, "%lld", (long long)json_integer_value(value))
                           : mem_strdup(arena, json_string_value(value));
    bool plain = text != NULL && strlen(text) <= 3 && strspn(text, "0123456789") == strlen(text) &&
                 *text != '0' && *text != '\0';
    return plain && atoi(text) <= ORDER_TICKETS_MAX ? text : NULL;
}

/* NULL: not an id of that kind. */
static const char *take_value(void *arena, enum command_id id, const json_t *value)
{
    if (command_id_prefix(id) == NULL)
        return take_number(arena, value);
    const char *text = json_string_value(value);
    return text != NULL && id_valid(command_id_prefix(id), text) ? mem_strdup(arena, text) : NULL;
}

static void take_id(struct decoder *decoder, enum command_id id, bool required, json_t *rest,
                    struct command_body *body)
{
    struct path path = {.parent = decoder->path, .name = command_id_name(id)};
    const json_t *value = json_object_get(rest, command_id_name(id));
    if (value == NULL && required)
        violations_add(decoder->violations, &path, VIOLATION_required);
    else if (value != NULL) {
        body->ids[id] = take_value(decoder->arena, id, value);
        if (body->ids[id] == NULL)
            violations_add(decoder->violations, &path, VIOLATION_invalid_id);
    }
    (void)json_object_del(rest, command_id_name(id));
}

static void take_change(struct decoder *decoder, json_t *rest, struct command_body *body)
{
    body->change = rest;
    if (body->command->shape == COMMAND_REPLACE)
        return;
    struct path path = {.parent = decoder->path, .name = "patch"};
    body->change = json_object_get(rest, "patch");
    if (body->change == NULL)
        violations_add(decoder->violations, &path, VIOLATION_required);
    else if (!json_is_object(body->change))
        violations_add(decoder->violations, &path, VIOLATION_wrong_type);
}

static const struct record nothing = {.name = "nothing", .size = 1};

static void take_request(struct decoder *decoder, json_t *rest, struct command_body *body)
{
    const struct record *request = body->command->request;
    /* A notification that stands is sent by its id alone. */
    if (request == NULL || body->command->may_ids != 0) {
        bool by_id = request == NULL;
        for (int id = 0; id < IDS; id++)
            by_id = by_id || ((body->command->may_ids & HAS(id)) != 0 && body->ids[id] != NULL);
        if (by_id) {
            char none;
            (void)!record_decode(decoder, &nothing, rest, &none);
            return;
        }
    }
    body->request = mem_zeroed(decoder->arena, request->size);
    bool right = record_decode(decoder, request, rest, body->request);
    if (right && body->command->event_of != NULL && body->ids[ID_EVENT] == NULL)
        body->ids[ID_EVENT] = body->command->event_of(decoder->arena, body->request);
}

bool command_decode(struct decoder *decoder, const struct command *command, const json_t *body,
                    struct command_body *ret, json_t **ret_hold)
{
    size_t before = decoder->violations->n;
    *ret = (struct command_body){.command = command};
    *ret_hold = NULL;
    if (!json_is_object(body)) {
        violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
        return false;
    }
    json_t *rest = json_copy((json_t *)body); /* shallow */
    for (int id = 0; id < IDS; id++)
        if ((command_all_ids(command) & HAS(id)) != 0)
            take_id(decoder, id, (command->ids & HAS(id)) != 0, rest, ret);
    if (command->shape == COMMAND_REPLACE || command->shape == COMMAND_UPDATE)
        take_change(decoder, rest, ret);
    else
        take_request(decoder, rest, ret);
    if (ret->change != NULL)
        *ret_hold = rest;
    else
        json_decref(rest);
    return decoder->violations->n == before;
}

static json_t *id_json(enum command_id id, const char *text)
{
    return command_id_prefix(id) != NULL ? json_string(text)
                                         : json_integer(strtoll(text, NULL, 10));
}

json_t *command_json(const struct command_body *body)
{
    json_t *json = json_object();
    for (int id = 0; id < IDS; id++)
        if (body->ids[id] != NULL)
            (void)json_object_set_new(json, command_id_name(id), id_json(id, body->ids[id]));
    if (body->request != NULL) {
        json_t *members = record_json(body->command->request, body->request);
        (void)json_object_update(json, members);
        json_decref(members);
    }
    return json;
}

const char *command_text(const void *arena, const struct command_body *body)
{
    return json_text_take(arena, command_json(body));
}
