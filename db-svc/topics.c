#include "db-svc/topics.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libshared/kafka/admin.h"

const char *const topics_commands[TOPICS_COMMANDS] = {"events.commands", "tickets.commands",
                                                      "attendees.commands",
                                                      "notifications.commands", "payments.events"};
const char *const topics_queries[TOPICS_QUERIES] = {"events.queries", "tickets.queries",
                                                    "attendees.queries", "notifications.queries"};

const char *const topics_replies[TOPICS_REPLIES] = {"db-svc.replies", "tickets-svc.replies",
                                                    "attendees-svc.replies", "notify-svc.replies"};

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
/* Room for the largest message and the headers that say why it is here. */
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
#define TIMEOUT_MS 5000

static int check_counts(struct bus_admin *admin, int32_t partitions, char *ret_reason)
{
    const char *names[TOPICS];
    int32_t counts[TOPICS];
    for (size_t i = 0; i < TOPICS; i++)
        names[i] = topics[i].name;
    int r = bus_admin_counts(admin, names, TOPICS, TIMEOUT_MS, counts);
    for (size_t i = 0; r == 0 && i < TOPICS; i++) {
        if (counts[i] == 0)
            r = -EAGAIN; /* made, but not yet known everywhere */
        else if (counts[i] != partitions)
            r = -EINVAL;
        if (r == -EINVAL)
            (void)snprintf(ret_reason, TOPICS_REASON_SIZE,
                           "topic %s has %d partitions, KAFKA_PARTITIONS says %d", names[i],
                           (int)counts[i], (int)partitions);
    }
    return r;
}

int topics_prepare(const struct bus_config *bus, const struct settings *settings,
                   char ret_reason[TOPICS_REASON_SIZE])
{
    struct bus_admin *admin;
    int r = bus_admin_open(bus, &admin);
    if (r < 0)
        return r;
    struct bus_topic wanted[TOPICS];
    for (size_t i = 0; i < TOPICS; i++)
        wanted[i] = (struct bus_topic){.name = topics[i].name,
                                       .partitions = (int32_t)settings->kafka_partitions,
                                       .replication = (int32_t)settings->kafka_replication_factor,
                                       .config = topics[i].conf};
    r = bus_admin_create(admin, wanted, TOPICS, TIMEOUT_MS);
    if (r == 0)
        r = check_counts(admin, (int32_t)settings->kafka_partitions, ret_reason);
    bus_admin_close(admin);
    return r;
}
