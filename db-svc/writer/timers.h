/* timers: what is due becomes a command, in the topic where its event's commands are.
 *
 * The command's id is made of the record and the time it was due, so that however often it is sent,
 * it is one command. However much is due, a run sends few commands, and looks at few partitions:
 * the rest waits for the next. One thread: the writer's. */
#pragma once

#include "db-svc/store/store.h"
#include "db-svc/writer/publisher.h"

struct timers;
struct timers *timers_new(void *arena);
/* Looks for records that are due in these partitions and sends their commands; 0 or the store's
 * -errno. `now` is the wall clock's. A command that was sent some seconds ago for a record that is
 * still due is sent again. Stops after some milliseconds, so that sales go on where the database is
 * slow; the next run goes on from there. ret_more: there may be more that is due by now. */
int timers_run(struct timers *timers, struct store *store, struct publisher *publisher,
               const int32_t *partitions, size_t n, int64_t now, bool *ret_more)
    __attribute__((warn_unused_result));
