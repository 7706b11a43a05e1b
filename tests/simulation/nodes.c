/* The processes: started, started again, ended in order. */
#include "tests/simulation/simulation.h"

#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "db-svc/read/readers.h"
#include "db-svc/store/store.h"
#include "db-svc/writer/writer.h"
#include "libshared/base/log.h"

#define AWAKE_US 50000
#define LEFT_BYTES 65536 /* of a process that ended in order */

void nodes_check_left(const struct place *place)
{
    size_t left = talloc_total_size(place->node->arena);
    if (left > LEFT_BYTES)
        violation(place->simulation, "memory", "%s ended and left %zu bytes", place->instance,
                  left);
}

static void *run_writer(void *argument)
{
    struct place *place = argument;
    struct simulation *simulation = place->simulation;
    const struct bus_config bus = {.brokers = "simulated", .client_id = "db-svc"};
    store_library_open();
    if (writer_start(&bus, &simulation->settings, place->instance, NULL, NULL, &place->writer) <
        0) {
        violation(simulation, "E", "a writer does not start");
        return NULL;
    }
    if (simulation->faults.on[FAULT_VIEW] &&
        readers_start(&bus, &simulation->settings, place->instance, &place->readers) < 0)
        violation(simulation, "E", "readers do not start");
    while (!place->stopping)
        world_wait_for(place, INT64_MAX);
    struct writer *writer = place->writer;
    place->writer = NULL;
    readers_stop(place->readers);
    place->readers = NULL;
    if (writer_stop(writer))
        nodes_check_left(place);
    return NULL;
}

static void ended(struct node *node, bool died)
{
    struct place *place = node->own;
    struct simulation *simulation = place->simulation;
    trace(simulation, "node %d %s", node->number, died ? "died" : "ended");
    broker_node_ended(node, died);
    place->node = NULL;
    place->writer = NULL;
    place->readers = NULL;
    place->own = NULL;
    place->stopping = false;
    place->start_at = world->now + dice_between(&world->dice, 10000, 8000000);
}

static void start(struct place *place)
{
    struct simulation *simulation = place->simulation;
    trace(simulation, "node %d starts as %s", place->number, place->instance);
    place->stopping = false;
    place->node = node_start(place->number, place, place->run, place, ended);
}

static void keep_place(struct place *place)
{
    if (place->node == NULL && place->wanted && place->start_at <= world->now)
        start(place);
    if (place->node != NULL && !place->wanted && !place->stopping) {
        place->stopping = true;
        world_wake(place);
    }
}

static void keep(void *context)
{
    struct simulation *simulation = context;
    simulation->keeper.at = world->now + AWAKE_US;
    for (size_t i = 0; i < PLACES; i++)
        keep_place(&simulation->places[i]);
    for (size_t i = 0; i < SENDERS; i++)
        keep_place(&simulation->senders[i]);
    keep_place(&simulation->facade);
    keep_place(&simulation->viewer);
}

void nodes_open(struct simulation *simulation)
{
    size_t n = 1 + dice_below(&world->dice, 3);
    for (size_t i = 0; i < PLACES; i++) {
        struct place *place = &simulation->places[i];
        *place = (struct place){
            .simulation = simulation, .number = (int)i, .run = run_writer, .wanted = i < n};
        (void)snprintf(place->instance, sizeof place->instance, "host-%zu:8080", i);
    }
    for (size_t i = 0; i < SENDERS; i++) {
        struct place *place = &simulation->senders[i];
        *place = (struct place){.simulation = simulation,
                                .number = (int)(PLACES + i),
                                .run = sender_run,
                                .wanted = simulation->faults.on[FAULT_MAIL]};
        (void)snprintf(place->instance, sizeof place->instance, "sender-%zu", i);
    }
    simulation->viewer = (struct place){.simulation = simulation,
                                        .number = PLACES + SENDERS + 1,
                                        .run = viewer_run,
                                        .instance = "viewer",
                                        .wanted = simulation->faults.on[FAULT_VIEW]};
    simulation->facade = (struct place){.simulation = simulation,
                                        .number = PLACES + SENDERS,
                                        .run = facade_run,
                                        .instance = "facade",
                                        .wanted = simulation->faults.on[FAULT_FACADE]};
    simulation->keeper = (struct actor){.at = 0, .act = keep, .context = simulation};
    world_add_actor(&simulation->keeper);
}

void nodes_stop_all(struct simulation *simulation)
{
    for (size_t i = 0; i < PLACES; i++)
        simulation->places[i].wanted = false;
    for (size_t i = 0; i < SENDERS; i++)
        simulation->senders[i].wanted = false;
    simulation->facade.wanted = false;
    simulation->viewer.wanted = false;
}

bool nodes_are_gone(const struct simulation *simulation)
{
    for (size_t i = 0; i < PLACES; i++)
        if (simulation->places[i].node != NULL)
            return false;
    for (size_t i = 0; i < SENDERS; i++)
        if (simulation->senders[i].node != NULL)
            return false;
    return simulation->facade.node == NULL && simulation->viewer.node == NULL;
}
