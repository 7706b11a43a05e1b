/* What tickets-svc shows of availability, without its HTTP: every event of the clients is watched.
 */
#include "tests/simulation/simulation.h"

#include <inttypes.h>
#include <stdio.h>

#include "libshared/base/mem.h"
#include "libshared/kafka/replies.h"
#include "tests/simulation/service/loop.h"
#include "tickets-svc/fact_follower.h"

#define PASS_US 10000 /* a signal comes with this delay */
#define PENDING 300
#define WATCH_US 200000 /* between readings of all events */

struct viewer {
    struct loop *loop;
    struct replies *replies;
    struct availability_table *table;
    struct fact_follower *follower;
    int64_t watch_at;
};

static void changed(void *context, const char *event_id)
{
    (void)context;
    (void)event_id;
}

static void asked(void *context, enum question_outcome outcome)
{
    (void)context;
    (void)outcome;
}

static int open_viewer(const void *arena, const char *instance, struct viewer *viewer)
{
    static const char *const warm[] = {"tickets.queries"};
    const struct bus_config bus = {.brokers = "simulated", .client_id = "tickets-svc"};
    const struct replies_config replies = {.bus = bus,
                                           .topic = FACADE_REPLIES,
                                           .source = "/rest/anonymous",
                                           .instance = instance,
                                           .max_pending = PENDING,
                                           .timeout_ms = FACADE_MS,
                                           .warm = warm,
                                           .n_warm = 1};
    *viewer = (struct viewer){.table = availability_new(arena, changed, NULL)};
    int r = loop_open(arena, &viewer->loop);
    if (r == 0)
        r = replies_open(&replies, &viewer->replies);
    if (r == 0)
        r = fact_follower_open(arena,
                               &(struct fact_follower_config){.bus = bus,
                                                              .loop = viewer->loop,
                                                              .replies = viewer->replies,
                                                              .table = viewer->table},
                               &viewer->follower);
    return r;
}

/* Who looks has it asked about anew each half minute. In the end facts alone must have brought what
 * is known, unless a part of them is lost. */
static bool looks(const struct simulation *simulation)
{
    const bool *on = simulation->faults.on;
    return simulation->phase == PHASE_RUN || on[FAULT_RECREATED] || on[FAULT_SET_BACK];
}

static void watch(struct simulation *simulation, struct viewer *viewer)
{
    const struct history *history = &simulation->history;
    if (world->now < viewer->watch_at)
        return;
    viewer->watch_at = world->now + WATCH_US;
    for (size_t i = 0; i < history->n_events; i++) {
        const char *event_id = history->events[i].id;
        bool known = availability_known(viewer->table, event_id, NULL);
        if (known && looks(simulation))
            fact_follower_read(viewer->follower, event_id);
        else if (!known && !availability_asked(viewer->table, event_id))
            fact_follower_ask(viewer->follower, event_id, asked, NULL);
    }
}

static void pass(struct simulation *simulation, struct viewer *viewer)
{
    const struct clock_time now = clock_read();
    replies_run(viewer->replies, now.monotonic_ms);
    loop_pass(viewer->loop, &now);
    watch(simulation, viewer);
}

const char *viewer_text(const struct place *place, const void *arena, const char *event_id)
{
    const struct viewer *viewer = place->own;
    char tag[AVAILABILITY_TAG_SIZE];
    return viewer != NULL && fact_follower_unready(viewer->follower) == NULL
               ? availability_text(viewer->table, arena, event_id, NULL, 0, 0, tag)
               : NULL;
}

void *viewer_run(void *argument)
{
    struct place *place = argument;
    struct simulation *simulation = place->simulation;
    void *arena = mem_arena(NULL, 0);
    struct viewer viewer;
    const char *instance = mem_printf(arena, "viewer-%" PRIu64, place->node->serial);
    if (open_viewer(arena, instance, &viewer) < 0) {
        violation(simulation, "E", "a viewer does not start");
        return NULL;
    }
    place->own = &viewer;
    while (!place->stopping) {
        pass(simulation, &viewer);
        world_wait_for(place, world->now + PASS_US);
    }
    place->own = NULL;
    replies_close(viewer.replies);
    fact_follower_close(viewer.follower);
    mem_free(arena);
    nodes_check_left(place);
    return NULL;
}
