#include "libshared/service/asyncapi.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "libshared/contract/fact.h"
#include "libshared/contract/notification.h"
#include "libshared/contract/topic.h"
#include "libshared/service/asyncapi_headers.h"
#include "libshared/service/examples.h"
#include "libshared/service/schemas.h"

/* A document in the making. */
struct making {
    json_t *channels, *operations, *messages, *schemas;
    int64_t partitions, replicas; /* 0: not known */
    bool internal;
};

/* Takes `target`. */
static json_t *ref(json_t *target)
{
    return json_pack("{so}", "$ref", target);
}

/* --- Channels --- */

static const char *purpose(const struct topic *topic)
{
    static const char *const purposes[TOPIC_KINDS] = {
        [TOPIC_COMMANDS] = "Commands, in order for one event.",
        [TOPIC_QUERIES] = "Queries, answered by any instance; no key.",
        [TOPIC_REPLIES] = "Replies.",
        [TOPIC_FACTS] = "What happened, at least once; in order for one event.",
        [TOPIC_DELIVERIES] = "To notify-svc: deliveries that wait for their attempt. No personal "
                             "data.",
        [TOPIC_DEAD_LETTERS] =
            "What could not be read, or was invalid and asked for no reply, as it came, for a "
            "person.",
    };
    return topic->module == MODULE_PAYMENTS && topic->kind == TOPIC_COMMANDS
               ? "What a payment system says of orders, in order for one event."
               : purposes[topic->kind];
}

static json_t *topic_binding(const struct making *making, const struct topic *topic)
{
    const struct topic_keeping *keeping = topic_keeping(topic->kind);
    json_t *binding =
        json_pack("{sss{sIsI}ss}", "topic", topic->name, "topicConfiguration", "retention.ms",
                  (json_int_t)keeping->retention_ms, "max.message.bytes",
                  (json_int_t)keeping->message_bytes, "bindingVersion", "0.5.0");
    if (making->partitions > 0) {
        (void)json_object_set_new(binding, "partitions", json_integer(making->partitions));
        (void)json_object_set_new(binding, "replicas", json_integer(making->replicas));
    }
    return json_pack("{so}", "kafka", binding);
}

/* The channel of a topic, made when first asked for. */
static json_t *channel(struct making *making, const char *name)
{
    json_t *one = json_object_get(making->channels, name);
    for (size_t i = 0; one == NULL && i < all_topics_n; i++)
        if (strcmp(all_topics[i].name, name) == 0) {
            one = json_pack("{sssssssos{}}", "address", name, "title", name, "description",
                            purpose(&all_topics[i]), "bindings",
                            topic_binding(making, &all_topics[i]), "messages");
            (void)json_object_set_new(making->channels, name, one);
        }
    return one;
}

/* Where the request says. */
static json_t *replies_channel(struct making *making)
{
    json_t *one = json_object_get(making->channels, "replies");
    if (one == NULL) {
        one = json_pack("{sn ss ss s{}}", "address", "title", "Replies", "description",
                        "The topic that the request's kafka_replyTopic names.", "messages");
        (void)json_object_set_new(making->channels, "replies", one);
    }
    return one;
}

/* --- Messages --- */

static void add_message(struct making *making, json_t *channel, const char *type,
                        json_t *message_take)
{
    (void)json_object_set_new(making->messages, type, message_take);
    (void)json_object_set_new(json_object_get(channel, "messages"), type,
                              ref(json_sprintf("#/components/messages/%s", type)));
}

/* Takes `payload`. `type` NULL: any. */
static json_t *message(const char *name, const char *type, const char *summary, const char *trait,
                       json_t *payload_take)
{
    json_t *message = json_pack("{sssssssss[o]so}", "name", name, "title", name, "summary", summary,
                                "contentType", "application/json", "traits", asyncapi_trait(trait),
                                "payload", payload_take);
    if (type != NULL)
        (void)json_object_set_new(message, "headers",
                                  json_pack("{sss{s{ssssss}}s[s]}", "type", "object", "properties",
                                            "ce_type", "type", "string", "const", type,
                                            "description", "The type.", "required", "ce_type"));
    return message;
}

/* Takes `schema`; NULL: there is no key. */
static void set_example(json_t *message, json_t *payload_take)
{
    if (payload_take != NULL)
        (void)json_object_set_new(message, "examples",
                                  json_pack("[{so}]", "payload", payload_take));
}

static void set_key(json_t *message, json_t *schema_take)
{
    if (schema_take != NULL)
        (void)json_object_set_new(
            message, "bindings",
            json_pack("{s{soss}}", "kafka", "key", schema_take, "bindingVersion", "0.5.0"));
}

static void correlate(json_t *message)
{
    (void)json_object_set_new(message, "correlationId",
                              json_pack("{ssss}", "description", "Ties the reply to its request.",
                                        "location", "$message.header#/kafka_correlationId"));
}

