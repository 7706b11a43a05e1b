#include "db-svc/writer/writer_state.h"

#include "libshared/base/log.h"

static void pause_all(struct writer *writer, bool paused)
{
    const struct ownership *o = &writer->ownership;
    int r = paused ? bus_consumer_pause(writer->consumer, o->assigned, o->n_assigned)
                   : bus_consumer_resume(writer->consumer, o->assigned, o->n_assigned);
    if (r < 0)
        log_debug("writer.pause_failed", LOG_ERRNO(r));
}

/* Keeps the membership alive without taking in more. */
void writer_poll_paused(struct writer *writer)
{
    struct bus_message message;
    int r = bus_consumer_poll(writer->consumer, AWAY_MS, &message);
    if (r == 1 && writer->n_carried < BATCH_MESSAGES)
        bus_message_take(&message, &writer->carried[writer->n_carried++]);
    else if (r == 1) {
        bus_message_free(&message);
        ownership_reread(&writer->ownership);
    }
    publisher_poll(writer->publisher, 0);
}

/* True once the database is back and the partitions are still ours. */
bool writer_wait_for_store(struct writer *writer)
{
    uint64_t generation = writer->ownership.generation;
    atomic_fetch_add(&writer->counts.waits, 1);
    atomic_store(&writer->unready, "the database is away");
    log_warning("writer.database_away", LOG_STR("reason", store_error(writer->store)));
    pause_all(writer, true);
    bool back = false;
    while (!back && !writer_stopping(writer) && generation == writer->ownership.generation) {
        writer_poll_paused(writer);
        back = store_ping(writer->store) == 0;
    }
    if (!back || generation != writer->ownership.generation)
        return false;
    pause_all(writer, false);
    atomic_store(&writer->unready, NULL);
    log_info("writer.database_back");
    return true;
}
