#include "libshared/contract/topic.h"

#include <string.h>

#define MINUTES INT64_C(60000)
#define DAYS (24 * 60 * MINUTES)

/* X(module, name) */
#define ASKED(X)                                                                                   \
    X(EVENTS, "events.commands")                                                                   \
    X(TICKETS, "tickets.commands")                                                                 \
    X(ATTENDEES, "attendees.commands")                                                             \
    X(NOTIFICATIONS, "notifications.commands")
#define PAYMENTS(X) X(PAYMENTS, "payments.events")
#define QUERIES(X)                                                                                 \
    X(EVENTS, "events.queries")                                                                    \
    X(TICKETS, "tickets.queries")                                                                  \
    X(ATTENDEES, "attendees.queries")                                                              \
    X(NOTIFICATIONS, "notifications.queries")
/* X(name, who reads it) */
#define REPLIES(X)                                                                                 \
    X("db-svc.replies", SERVICE_DB)                                                                \
    X("tickets-svc.replies", SERVICE_TICKETS)                                                      \
    X("attendees-svc.replies", SERVICE_ATTENDEES)                                                  \
    X("notify-svc.replies", SERVICE_NOTIFY)                                                        \
    X("payments-svc.replies", SERVICE_PAYMENTS)
/* X(module, name, kind, who reads it) */
#define EMITTED(X)                                                                                 \
    X(EVENTS, "events.facts", TOPIC_FACTS, SERVICE_TICKETS)                                        \
    X(TICKETS, "tickets.facts", TOPIC_FACTS, SERVICE_TICKETS)                                      \
    X(ATTENDEES, "attendees.facts", TOPIC_FACTS, SERVICE_TICKETS)                                  \
    X(NOTIFICATIONS, "notifications.facts", TOPIC_FACTS, SERVICE_TICKETS)                          \
    X(NOTIFICATIONS, "notifications.deliveries", TOPIC_DELIVERIES, SERVICE_NOTIFY)

#define COMMAND(module, name) {name, TOPIC_COMMANDS, MODULE_##module, SERVICE_DB},
#define QUERY(module, name) {name, TOPIC_QUERIES, MODULE_##module, SERVICE_DB},
#define OWN_REPLY(name, readers) {name, TOPIC_REPLIES, MODULES, readers},
/* Where a client of NestJS waits. */
#define REPLY(module, name) {name ".reply", TOPIC_REPLIES, MODULE_##module, 0},
#define EMIT(module, name, kind, readers) {name, kind, MODULE_##module, readers},
#define DEAD_LETTER(module, name) {name "-dlt", TOPIC_DEAD_LETTERS, MODULE_##module, SERVICE_DB},

const struct topic all_topics[] = {
    /* clang-format off */
    ASKED(COMMAND) PAYMENTS(COMMAND) QUERIES(QUERY)
    REPLIES(OWN_REPLY) ASKED(REPLY) QUERIES(REPLY)
    EMITTED(EMIT)
    ASKED(DEAD_LETTER) PAYMENTS(DEAD_LETTER) QUERIES(DEAD_LETTER)
    /* clang-format on */
};
const size_t all_topics_n = sizeof all_topics / sizeof *all_topics;

#define SECOND(one, name, ...) name,
#define FIRST(name, ...) name,
#define NAME_REPLY(module, name) name ".reply",
const char *const topics_commands[TOPICS_COMMANDS] = {ASKED(SECOND) PAYMENTS(SECOND)};
const char *const topics_queries[TOPICS_QUERIES] = {QUERIES(SECOND)};
const char *const topics_replies[TOPICS_REPLIES] = {REPLIES(FIRST) ASKED(NAME_REPLY)
                                                        QUERIES(NAME_REPLY)};
const char *const topics_emitted[TOPICS_EMITTED] = {EMITTED(SECOND)};

/* A message goes with its segment, when the newest in it has expired: where people are named a
 * segment is short. A dead letter has room for the largest message and the headers that say why it
 * is there. */
static const struct topic_keeping keepings[TOPIC_KINDS] = {
    [TOPIC_COMMANDS] = {7 * DAYS, 1 * DAYS, 1048588, .stamped = true},
    [TOPIC_QUERIES] = {10 * MINUTES, 10 * MINUTES, 1048588, .stamped = true},
    [TOPIC_REPLIES] = {10 * MINUTES, 10 * MINUTES, 1048588},
    [TOPIC_FACTS] = {7 * DAYS, 0, 1048588},
    [TOPIC_DELIVERIES] = {3 * DAYS, 0, 1048588},
    [TOPIC_DEAD_LETTERS] = {14 * DAYS, 1 * DAYS, 2097152},
};

const struct topic_keeping *topic_keeping(enum topic_kind kind)
{
    return &keepings[kind];
}

const char *topic_name(enum module module, enum topic_kind kind)
{
    for (size_t i = 0; i < all_topics_n; i++)
        if (all_topics[i].module == module && all_topics[i].kind == kind)
            return all_topics[i].name;
    return NULL;
}

int topics_command_index(const char *name)
{
    for (int i = 0; i < TOPICS_COMMANDS; i++)
        if (strcmp(topics_commands[i], name) == 0)
            return i;
    return -1;
}
