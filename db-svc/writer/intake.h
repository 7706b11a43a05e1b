/* intake: what was read of the command topics and waits for its turn in a batch.
 *
 * Who buys waits for an answer; a hundred thousand e-mails do not. So the notifications' commands
 * give way: a batch with others takes about as much of them as of those, one without takes little
 * enough that a sale which comes meanwhile is not kept waiting. Within a topic the order stays.
 * Pure; one thread. */
#pragma once

#include "libshared/kafka/bus.h"

struct intake;

struct intake *intake_new(const void *arena);
/* Frees what waits. */
void intake_clear(struct intake *intake);
/* Whether there is room for another message. */
bool intake_has_room(const struct intake *intake);
/* Takes the message. */
void intake_put(struct intake *intake, struct bus_message *message_take);
bool intake_empty(const struct intake *intake);
/* Gives the messages of a batch to `ret_messages`, to be freed: at most `most`, and all together no
 * more bytes and changed records than a batch may have, unless the first alone has more. Returns
 * how many. */
size_t intake_take(struct intake *intake, struct bus_message *ret_messages, size_t most);
