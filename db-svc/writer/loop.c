/* One turn of the writer's loop: read, take over, decide, keep house. It never waits for long. */
#include "db-svc/writer/writer_state.h"

#include <errno.h>

#include "db-svc/writer/completion.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"

#define INPUT_ROOM 1024   /* bytes: what most inputs need */
#define IDLE_MS 100       /* between looks at timers, stop and acknowledgements */
#define TIMER_MS 500      /* between looks for what is due */
#define TIMER_MORE_MS 200 /* while there is more: so that it leaves most of the time to others */
#define COMMIT_MS 200
#define COMMIT_WAIT_MS 1000 /* where it must be known before another goes on */
#define ENDS_MS 100         /* between looks at where the logs end */

/* --- Offsets --- */

void loop_commit_offsets(struct writer *writer, bool wait)
{
    struct bus_partition offsets[2 * BATCH_MESSAGES];
    size_t n = publisher_acknowledged(writer->publisher, offsets, sizeof offsets / sizeof *offsets);
    for (size_t i = 0; i < n; i++)
        ownership_note(&writer->ownership, offsets[i].partition, offsets[i].note);
    if (n > 0 && bus_consumer_commit(writer->consumer, offsets, n, wait ? COMMIT_WAIT_MS : 0) < 0)
        log_info("writer.offsets_not_committed"); /* read again, and answered from the receipts */
}

/* --- Reading --- */

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Rounded up; a time without end, too. */
static int64_t whole_ms(int64_t us)
{
    return us / 1000 + (us % 1000 > 0);
}

/* Until there is something to do. */
static int patience_ms(const struct writer *writer, const struct clock_time *now)
{
    int64_t wait = writer->backlog_busy && !writer->outage.lasts ? 0 : IDLE_MS;
    if (writer->hand.arena != NULL)
        wait = lesser(wait, writer->hand.retry_at - now->monotonic_ms);
    else if (publisher_has_room(writer->publisher))
        wait = lesser(wait, whole_ms(command_queue_wait_us(writer->queue, now->monotonic_us)));
    if (!writer->outage.lasts)
        wait = lesser(wait, ownership_next_due(&writer->ownership) - now->monotonic_ms);
    return wait > 0 ? (int)wait : 0;
}

static void note_read(struct writer *writer, const struct bus_message *message)
{
    int topic = topics_command_index(message->topic);
    struct share *share = &writer->ownership.shares[message->partition];
    if (message->offset < share->start[topic]) {
        log_warning("writer.log_shorter", LOG_STR("topic", message->topic),
                    LOG_INT("partition", message->partition), LOG_INT("known", share->start[topic]),
                    LOG_INT("offset", message->offset));
        share->start[topic] = message->offset;
    }
    if (share->answered[topic] < 0)
        share->answered[topic] = message->offset;
    meters_clock(writer->meters, message->timestamp_ms, clock_wall_ms());
}

/* Where the logs end that are read, as the broker last said. */
static void note_ends(struct writer *writer)
{
    const int64_t now = clock_monotonic_ms();
    struct ownership *ownership = &writer->ownership;
    for (int32_t p = 0; p < ownership->partitions; p++)
        for (int topic = 0; topic < TOPICS_COMMANDS && ownership_has(ownership, p); topic++)
            arrivals_saw(&ownership->shares[p].arrivals[topic], now,
                         bus_consumer_end(writer->consumer, topics_commands[topic], p));
}

/* Whether there is room for more. */
static bool take(struct writer *writer, struct bus_message *message_take,
                 const struct clock_time *now)
{
    const int32_t partition = message_take->partition;
    if (ownership_put(&writer->ownership, writer->consumer, message_take, now->monotonic_ms)) {
        const struct share *share = &writer->ownership.shares[partition];
        return !backlog_is_full(share->backlog);
    }
    note_read(writer, message_take);
    command_queue_put(writer->queue, message_take);
    return command_queue_has_room(writer->queue);
}

/* What there is no room for stays with the broker, until a batch has been taken or sent. */
static void wait_for_room(struct writer *writer, int wait_ms)
{
    bus_consumer_serve(writer->consumer);
    publisher_poll(writer->publisher, wait_ms);
}

/* Waits for something to do, then reads what is there. */
static void fill(struct writer *writer, const struct clock_time *now)
{
    struct bus_message message;
    int wait_ms = patience_ms(writer, now);
    bool any = false, more = command_queue_has_room(writer->queue);
    if (!more)
        wait_for_room(writer, wait_ms);
    while (more && bus_consumer_poll(writer->consumer, wait_ms, &message) == 1) {
        any = true;
        wait_ms = 0;
        more = take(writer, &message, now);
    }
    if (any || now->monotonic_ms >= writer->ends_at) {
        writer->ends_at = now->monotonic_ms + ENDS_MS;
        note_ends(writer);
        waiting_measure(writer, now->monotonic_ms);
    }
}

/* --- Deciding --- */

static void date(const struct writer *writer, int64_t now, struct input *input)
{
    const struct bus_message *message = &input->message;
    const struct share *share = &writer->ownership.shares[message->partition];
    const int topic = topics_command_index(message->topic);
    input->written_at = now - arrivals_age_ms(&share->arrivals[topic], now, message->offset);
}

