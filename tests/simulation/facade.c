/* A facade without its HTTP: asks for clients, and tells them what came of it. */
#include "tests/simulation/simulation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/replies.h"
#include "tests/simulation/checker.h"

#define PASS_US 10000 /* a signal comes with this delay */
#define PENDING 300
#define STOP_MS 6000

struct caller {
    struct simulation *simulation;
    size_t ask;
};

/* One send alone that was certainly not done never will be. */
static void told(void *context, const struct reply *reply)
{
    struct caller *caller = context;
    struct simulation *simulation = caller->simulation;
    struct ask *ask = &simulation->history.asks[caller->ask];
    struct bus_header id = {0};
    if (reply->outcome == REPLY_ANSWERED) {
        (void)bus_message_header(reply->message, "ce_id", &id);
        checker_answer(simulation, ask, reply->status, &id, reply->body, reply->body_size);
    } else if (reply->outcome == REPLY_NOT_DONE && ask->sends == 1) {
        ask->undone = true;
    }
    mem_free(caller);
}

static void request(struct simulation *simulation, struct replies *replies, size_t number)
{
    static const char *const source = "/rest/anonymous";
    const struct ask *ask = &simulation->history.asks[number];
    const struct clock_time now = clock_read();
    struct caller *caller = mem_new(NULL, struct caller);
    char id[32];
    *caller = (struct caller){simulation, number};
    (void)snprintf(id, sizeof id, "ask-%zu", number);
    simulation->messages++;
    replies_request(replies,
                    &(struct replies_request){.topic = ask->topic,
                                              .key = ask->key,
                                              .type = ask->command,
                                              .id = id,
                                              .source = source,
                                              .body = ask->body,
                                              .body_size = strlen(ask->body),
                                              .done = told,
                                              .context = caller},
                    now.monotonic_ms, now.wall_ms);
}

static void pass(struct simulation *simulation, struct replies *replies)
{
    struct desk *desk = &simulation->desk;
    replies_run(replies, clock_monotonic_ms());
    while (desk->n > 0) /* each once, also if the process dies over it */
        request(simulation, replies, desk->asks[--desk->n]);
}

void *facade_run(void *argument)
{
    static const char *const warm[] = {"events.commands", "tickets.commands", "attendees.commands"};
    struct place *place = argument;
    struct simulation *simulation = place->simulation;
    struct replies *replies;
    char instance[24];
    (void)snprintf(instance, sizeof instance, "facade-%" PRIu64, place->node->serial);
    if (replies_open(&(struct replies_config){.bus = {.brokers = "simulated"},
                                              .topic = FACADE_REPLIES,
                                              .source = "/rest/anonymous",
                                              .instance = instance,
                                              .max_pending = PENDING,
                                              .timeout_ms = FACADE_MS,
                                              .warm = warm,
                                              .n_warm = sizeof warm / sizeof *warm},
                     &replies) < 0) {
        violation(simulation, "E", "a facade does not start");
        return NULL;
    }
    while (!place->stopping) {
        pass(simulation, replies);
        world_wait_for(place, world->now + PASS_US);
    }
    const int64_t until = clock_monotonic_ms() + STOP_MS;
    while (replies_pending(replies) > 0 && clock_monotonic_ms() < until) {
        replies_run(replies, clock_monotonic_ms());
        world_wait(PASS_US);
    }
    if (replies_pending(replies) > 0)
        violation(simulation, "F", "a caller of a facade is told nothing");
    replies_close(replies);
    nodes_check_left(place);
    return NULL;
}
