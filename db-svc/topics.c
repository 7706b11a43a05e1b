#include "db-svc/topics.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/mem.h"

const char *const topics_commands[TOPICS_COMMANDS] = {"events.commands", "tickets.commands",
                                                      "attendees.commands",
                                                      "notifications.commands", "payments.events"};
const char *const topics_queries[TOPICS_QUERIES] = {"events.queries", "tickets.queries",
                                                    "attendees.queries", "notifications.queries"};

const char *const topics_replies[TOPICS_REPLIES] = {"db-svc.replies", "tickets-svc.replies",
                                                    "attendees-svc.replies", "notify-svc.replies",
                                                    "payments-svc.replies"};

int topics_command_index(const char *topic)
{
    for (int i = 0; i < TOPICS_COMMANDS; i++)
        if (strcmp(topics_commands[i], topic) == 0)
            return i;
    return -1;
}

#define TEN_MINUTES "600000"
#define ONE_DAY "86400000"
#define THREE_DAYS "259200000"
#define SEVEN_DAYS "604800000"
#define FOURTEEN_DAYS "1209600000"

/* A message goes with its segment, when the newest in it has expired: where people are named a
 * segment is short. LogAppendTime: a deadline is counted from the broker's clock, whoever wrote the
 * command. */
static const struct settings_pair command_conf[] = {{"retention.ms", SEVEN_DAYS},
                                                    {"segment.ms", ONE_DAY},
                                                    {"message.timestamp.type", "LogAppendTime"},
                                                    {0}};
static const struct settings_pair query_conf[] = {{"retention.ms", TEN_MINUTES},
                                                  {"segment.ms", TEN_MINUTES},
                                                  {"message.timestamp.type", "LogAppendTime"},
                                                  {0}};
static const struct settings_pair reply_conf[] = {
    {"retention.ms", TEN_MINUTES}, {"segment.ms", TEN_MINUTES}, {0}};
static const struct settings_pair fact_conf[] = {{"retention.ms", SEVEN_DAYS}, {0}};
static const struct settings_pair delivery_conf[] = {{"retention.ms", THREE_DAYS}, {0}};
/* Room for the largest message and the headers that say why it is here: DEAD_LETTER_BYTES. */
static const struct settings_pair dead_letter_conf[] = {{"retention.ms", FOURTEEN_DAYS},
                                                        {"segment.ms", ONE_DAY},
                                                        {"max.message.bytes", "2097152"},
                                                        {0}};

static const struct {
    const char *name;
    const struct settings_pair *conf;
} topics[] = {
    {"events.commands", command_conf},
    {"tickets.commands", command_conf},
    {"attendees.commands", command_conf},
    {"notifications.commands", command_conf},
    {"payments.events", command_conf},
    {"events.queries", query_conf},
    {"tickets.queries", query_conf},
    {"attendees.queries", query_conf},
    {"notifications.queries", query_conf},
    {"db-svc.replies", reply_conf},
    {"tickets-svc.replies", reply_conf},
    {"attendees-svc.replies", reply_conf},
    {"notify-svc.replies", reply_conf},
    {"payments-svc.replies", reply_conf},
    {"events.commands.reply", reply_conf},
    {"tickets.commands.reply", reply_conf},
    {"attendees.commands.reply", reply_conf},
    {"notifications.commands.reply", reply_conf},
    {"events.queries.reply", reply_conf},
    {"tickets.queries.reply", reply_conf},
    {"attendees.queries.reply", reply_conf},
    {"notifications.queries.reply", reply_conf},
    {"events.facts", fact_conf},
    {"tickets.facts", fact_conf},
    {"attendees.facts", fact_conf},
    {"notifications.facts", fact_conf},
    {"notifications.deliveries", delivery_conf},
    {"events.commands-dlt", dead_letter_conf},
    {"tickets.commands-dlt", dead_letter_conf},
    {"attendees.commands-dlt", dead_letter_conf},
    {"notifications.commands-dlt", dead_letter_conf},
    {"payments.events-dlt", dead_letter_conf},
    {"events.queries-dlt", dead_letter_conf},
    {"tickets.queries-dlt", dead_letter_conf},
    {"attendees.queries-dlt", dead_letter_conf},
    {"notifications.queries-dlt", dead_letter_conf},
};
#define TOPICS (sizeof topics / sizeof *topics)
#define LOOK_MS 1000
#define CREATE_MS 5000

/* Said for each topic, so that it does not hang on the broker's defaults: what is acknowledged by
 * two of three replicas survives any one. */
static const struct settings_pair *conf_of(void *arena, const struct settings_pair *own,
                                           int64_t replication)
{
    size_t n = 0;
    while (own[n].name != NULL)
        n++;
    struct settings_pair *conf = mem_array(arena, struct settings_pair, n + 3);
    memcpy(&conf[1], own, n * sizeof *own);
    conf[0] = (struct settings_pair){"max.message.bytes", "1048588"};
    if (replication >= 3)
        conf[n + 1] = (struct settings_pair){"min.insync.replicas", "2"};
    return conf;
}

int topics_look(struct bus_admin *admin, const struct settings *settings,
                char ret_reason[TOPICS_REASON_SIZE])
{
    const char *names[TOPICS];
    int32_t counts[TOPICS];
    for (size_t i = 0; i < TOPICS; i++)
        names[i] = topics[i].name;
    int r = bus_admin_counts(admin, names, TOPICS, LOOK_MS, counts);
    for (size_t i = 0; r == 0 && i < TOPICS; i++) {
        if (counts[i] == 0)
            r = -ENOENT;
        else if (counts[i] != settings->kafka_partitions)
            r = -EINVAL;
        if (r < 0)
            (void)snprintf(ret_reason, TOPICS_REASON_SIZE,
                           "topic %s has %d partitions, KAFKA_PARTITIONS says %d", names[i],
                           (int)counts[i], (int)settings->kafka_partitions);
    }
    return r;
}

int topics_create(struct bus_admin *admin, const struct settings *settings)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct bus_topic wanted[TOPICS];
    for (size_t i = 0; i < TOPICS; i++)
        wanted[i] = (struct bus_topic){
            .name = topics[i].name,
            .partitions = (int32_t)settings->kafka_partitions,
            .replication = (int32_t)settings->kafka_replication_factor,
            .config = conf_of(arena, topics[i].conf, settings->kafka_replication_factor)};
    return bus_admin_create(admin, wanted, TOPICS, CREATE_MS);
}