static void collect(struct writer *writer, const struct clock_time *now)
{
    struct bus_message messages[BATCH_MESSAGES];
    size_t n = command_queue_take(writer->queue, now->monotonic_us, messages, BATCH_MESSAGES);
    if (n == 0)
        return;
    void *arena = mem_arena(NULL, n * INPUT_ROOM);
    writer->hand = (struct batch_at_hand){
        .arena = arena, .inputs = mem_array(arena, struct input, n), .n = n, .width = n};
    for (size_t i = 0; i < n; i++) {
        struct input *input = &writer->hand.inputs[i];
        input_read(arena, &messages[i], writer->ownership.partitions, input);
        date(writer, now->monotonic_ms, input);
        traces_begin(writer, input, now);
    }
}

static void work(struct writer *writer, const struct clock_time *now)
{
    if (writer->hand.arena == NULL && publisher_has_room(writer->publisher))
        collect(writer, now);
    if (writer->hand.arena != NULL && writer->hand.retry_at <= now->monotonic_ms)
        attempt_run(writer, now);
}

/* --- Taking over --- */

static void take_over(struct writer *writer, const struct clock_time *now)
{
    if (ownership_next_due(&writer->ownership) > now->monotonic_ms)
        return;
    int r = ownership_take(&writer->ownership, writer->store, writer->consumer, now->monotonic_ms,
                           now->wall_ms);
    if (r == -EHOSTUNREACH)
        attempt_wait_for_database(writer, now->monotonic_ms);
    else if (r < 0)
        log_info("writer.take_over_failed", LOG_ERRNO(r),
                 LOG_STR("reason",
                         r == -ESTALE ? "Kafka is another cluster" : store_error(writer->store)));
    else if (writer->completion == NULL && writer->ownership.joined)
        writer->completion = completion_start(writer->settings);
}

static void publish_backlogs(struct writer *writer, const struct clock_time *now)
{
    int r = ownership_publish_backlogs(&writer->ownership, writer->store, writer->consumer,
                                       writer->publisher, now->monotonic_ms, &writer->backlog_busy);
    if (r == -EHOSTUNREACH)
        attempt_wait_for_database(writer, now->monotonic_ms);
    else if (r < 0)
        log_info("writer.backlog_failed", LOG_ERRNO(r));
}

/* --- Housekeeping --- */

/* Also notices a database that went away, or was set back, while nothing was to be written. */
static void run_timers(struct writer *writer, const struct clock_time *now)
{
    struct ownership *ownership = &writer->ownership;
    if (now->monotonic_ms < writer->timers_at || writer->outage.lasts)
        return;
    _cleanup_(mem_freep) int32_t *partitions =
        mem_array(writer->arena, int32_t, ownership->partitions);
    _cleanup_(mem_freep) struct fence *fences =
        mem_array(writer->arena, struct fence, ownership->partitions);
    size_t n = ownership_list(ownership, partitions);
    bool more = false;
    int32_t stale = -1;
    for (size_t i = 0; i < n; i++)
        fences[i] = ownership->fences[partitions[i]];
    enum store_outcome outcome =
        store_fences_check(writer->store, ownership->cluster, ownership->owner, fences, n, &stale);
    if (outcome == STORE_FENCED || outcome == STORE_SET_BACK)
        attempt_let_go(writer, stale, outcome, now->monotonic_ms);
    else if (outcome == STORE_AWAY ||
             timers_run(writer->timers, writer->store, writer->publisher, partitions, n,
                        now->wall_ms, &more) == -EHOSTUNREACH)
        attempt_wait_for_database(writer, now->monotonic_ms);
    writer->timers_at = now->monotonic_ms + (more ? TIMER_MORE_MS : TIMER_MS);
}

/* Messages that were given up have to be read again, and published again from the receipts. */
static void mend_publisher(struct writer *writer, int64_t now)
{
    if (!publisher_failed(writer->publisher)) {
        return;
    }
    publisher_forget(writer->publisher);
    attempt_drop(writer, -1);
    command_queue_clear(writer->queue);
    ownership_release_all(&writer->ownership, writer->consumer,
                          retry_plan(&writer->republish, now));
}

static void keep_house(struct writer *writer, const struct clock_time *now)
{
    publisher_poll(writer->publisher, 0);
    mend_publisher(writer, now->monotonic_ms);
    if (now->monotonic_ms >= writer->commit_at) {
        writer->commit_at = now->monotonic_ms + COMMIT_MS;
        loop_commit_offsets(writer, false);
    }
    run_timers(writer, now);
}

static const char *unready(const struct writer *writer)
{
    return writer->outage.lasts        ? "the database is away"
           : !writer->ownership.joined ? "joining the group"
           : writer->ownership.failing ? "taking partitions over"
                                       : NULL;
}

void loop_run_once(struct writer *writer)
{
    struct clock_time now = clock_read();
    writer->turned_at = now.monotonic_ms;
    fill(writer, &now);
    now = clock_read();
    keep_house(writer, &now);
    outage_look(writer, now.monotonic_ms);
    if (!writer->outage.lasts) {
        take_over(writer, &now);
        publish_backlogs(writer, &now);
        work(writer, &now);
    }
    atomic_store(&writer->counts.database, store_commands(writer->store));
    atomic_store(&writer->unready, unready(writer));
}
