/* The clients: when they ask, how, and again until they are told. */
#include "tests/simulation/crowd.h"

#include <stdlib.h>
#include <string.h>

#define RETRY_US 7000000
#define SENDS_MOST 40

struct ask *crowd_find(struct simulation *simulation, const void *correlation, size_t size)
{
    char text[16] = "";
    if (size == 0 || size >= sizeof text || correlation == NULL)
        return NULL;
    memcpy(text, correlation, size);
    size_t number = strtoul(text, NULL, 10);
    return number < simulation->history.n ? &simulation->history.asks[number] : NULL;
}

static void vary(struct simulation *simulation, struct ask *ask)
{
    const bool *on = simulation->faults.on;
    if (simulation->phase != PHASE_RUN)
        return;
    ask->misplaced = on[FAULT_MISPLACED] && crowd_percent(simulation, 10);
    ask->has_id = !crowd_percent(simulation, 5);
    if (ask->kind == ASK_EVENT || ask->kind == ASK_PUBLISH || ask->kind == ASK_TYPE)
        ask->has_id = true; /* all else is built upon them */
    if (crowd_percent(simulation, 20))
        ask->timeout_ms = crowd_percent(simulation, 50) ? -1 : 1000;
}

/* To the facade; false: not this one. */
static bool hand(struct simulation *simulation, struct ask *ask)
{
    struct desk *desk = &simulation->desk;
    if (!simulation->faults.on[FAULT_FACADE] || simulation->facade.node == NULL ||
        simulation->facade.stopping || !ask->answers || !ask->has_id || ask->misplaced ||
        desk->n == DESK_ROOM || !crowd_percent(simulation, 40))
        return false;
    desk->asks[desk->n++] = crowd_number(simulation, ask);
    ask->timeout_ms = FACADE_MS;
    ask->first_at = ask->sent_at = world->now;
    ask->sends = 1;
    return true;
}

/* Another command under the id of the one before. */
static void reuse(struct simulation *simulation, size_t first)
{
    struct history *history = &simulation->history;
    const struct ask *ask = &history->asks[first];
    if (ask->kind != ASK_PLACE || !ask->has_id || history->n != first + 1)
        return;
    crowd_ask_register(simulation, ask->event);
    struct ask *again = &history->asks[history->n - 1];
    again->reuses = true;
    again->timeout_ms = -1;
    (void)crowd_send(simulation, again);
}

static void ask_one(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    size_t first = history->n;
    crowd_ask(simulation);
    struct ask *ask = &history->asks[first];
    vary(simulation, ask);
    if (hand(simulation, ask))
        return;
    if (!crowd_send(simulation, ask))
        return;
    if (simulation->faults.on[FAULT_REPEATED] && ask->has_id && crowd_percent(simulation, 8))
        (void)crowd_send(simulation, ask);
    if (crowd_percent(simulation, 1))
        reuse(simulation, first);
    if (simulation->faults.on[FAULT_JUNK] && crowd_percent(simulation, 4))
        crowd_send_junk(simulation);
}

static bool wants_again(const struct ask *ask)
{
    if (ask->status != 0 || !ask->answers || ask->lost || ask->undone)
        return false;
    if (ask->sends == 0)
        return true;
    return ask->has_id && world->now - ask->sent_at > RETRY_US && ask->sends < SENDS_MOST;
}

static void ask_again(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    for (size_t i = 0; i < history->n; i++)
        if (wants_again(&history->asks[i]) && !crowd_send(simulation, &history->asks[i]))
            return;
}

static bool is_ready(const struct simulation *simulation)
{
    return broker_topic("payments.events") != NULL && !broker_is_away() &&
           simulation->sent < simulation->options.commands;
}

static void act(void *context)
{
    struct simulation *simulation = context;
    size_t burst = 1 + crowd_below(simulation, crowd_percent(simulation, 30) ? 300 : 60);
    if (simulation->history.n_events == 0)
        burst = 3;
    for (size_t i = 0; i < burst && is_ready(simulation); i++)
        ask_one(simulation);
    if (crowd_percent(simulation, 25) || simulation->phase != PHASE_RUN)
        ask_again(simulation);
    simulation->crowd.at = world->now + (crowd_percent(simulation, 70)
                                             ? dice_between(&simulation->dice, 2000, 100000)
                                             : dice_between(&simulation->dice, 100000, 3000000));
}

void crowd_open(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    simulation->dice = (struct dice){simulation->options.seed * 7919 + 1};
    simulation->crowd = (struct actor){.at = 0, .act = act, .context = simulation};
    history->events = calloc(EVENTS_MOST * 4, sizeof *history->events);
    history->types = calloc(TYPES_MOST * 4, sizeof *history->types);
    world_add_actor(&simulation->crowd);
}

void crowd_close(struct simulation *simulation)
{
    struct history *history = &simulation->history;
    for (size_t i = 0; i < history->n; i++) {
        free(history->asks[i].body);
        free(history->asks[i].key);
    }
    free(history->asks);
    free(history->events);
    free(history->types);
    free(history->orders);
    free(history->attendees);
}
