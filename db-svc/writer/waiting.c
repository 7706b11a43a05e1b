#include "db-svc/writer/writer_state.h"

#include "libshared/base/log.h"

void writer_poll_idle(struct writer *writer)
{
    struct bus_message message;
    if (bus_consumer_poll(writer->consumer, AWAY_MS, &message) == 1)
        bus_message_free(&message); /* fetched before; it is read again */
    publisher_poll(writer->publisher, 0);
}

static bool still_ours(const struct writer *writer, uint64_t generation)
{
    return !writer_stopping(writer) && generation == writer->ownership.generation;
}

void writer_wait_for_store(struct writer *writer)
{
    const uint64_t generation = writer->ownership.generation;
    atomic_fetch_add(&writer->counts.waits, 1);
    atomic_store(&writer->unready, "the database is away");
    log_warning("writer.database_away", LOG_STR("reason", store_error(writer->store)));
    int r = bus_consumer_assign(writer->consumer, NULL, 0);
    if (r < 0)
        log_debug("writer.not_at_rest", LOG_ERRNO(r));
    do
        writer_poll_idle(writer);
    while (still_ours(writer, generation) && store_ping(writer->store) < 0);
    if (!still_ours(writer, generation))
        return;
    ownership_reread(&writer->ownership);
    log_info("writer.database_back");
}
