/* crowd: what the files of the clients share.
 *
 * send <- asks <- learn, crowd. */
#pragma once

#include "tests/simulation/simulation.h"

#define EVENTS_MOST 12
#define TYPES_MOST 48

static inline uint64_t crowd_below(struct simulation *simulation, uint64_t n)
{
    return dice_below(&simulation->dice, n);
}

/* True n times in a hundred. */
static inline bool crowd_percent(struct simulation *simulation, uint32_t n)
{
    return dice_chance(&simulation->dice, n * 10000);
}

static inline uint32_t crowd_number(const struct simulation *simulation, const struct ask *ask)
{
    return (uint32_t)(ask - simulation->history.asks);
}

/* --- crowd_send.c --- */

/* False: Kafka is not there. */
bool crowd_send(struct simulation *simulation, struct ask *ask);
/* Sends a message that may be anything; nothing is known of what becomes of it. */
void crowd_send_junk(struct simulation *simulation);

/* --- crowd_asks.c: each adds an ask to the history --- */

void crowd_ask(struct simulation *simulation);
void crowd_ask_register(struct simulation *simulation, int32_t event);
void crowd_ask_publish(struct simulation *simulation, int32_t event);
