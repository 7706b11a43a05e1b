#include "libshared/service/message.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/http/media_type.h"
#include "libshared/http/query.h"
#include "libshared/record/json_text.h"

struct message_reader {
    const struct command *command;
    const struct router_match *match;
    const struct http_request *request;
    struct decoder decoder;
    const struct record *own_names; /* of the query string, that the row reads itself; NULL: none */
    json_t *own;                    /* what these say */
    struct problem *problem;
};

static bool fail(const struct message_reader *reader, enum problem_code code)
{
    *reader->problem = (struct problem){.code = code};
    return false;
}

static bool fail_violations(const struct message_reader *reader, bool parameters)
{
    *reader->problem = (struct problem){.code = PROBLEM_validation_failed,
                                        .violations = reader->decoder.violations,
                                        .parameters = parameters};
    return false;
}

static void violation(const struct message_reader *reader, const char *name,
                      enum violation_code code)
{
    struct path path = {.name = name};
    violations_add(reader->decoder.violations, name != NULL ? &path : NULL, code);
}

static bool reads_query_string(const struct message_reader *reader)
{
    return strcmp(reader->match->row->method, "GET") == 0;
}

static json_t *parameter_value(const struct field *field, const char *text)
{
    return field->kind->from_text != NULL ? field->kind->from_text(text) : json_string(text);
}

static void read_pair(const struct message_reader *reader, const struct record *names,
                      const struct query *query, size_t i, json_t *body)
{
    const struct query_pair *pair = &query->pairs[i];
    const struct record *own = reader->own_names;
    bool is_own = own != NULL && record_field(own, pair->name) != NULL;
    const struct record *of = is_own ? own : names;
    const struct field *field = of != NULL ? record_field(of, pair->name) : NULL;
    struct violations *violations = reader->decoder.violations;
    if (query_repeats(query, i))
        violations_add_parameter(violations, pair->name, VIOLATION_duplicate);
    else if (field == NULL)
        violations_add_parameter(violations, pair->name, VIOLATION_unknown_member);
    else if (pair->value == NULL)
        violations_add_parameter(violations, pair->name, VIOLATION_invalid_text);
    if (field != NULL && pair->value != NULL)
        (void)json_object_set_new(is_own ? reader->own : body, pair->name,
                                  parameter_value(field, pair->value));
}

/* The names of the query string, as the body of a query; NULL: it may have none. */
static bool read_names(const struct message_reader *reader, const struct record *names,
                       json_t *body)
{
    struct query query;
    if (query_parse(reader->request->arena, reader->request->query, &query) < 0)
        return fail(reader, PROBLEM_invalid_request);
    for (size_t i = 0; i < query.count; i++)
        read_pair(reader, names, &query, i, body);
    return true;
}

/* A command knows no names. */
static bool read_query_string(const struct message_reader *reader, json_t *body)
{
    return read_names(reader, reads_query_string(reader) ? reader->command->request : NULL, body);
}

static bool needs_body(const struct command *command)
{
    return command->shape == COMMAND_REPLACE || command->shape == COMMAND_UPDATE ||
           (command->request != NULL && record_requires(command->request));
}

static bool media_type_taken(const struct message_reader *reader)
{
    const char *type = http_header(reader->request, "Content-Type");
    return media_type_is(type, "application/json") ||
           (reader->command->shape == COMMAND_UPDATE &&
            media_type_is(type, "application/merge-patch+json"));
}

static bool parse(const struct message_reader *reader, json_t **ret_body)
{
    const struct http_request *request = reader->request;
    json_t *body = json_text_load(request->body, request->body_size);
    if (body == NULL)
        return fail(reader, PROBLEM_invalid_json);
    if (json_is_object(body)) {
        *ret_body = body;
        return true;
    }
    violation(reader, NULL, VIOLATION_wrong_type);
    json_decref(body);
    return fail_violations(reader, false);
}