static void mark_internal(json_t *one, bool internal)
{
    if (internal)
        (void)json_object_set_new(one, "x-internal", json_true());
}

static json_t *event_key(void)
{
    json_t *schema = schema_id(ID_EVENT);
    (void)json_object_set_new(schema, "description",
                              json_string("The event's id; the partitioner is Java's murmur2."));
    return schema;
}

static json_t *key_of(const struct command *command)
{
    if (command->shape == COMMAND_QUERY)
        return NULL;
    if ((command_all_ids(command) & HAS(ID_EVENT)) != 0)
        return event_key();
    return json_pack("{ssss}", "type", "string", "description",
                     "The command's own id, where it names no event.");
}

static json_t *operation_on(const char *action, const char *topic, const char *title,
                            const char *message, const char *summary, const char *description)
{
    return json_pack("{ss ss ss ss so s[o]}", "action", action, "title", title, "summary", summary,
                     "description", description, "channel",
                     ref(json_sprintf("#/channels/%s", topic)), "messages",
                     ref(json_sprintf("#/channels/%s/messages/%s", topic, message)));
}

/* --- Commands and queries --- */

/* The messages of a payment system are no secret of our services. */
static bool is_internal(const struct command *command)
{
    return command->internal && command->module != MODULE_PAYMENTS;
}

static void add_reply(struct making *making, json_t *replies, const struct command *command)
{
    char type[100];
    (void)snprintf(type, sizeof type, "%s.reply", command->type);
    json_t *shown = schema_of_reply(making->schemas, command);
    json_t *problem = ref(json_string("#/components/schemas/problem"));
    json_t *payload = shown == NULL ? problem : json_pack("{s[oo]}", "anyOf", shown, problem);
    json_t *reply = message(type, type, "The answer, or the problem.", "reply", payload);
    correlate(reply);
    mark_internal(reply, is_internal(command));
    add_message(making, replies, type, reply);
}

static void add_command(struct making *making, const struct command *command)
{
    const char *topic = command_topic(command);
    json_t *from = channel(making, topic), *replies = replies_channel(making);
    json_t *request = message(command->type, command->type, command->summary,
                              command->shape == COMMAND_QUERY ? "query" : "command",
                              schema_of_message(making->schemas, command));
    set_key(request, key_of(command));
    set_example(request, example_of_message(command));
    correlate(request);
    mark_internal(request, is_internal(command));
    add_message(making, from, command->type, request);
    add_reply(making, replies, command);
    json_t *reply =
        json_pack("{s{ssss}sos[o]}", "address", "description", "The topic that the request names.",
                  "location", "$message.header#/kafka_replyTopic", "channel",
                  ref(json_string("#/channels/replies")), "messages",
                  ref(json_sprintf("#/channels/replies/messages/%s.reply", command->type)));
    json_t *operation = operation_on(
        "receive", topic, command->type, command->type, command->summary,
        command->shape == COMMAND_QUERY ? "A question: it changes nothing and may be asked again."
                                        : "A command: sent again with the same ce_source and "
                                          "ce_id, its first answer comes back "
                                          "and nothing happens twice.");
    (void)json_object_set_new(operation, "reply", reply);
    mark_internal(operation, is_internal(command));
    (void)json_object_set_new(making->operations, command->type, operation);
}

/* --- What is sent --- */

