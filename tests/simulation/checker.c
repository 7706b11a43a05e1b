/* What must hold: watched at every commit and every message, and once more when all is at rest. */
#include "tests/simulation/checker.h"

#include <string.h>

static void see_record(void *context, const struct simulated_topic *topic, int32_t partition,
                       const struct kept_record *record)
{
    struct simulation *simulation = context;
    if (strcmp(topic->name, "tickets-svc.replies") == 0)
        checker_see_reply(simulation, record);
    else if (topic_ends_with(topic->name, ".facts"))
        checker_see_fact(simulation, topic, partition, record);
    else if (topic_ends_with(topic->name, ".deliveries"))
        checker_see_delivery(simulation, record);
    else if (topic_ends_with(topic->name, "-dlt"))
        simulation->checker.dead_letters++;
}

void checker_end(struct simulation *simulation)
{
    if (simulation->world.spins > 0)
        violation(simulation, "E", "a process called without ever waiting");
    checker_books(simulation);
    checker_published(simulation);
}

void checker_open(struct simulation *simulation)
{
    simulation->checker = (struct checker){.set_back_at = -1, .recreated_at = -1};
    simulation->broker.appended = see_record;
    simulation->broker.context = simulation;
    simulation->server.duplicate = checker_see_duplicate;
    database_watch(simulation->server.database, checker_see_commit, simulation);
}

void checker_close(struct simulation *simulation)
{
    table_clear(&simulation->checker.facts);
    table_clear(&simulation->checker.published);
    table_clear(&simulation->checker.sequences);
    table_clear(&simulation->checker.revisions);
    table_clear(&simulation->checker.decided);
    table_clear(&simulation->checker.raisers);
    table_clear(&simulation->checker.mailed);
    checker_forget_told(simulation);
}
