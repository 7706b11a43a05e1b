/* CloudEvents' structured mode: the body is the event, and its member `data` the command. */
#include <jansson.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/envelope_header.h"

static const struct envelope_violation not_string = {"wrong_type", "must be a string"},
                                       not_data = {"wrong_type", "must be JSON, not base64"},
                                       not_object = {
                                           "wrong_type",
                                           "must be a JSON object without duplicate members"};

/* A member of the structured form, read as the header of binary mode would be. */
static void read_member(struct envelope_reader *reader, const json_t *event, const char *member,
                        const char *header)
{
    const json_t *value = json_object_get(event, member);
    const int at = envelope_header_find(header);
    if (value == NULL || json_is_null(value))
        return;
    if (json_is_integer(value) && strcmp(member, "sequence") == 0) {
        const char *text =
            mem_printf(reader->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        envelope_header_read(reader, at, &(struct bus_header){header, text, strlen(text)});
        return;
    }
    if (!json_is_string(value)) {
        envelope_fault_add(reader, header, &not_string);
        return;
    }
    const size_t size = json_string_length(value);
    const char *text = mem_strndup(reader->arena, json_string_value(value), size);
    envelope_header_read(reader, at, &(struct bus_header){header, text, size});
}

static void read_data(struct envelope_reader *reader, const json_t *event)
{
    struct envelope *envelope = reader->envelope;
    const json_t *data = json_object_get(event, "data");
    envelope->body = "";
    envelope->body_size = 0;
    if (json_object_get(event, "data_base64") != NULL)
        envelope_fault_add(reader, "data", &not_data);
    if (data == NULL)
        return;
    const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
    const size_t size = json_dumpb(data, NULL, 0, flags);
    char *body = mem_zeroed(reader->arena, size + 1);
    json_dumpb(data, body, size, flags);
    envelope->body = body;
    envelope->body_size = size;
}

static void read_event(struct envelope_reader *reader, const json_t *event)
{
    static const struct {
        const char *member, *header;
    } members[] = {
        {"specversion", "ce_specversion"}, {"id", "ce_id"},
        {"source", "ce_source"},           {"type", "ce_type"},
        {"subject", "ce_subject"},         {"time", "ce_time"},
        {"sequence", "ce_sequence"},       {"traceparent", "traceparent"},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        read_member(reader, event, members[i].member, members[i].header);
    read_data(reader, event);
}

static void json_unref(json_t **json)
{
    json_decref(*json);
}

void envelope_read_structured(struct envelope_reader *reader)
{
    struct envelope *envelope = reader->envelope;
    _cleanup_(json_unref) json_t *event =
        json_loadb(envelope->body, envelope->body_size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(event)) {
        read_event(reader, event);
        return;
    }
    envelope->body = "";
    envelope->body_size = 0;
    envelope_fault_add(reader, "data", &not_object);
}

/* False: the text names no such member, so that it need not be parsed to see that. A name may be
 * spelt with escapes. */
static bool may_be_event(const struct envelope *envelope)
{
    static const char name[] = "specversion";
    return memmem(envelope->body, envelope->body_size, name, strlen(name)) != NULL ||
           memchr(envelope->body, '\\', envelope->body_size) != NULL;
}

void envelope_read_unmarked(struct envelope_reader *reader)
{
    struct envelope *envelope = reader->envelope;
    if (!may_be_event(envelope))
        return;
    _cleanup_(json_unref) json_t *event =
        json_loadb(envelope->body, envelope->body_size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_string(json_object_get(event, "specversion")))
        read_event(reader, event);
}
