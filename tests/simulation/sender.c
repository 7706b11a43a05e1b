/* A process of notify-svc: what sends, without its HTTP. */
#include "tests/simulation/simulation.h"

#include <inttypes.h>

#include "libshared/base/mem.h"
#include "libshared/service/health.h"
#include "libshared/service/metrics.h"
#include "notify-svc/deliver.h"
#include "tests/simulation/service/loop.h"

#define PASS_US 20000 /* a signal comes with this delay */
#define PORT 8083
#define PENDING 4096
#define TIMEOUT_MS 5000

/* `instance` is of this process alone. */
static int open_replies(const struct service_context *context, const char *instance,
                        struct replies **ret_replies)
{
    static const char *const warm[] = {"notifications.commands"};
    return replies_open(&(struct replies_config){.bus = context->bus,
                                                 .topic = "notify-svc.replies",
                                                 .source = "/rest/anonymous",
                                                 .instance = instance,
                                                 .max_pending = PENDING,
                                                 .timeout_ms = TIMEOUT_MS,
                                                 .warm = warm,
                                                 .n_warm = 1},
                        ret_replies);
}

static void pass(struct service_context *context)
{
    const struct clock_time now = clock_read();
    replies_run(context->replies, now.monotonic_ms);
    loop_pass(context->loop, &now);
}

void *sender_run(void *argument)
{
    struct place *place = argument;
    struct simulation *simulation = place->simulation;
    void *arena = mem_arena(NULL, 0);
    const char *instance = mem_printf(arena, "sender-%" PRIu64, place->node->serial);
    struct settings settings = simulation->settings;
    settings.port = PORT + place->number;
    struct service_context context = {
        .arena = arena,
        .settings = &settings,
        .bus = {.brokers = "simulated", .client_id = "notify-svc"},
        .health = health_new(arena),
        .metrics = metrics_new(arena),
    };
    if (loop_open(arena, &context.loop) < 0 ||
        open_replies(&context, instance, &context.replies) < 0 || deliver_start(&context) < 0) {
        violation(simulation, "E", "a sender does not start");
        return NULL;
    }
    while (!place->stopping) {
        pass(&context);
        world_wait_for(place, world->now + PASS_US);
    }
    deliver_stop(&context);
    replies_close(context.replies);
    mem_free(arena);
    nodes_check_left(place);
    return NULL;
}
