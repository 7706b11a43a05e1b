/* command_queue: commands that were read and wait for their batch.
 *
 * A buyer waits for an answer; a hundred thousand e-mails do not. So the commands of notifications
 * give way: while others come, few are taken at once and they have a third of the time. Within a
 * topic the order stays. Times are of a monotonic clock, in us. Pure; one thread. */
#pragma once

#include "libshared/kafka/bus.h"

struct command_queue;

struct command_queue *command_queue_new(const void *arena);
/* Frees what waits: all of it, or what is of one partition number. */
void command_queue_clear(struct command_queue *queue);
void command_queue_drop(struct command_queue *queue, int32_t partition);
/* Whether there is room for another message. */
bool command_queue_has_room(const struct command_queue *queue);
/* Takes the message. */
void command_queue_put(struct command_queue *queue, struct bus_message *message_take);
bool command_queue_empty(const struct command_queue *queue);
/* How long there is nothing to take, if nothing comes; INT64_MAX: until something does. */
int64_t command_queue_wait_us(const struct command_queue *queue, int64_t now_us);
/* Gives the messages of a batch to `ret_messages`, to be freed: at most `most`, and all together no
 * more bytes and changed records than a batch may have, unless the first alone has more. Returns
 * how many. The batch counts as done when the next is taken. */
size_t command_queue_take(struct command_queue *queue, int64_t now_us,
                          struct bus_message *ret_messages, size_t most);
