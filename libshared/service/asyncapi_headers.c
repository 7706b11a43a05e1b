#include "libshared/service/asyncapi_headers.h"

#include <stdbool.h>
#include <stddef.h>

struct header {
    const char *name, *description, *pattern;
    bool required;
};

#define DIGITS "^[0-9]+$"
#define CLOUD_EVENT                                                                                \
    {"ce_specversion", "The version of CloudEvents.", "^1\\.0$", false},                           \
        {"ce_source", "Who sends it.", NULL, false},                                               \
        {"ce_time", "When it was sent, by RFC 3339.", NULL, false},                                \
        {"content-type", "application/json.", NULL, false},                                        \
    {                                                                                              \
        "traceparent", "W3C Trace Context.", NULL, false                                           \
    }
#define REQUEST                                                                                    \
    CLOUD_EVENT, {"kafka_correlationId", "Echoed in the reply, byte for byte.", NULL, false},      \
        {"kafka_replyTopic",                                                                       \
         "Where the reply goes: a topic whose name ends in .replies or .reply, or is one of "      \
         "REPLY_TOPICS_ALLOWED.",                                                                  \
         NULL, false},                                                                             \
        {"kafka_replyPartition", "Four bytes, big-endian, or digits; absent: any.", NULL, false},  \
    {                                                                                              \
        "timeout_ms", "So long after it was written it is not begun any more.", DIGITS, false      \
    }

static const struct header command_headers[] = {
    REQUEST,
    {"ce_id",
     "With ce_source the identity of the command: sent again, the first answer comes back and "
     "nothing happens twice. Without it the message itself is the command.",
     NULL, false},
    {"if_match", "ETags of which the record must still have one.", NULL, false},
    {0},
};
static const struct header query_headers[] = {
    REQUEST,
    {"ce_id", "Names the question.", NULL, false},
    {0},
};
static const struct header reply_headers[] = {
    CLOUD_EVENT,
    {"ce_id", "Stable: the same reply again has the same id.", NULL, true},
    {"status", "The status, as in HTTP.", "^[1-5][0-9][0-9]$", true},
    {"kafka_correlationId", "That of the request.", NULL, false},
    {"etag", "The record's version.", NULL, false},
    {"location", "The address of what was made.", NULL, false},
    {"stock", "What stock is now, absolute, as a JSON list.", NULL, false},
    {"any_buyer", "Of a refused order: it does not depend on who buys. Not when it is told again.",
     "^true$", false},
    {"kafka_nest-is-disposed", "Ends a NestJS client's stream.", "^true$", true},
    {"kafka_nest-err", "From 400 on: the problem's JSON, which a NestJS client raises.", NULL,
     false},
    {0},
};
static const struct header fact_headers[] = {
    CLOUD_EVENT,
    {"ce_id", "Stable: the same fact again has the same id.", NULL, true},
    {"ce_sequence",
     "Rises for each event over all its topics, with gaps: drop what is not greater.", DIGITS,
     true},
    {0},
};
static const struct header delivery_headers[] = {
    CLOUD_EVENT,
    {"ce_id", "Stable: the same offer again has the same id.", NULL, true},
    {0},
};
/* As Spring names them. */
static const struct header dead_letter_headers[] = {
    {"kafka_dlt-original-topic", "The topic it was read from.", NULL, true},
    {"kafka_dlt-original-partition", "Its partition.", DIGITS, true},
    {"kafka_dlt-original-offset", "Its offset.", DIGITS, true},
    {"kafka_dlt-original-timestamp", "When it was written, in milliseconds since 1970.",
     "^-?[0-9]+$", true},
    {"kafka_dlt-exception-fqcn", "The kind of trouble.", NULL, true},
    {"kafka_dlt-exception-message", "What was wrong with it: every faulty header by its name.",
     NULL, true},
    {"kafka_dlt-original-size", "Of a message that was cut: how large its value was.", DIGITS,
     false},
    {"kafka_dlt-original-sha256", "Of a message that was cut: the SHA-256 of its value.",
     "^[0-9a-f]{64}$", false},
    {0},
};

static json_t *trait(const struct header *headers)
{
    json_t *properties = json_object(), *required = json_array();
    for (; headers->name != NULL; headers++) {
        (void)json_object_set_new(properties, headers->name,
                                  json_pack("{ssssss*}", "type", "string", "description",
                                            headers->description, "pattern", headers->pattern));
        if (headers->required)
            (void)json_array_append_new(required, json_string(headers->name));
    }
    return json_pack("{s{sssoso}}", "headers", "type", "object", "properties", properties,
                     "required", required);
}

json_t *asyncapi_traits(void)
{
    return json_pack("{sosososososo}", "command", trait(command_headers), "query",
                     trait(query_headers), "reply", trait(reply_headers), "fact",
                     trait(fact_headers), "delivery", trait(delivery_headers), "dead_letter",
                     trait(dead_letter_headers));
}

json_t *asyncapi_trait(const char *name)
{
    return json_pack("{so}", "$ref", json_sprintf("#/components/messageTraits/%s", name));
}