static bool read_body(const struct message_reader *reader, json_t **ret_body)
{
    bool deletes = strcmp(reader->match->row->method, "DELETE") == 0;
    if (reader->request->body_size == 0 || deletes) {
        if (needs_body(reader->command))
            return fail(reader, PROBLEM_invalid_json);
        *ret_body = json_object();
        return true;
    }
    if (!media_type_taken(reader))
        return fail(reader, PROBLEM_unsupported_media_type);
    json_t *body = NULL;
    if (!parse(reader, &body))
        return false;
    *ret_body = reader->command->shape == COMMAND_UPDATE ? json_pack("{so}", "patch", body) : body;
    return true;
}

/* The body of a creation does not say where it belongs: its read-only ids are passed over. */
static bool may_differ(const struct command *command, const char *name)
{
    return command->shape == COMMAND_BODY && command->request != NULL &&
           record_field(command->request, name) != NULL;
}

static void lay_in_ids(const struct message_reader *reader, json_t *body)
{
    for (const struct router_parameter *id = reader->match->parameters; id->name != NULL; id++) {
        json_t *value = json_string(id->value);
        const json_t *said = json_object_get(body, id->name);
        if (said != NULL && !may_differ(reader->command, id->name) && !json_equal(said, value))
            violation(reader, id->name, VIOLATION_read_only);
        (void)json_object_set_new(body, id->name, value);
    }
}

/* A path whose ids cannot be ids leads nowhere, whatever else is wrong. */
static bool ids_are_ids(const struct message_reader *reader, const struct command_body *taken)
{
    size_t given = 0, valid = 0;
    while (reader->match->parameters[given].name != NULL)
        given++;
    for (int id = 0; id < IDS; id++)
        valid += taken->ids[id] != NULL &&
                 router_parameter(reader->match, command_id_name((enum command_id)id)) != NULL;
    return given == valid;
}

static bool check(struct message_reader *reader, struct message *message)
{
    lay_in_ids(reader, message->body);
    if (reader->own_names != NULL)
        (void)!record_decode(&reader->decoder, reader->own_names, reader->own,
                             mem_zeroed(reader->request->arena, reader->own_names->size));
    (void)!command_decode(&reader->decoder, reader->command, message->body, &message->taken,
                          &message->hold);
    if (!ids_are_ids(reader, &message->taken))
        return fail(reader, PROBLEM_not_found);
    return reader->decoder.violations->n == 0 ||
           fail_violations(reader, reads_query_string(reader));
}

static bool read_message(struct message_reader *reader, struct message *message)
{
    if (reads_query_string(reader)) {
        message->body = json_object();
        return read_query_string(reader, message->body) && check(reader, message);
    }
    if (!read_query_string(reader, NULL))
        return false;
    if (!read_body(reader, &message->body))
        return reader->decoder.violations->n > 0 && fail_violations(reader, false);
    return check(reader, message);
}

bool message_read(const struct command *command, const struct record *own_names,
                  const struct router_match *match, const struct http_request *request,
                  struct message *ret_message, struct problem *ret_problem)
{
    struct violations *violations = mem_new(request->arena, struct violations);
    violations->arena = request->arena;
    struct message_reader reader = {.command = command,
                                    .match = match,
                                    .request = request,
                                    .decoder = {.arena = request->arena, .violations = violations},
                                    .own_names = own_names,
                                    .own = json_object(),
                                    .problem = ret_problem};
    *ret_message = (struct message){0};
    bool good = read_message(&reader, ret_message);
    json_decref(reader.own);
    return good;
}

bool message_parameters(const void *arena, const struct record *names,
                        const struct http_request *request, void *ret, struct problem *ret_problem)
{
    struct violations *violations = mem_new(request->arena, struct violations);
    violations->arena = request->arena;
    struct message_reader reader = {.request = request,
                                    .decoder = {.arena = (void *)arena, .violations = violations},
                                    .problem = ret_problem};
    json_t *body = json_object();
    bool good = read_names(&reader, names, body);
    if (good) {
        (void)!record_decode(&reader.decoder, names, body, ret);
        good = violations->n == 0 || fail_violations(&reader, true);
    }
    json_decref(body);
    return good;
}

void message_end(struct message *message)
{
    json_decref(message->body);
    json_decref(message->hold);
}
