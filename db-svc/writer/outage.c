#include "db-svc/writer/writer_state.h"

#include "libshared/base/log.h"

#define LOOK_MS 200
#define ENDS_MS 1000 /* between looks at what comes meanwhile */
#define PAUSE_MOST_MS 5000

/* One that refuses, but answers, is not asked again at once. */
bool outage_begin(struct writer *writer, int64_t now)
{
    struct outage *outage = &writer->outage;
    if (outage->lasts)
        return false;
    outage->lasts = true;
    outage->look_at = now + outage->pause_ms;
    outage->pause_ms = outage->pause_ms == 0 ? LOOK_MS : 2 * outage->pause_ms;
    if (outage->pause_ms > PAUSE_MOST_MS)
        outage->pause_ms = PAUSE_MOST_MS;
    atomic_fetch_add(&writer->counts.waits, 1);
    log_warning("writer.database_away", LOG_STR("reason", store_error(writer->store)));
    return true;
}

void outage_look(struct writer *writer, int64_t now)
{
    struct outage *outage = &writer->outage;
    if (!outage->lasts || now < outage->look_at)
        return;
    if (now >= outage->ends_at) {
        ownership_look_at_ends(&writer->ownership, writer->consumer);
        outage->ends_at = now + ENDS_MS;
    }
    outage->look_at = now + LOOK_MS;
    if (store_ping(writer->store) < 0)
        return;
    outage->lasts = false;
    log_info("writer.database_back");
}

void outage_forget(struct writer *writer)
{
    writer->outage.pause_ms = 0;
}