static bool named(const char *names, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = names; at != NULL && (at = strstr(at, name)) != NULL; at += length)
        if ((at == names || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

/* The members that such a fact has, of all that facts may have. */
static json_t *fact_schema(struct making *making, const struct fact *fact)
{
    json_t *all = json_object(), *required = json_array(), *property;
    json_decref(schema_ref(making->schemas, &fact_record, SCHEMA_SHOWN));
    const char *name;
    json_object_foreach (
        json_object_get(json_object_get(making->schemas, fact_record.name), "properties"), name,
        property) {
        bool always = strcmp(name, "epoch") == 0 || named(fact->always, name);
        if (always || named(fact->sometimes, name))
            (void)json_object_set(all, name, property);
        if (always)
            (void)json_array_append_new(required, json_string(name));
    }
    return json_pack("{sssssoso}", "type", "object", "description", fact->summary, "properties",
                     all, "required", required);
}

static void add_fact(struct making *making, const struct fact *fact)
{
    const char *topic = topic_name(fact->module, TOPIC_FACTS);
    char name[100];
    (void)snprintf(name, sizeof name, "fact_%s", fact->type);
    *strchr(name, '.') = '_';
    (void)json_object_set_new(making->schemas, name, fact_schema(making, fact));
    json_t *one = message(fact->type, fact->type, fact->summary, "fact",
                          ref(json_sprintf("#/components/schemas/%s", name)));
    set_key(one, event_key());
    set_example(one, example_of_fact(fact->type));
    add_message(making, channel(making, topic), fact->type, one);
    (void)json_object_set_new(
        making->operations, fact->type,
        operation_on("send", topic, fact->type, fact->type, fact->summary,
                     "A fact: told at least once, in order for one event by ce_sequence."));
}

static void add_dead_letters(struct making *making, const char *topic)
{
    static const char summary[] = "A message as it came, and why it could not be read.";
    json_t *to = channel(making, topic);
    json_t *letter = message("dead_letter", NULL, summary, "dead_letter",
                             json_pack("{ss}", "description", "Any bytes, as they came."));
    (void)json_object_del(letter, "contentType");
    add_message(making, to, "dead_letter", letter);
    char name[100];
    (void)snprintf(name, sizeof name, "dead_letter.%s", topic);
    (void)json_object_set_new(
        making->operations, name,
        operation_on(
            "send", topic, name, "dead_letter", summary,
            "Sent to its topic again with its own headers and key, it is the same command."));
}

static void add_offers(struct making *making)
{
    static const char type[] = "delivery.offered", summary[] = "A delivery waits for its attempt.";
    const char *topic = topic_name(MODULE_NOTIFICATIONS, TOPIC_DELIVERIES);
    json_t *one = message(type, type, summary, "delivery",
                          schema_ref(making->schemas, &delivery_offer_record, SCHEMA_SHOWN));
    set_key(one, schema_id(ID_DELIVERY));
    mark_internal(one, true);
    add_message(making, channel(making, topic), type, one);
    json_t *operation = operation_on("send", topic, type, type, summary,
                                     "Offered until somebody claims the attempt.");
    mark_internal(operation, true);
    (void)json_object_set_new(making->operations, type, operation);
}

/* --- The document --- */

static bool is_secure(const struct settings *settings)
{
    for (size_t i = 0; settings->kafka_conf != NULL && settings->kafka_conf[i].name != NULL; i++)
        if (strcmp(settings->kafka_conf[i].name, "security.protocol") == 0)
            return strcasecmp(settings->kafka_conf[i].value, "plaintext") != 0;
    return false;
}

static json_t *servers_of(const struct settings *settings)
{
    json_t *servers = json_object();
    const char *at = settings != NULL ? settings->kafka_brokers : "localhost:9092";
    for (int n = 1; *at != '\0'; n++) {
        size_t length = strcspn(at, ",");
        char name[30];
        (void)snprintf(name, sizeof name, "broker_%d", n);
        (void)json_object_set_new(
            servers, name,
            json_pack("{sossss}", "host", json_stringn(at, length), "protocol",
                      settings != NULL && is_secure(settings) ? "kafka-secure" : "kafka",
                      "description", "A broker of the cluster."));
        at += length + (at[length] == ',');
    }
    return servers;
}

static json_t *info_of(const char *version)
{
    return json_pack(
        "{ss ss ss s{ssss} s[{ssss}]}", "title", "Event ticketing over Kafka", "version", version,
        "description",
        "Commands and queries in, replies and facts out. Headers are CloudEvents 1.0, in binary "
        "mode or structured. Facts may get new members: ignore those that you do not know.",
        "license", "name", "MIT", "url", "https://opensource.org/license/mit", "tags", "name",
        "ticketing", "description", "Events, tickets, attendees and notifications.");
}

static void add_all(struct making *making)
{
    for (size_t i = 0; i < commands_n; i++)
        if (making->internal || !is_internal(&commands[i]))
            add_command(making, &commands[i]);
    for (size_t i = 0; i < all_topics_n; i++)
        if (all_topics[i].kind == TOPIC_DEAD_LETTERS)
            add_dead_letters(making, all_topics[i].name);
    for (size_t i = 0; i < facts_n; i++)
        add_fact(making, &facts[i]);
    if (making->internal)
        add_offers(making);
}

json_t *asyncapi_document(const char *version, const struct settings *settings, bool internal)
{
    struct making making = {
        .channels = json_object(),
        .operations = json_object(),
        .messages = json_object(),
        .schemas = json_object(),
        .partitions = settings != NULL ? settings->kafka_partitions : 0,
        .replicas = settings != NULL ? settings->kafka_replication_factor : 0,
        .internal = internal,
    };
    schema_add_problems(making.schemas);
    add_all(&making);
    examples_add(making.schemas);
    json_t *document = json_pack(
        "{ss so so ss so so s{so so so}}", "asyncapi", "3.0.0", "info", info_of(version), "servers",
        servers_of(settings), "defaultContentType", "application/json", "channels", making.channels,
        "operations", making.operations, "components", "messageTraits", asyncapi_traits(),
        "messages", making.messages, "schemas", making.schemas);
    schema_prune(document);
    return document;
}
