#include "libshared/service/asyncapi.h"

#include "libshared/contract/fact.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/ticket_type.h"
#include "libshared/contract/topic.h"
#include "libshared/service/schemas.h"

/* A header or member that is text, and what it is for. */
struct described {
    const char *name, *description;
};

static const struct described command_headers[] = {
    {"ce_specversion", "1.0"},
    {"ce_type", "The command's or query's type."},
    {"ce_id", "With ce_source, the command's identity: sent again, nothing happens twice."},
    {"ce_source", "Who sends it."},
    {"ce_time", "When, by RFC 3339."},
    {"content-type", "application/json"},
    {"kafka_correlationId", "Echoed in the reply, byte for byte."},
    {"kafka_replyTopic", "Where the reply goes; it must end in .replies or .reply."},
    {"kafka_replyPartition", "Four bytes, big endian, or text; absent: any."},
    {"timeout_ms", "After this it is not begun any more."},
    {"if_match", "The ETags of which the record must still have one."},
    {"traceparent", "W3C Trace Context."},
    {0},
};

static const struct described reply_headers[] = {
    {"ce_type", "The command's type and .reply."},
    {"status", "The status, as in HTTP."},
    {"kafka_correlationId", "That of the request."},
    {"etag", "The record's version."},
    {"location", "The address of what was made."},
    {"stock", "What stock is now, absolute, as a JSON list."},
    {"kafka_nest-is-disposed", "Ends a NestJS client's stream."},
    {"kafka_nest-err", "On a problem: what a NestJS client raises."},
    {0},
};

static const struct described fact_headers[] = {
    {"ce_specversion", "1.0"},
    {"ce_type", "The fact's type."},
    {"ce_id", "Stable: the same fact again has the same id."},
    {"ce_source", "Who says it."},
    {"ce_time", "When it happened, by RFC 3339."},
    {"ce_sequence", "Rises for each event, with gaps: drop what is not greater."},
    {"content-type", "application/json"},
    {0},
};

/* As Spring names them. */
static const struct described dead_letter_headers[] = {
    {"kafka_dlt-original-topic", "The topic it was read from."},
    {"kafka_dlt-original-partition", "The partition, in digits."},
    {"kafka_dlt-original-offset", "The offset, in digits."},
    {"kafka_dlt-exception-fqcn", "The kind of trouble."},
    {"kafka_dlt-exception-message", "What was wrong with it."},
    {0},
};

static json_t *schema_of_texts(const struct described *texts)
{
    json_t *properties = json_object();
    for (; texts->name != NULL; texts++)
        (void)json_object_set_new(
            properties, texts->name,
            json_pack("{ssss}", "type", "string", "description", texts->description));
    return json_pack("{ssso}", "type", "object", "properties", properties);
}

/* Takes `target`. */
static json_t *ref(json_t *target)
{
    return json_pack("{so}", "$ref", target);
}

/* The channel of a topic, made when first asked for. */
static json_t *channel(json_t *channels, const char *topic, const char *description)
{
    json_t *one = json_object_get(channels, topic);
    if (one == NULL) {
        one = json_pack("{sssss{}}", "address", topic, "description", description, "messages");
        (void)json_object_set_new(channels, topic, one);
    }
    return one;
}

static void add_message(json_t *components, json_t *to, const char *type, json_t *message)
{
    (void)json_object_set_new(json_object_get(components, "messages"), type, message);
    (void)json_object_set_new(json_object_get(to, "messages"), type,
                              ref(json_sprintf("#/components/messages/%s", type)));
}

static json_t *message(const char *type, const char *summary, json_t *headers, json_t *payload)
{
    return json_pack("{sssssssoso}", "name", type, "summary", summary, "contentType",
                     "application/json", "headers", headers, "payload", payload);
}

static void add_reply(json_t *components, json_t *replies, const struct command *command)
{
    char type[100];
    (void)snprintf(type, sizeof type, "%s.reply", command->type);
    json_t *schemas = json_object_get(components, "schemas");
    json_t *shown = schema_of_reply(schemas, command);
    json_t *problem = ref(json_string("#/components/schemas/problem"));
    json_t *payload = shown == NULL ? problem : json_pack("{s[oo]}", "oneOf", shown, problem);
    json_t *reply =
        message(type, "The answer, or the problem.", schema_of_texts(reply_headers), payload);
    (void)json_object_set_new(
        reply, "correlationId",
        json_pack("{ss}", "location", "$message.header#/kafka_correlationId"));
    add_message(components, replies, type, reply);
}

static void add_command(json_t *document, const struct command *command)
{
    json_t *channels = json_object_get(document, "channels");
    json_t *components = json_object_get(document, "components");
    const char *topic = command_topic(command);
    json_t *from = channel(channels, topic,
                           command->shape == COMMAND_QUERY
                               ? "Queries; no key."
                               : "Commands, in order for one event: keyed by its id, with Java's "
                                 "murmur2 partitioner.");
    json_t *replies = channel(channels, "replies", "Where the request's reply header says.");
    json_t *request = message(command->type, command->summary, schema_of_texts(command_headers),
                              schema_of_message(json_object_get(components, "schemas"), command));
    (void)json_object_set_new(
        request, "correlationId",
        json_pack("{ss}", "location", "$message.header#/kafka_correlationId"));
    add_message(components, from, command->type, request);
    add_reply(components, replies, command);
    json_t *reply =
        json_pack("{s{ss}sos[o]}", "address", "location", "$message.header#/kafka_replyTopic",
                  "channel", ref(json_string("#/channels/replies")), "messages",
                  ref(json_sprintf("#/channels/replies/messages/%s.reply", command->type)));
    (void)json_object_set_new(
        json_object_get(document, "operations"), command->type,
        json_pack("{sssssos[o]so}", "action", "receive", "summary", command->summary, "channel",
                  ref(json_sprintf("#/channels/%s", topic)), "messages",
                  ref(json_sprintf("#/channels/%s/messages/%s", topic, command->type)), "reply",
                  reply));
}

static void add_fact(json_t *document, const struct fact *fact)
{
    const char *topic = topic_name(fact->module, TOPIC_FACTS);
    json_t *components = json_object_get(document, "components");
    json_t *to = channel(json_object_get(document, "channels"), topic,
                         "What happened, at least once, keyed by the event's id.");
    add_message(
        components, to, fact->type,
        message(fact->type, fact->summary, schema_of_texts(fact_headers),
                schema_ref(json_object_get(components, "schemas"), &fact_record, SCHEMA_SHOWN)));
    (void)json_object_set_new(
        json_object_get(document, "operations"), fact->type,
        json_pack("{sssssos[o]}", "action", "send", "summary", fact->summary, "channel",
                  ref(json_sprintf("#/channels/%s", topic)), "messages",
                  ref(json_sprintf("#/channels/%s/messages/%s", topic, fact->type))));
}

static void add_dead_letters(json_t *document, const char *topic)
{
    json_t *components = json_object_get(document, "components");
    json_t *to = channel(json_object_get(document, "channels"), topic,
                         "What could not be read or be answered, as it came, for a person.");
    add_message(components, to, "dead_letter",
                message("dead_letter", "A message with its headers and body, and why.",
                        schema_of_texts(dead_letter_headers), json_object()));
}

static void add_offers(json_t *document)
{
    static const char type[] = "delivery.offered";
    const char *topic = topic_name(MODULE_NOTIFICATIONS, TOPIC_DELIVERIES);
    json_t *payload = record_schema(&delivery_offer_record, false);
    json_t *to = channel(json_object_get(document, "channels"), topic,
                         "To notify-svc: deliveries that wait for their attempt, keyed by their "
                         "ids. No personal data.");
    add_message(
        json_object_get(document, "components"), to, type,
        message(type, "A delivery waits for its attempt.", schema_of_texts(fact_headers), payload));
}

json_t *asyncapi_document(const char *version)
{
    json_t *document = json_pack("{sss{ssss}sss{}s{}s{s{so}s{}}}", "asyncapi", "3.0.0", "info",
                                 "title", "db-svc", "version", version, "defaultContentType",
                                 "application/json", "channels", "operations", "components",
                                 "schemas", "problem", schema_of_problem(), "messages");
    for (size_t i = 0; i < commands_n; i++)
        add_command(document, &commands[i]);
    for (size_t i = 0; i < all_topics_n; i++)
        if (all_topics[i].kind == TOPIC_DEAD_LETTERS)
            add_dead_letters(document, all_topics[i].name);
    for (size_t i = 0; i < facts_n; i++)
        add_fact(document, &facts[i]);
    add_offers(document);
    json_t *replies = json_object_get(json_object_get(document, "channels"), "replies");
    (void)json_object_set_new(replies, "address", json_null());
    return document;
}
