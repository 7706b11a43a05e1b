#include "notify-svc/offers.h"

#include <errno.h>

#include "libshared/contract/topic.h"
#include "libshared/base/log.h"
#include "libshared/base/mem.h"
#include "libshared/kafka/consumer.h"
#include "notify-svc/offsets.h"

#define TOPIC topic_name(MODULE_NOTIFICATIONS, TOPIC_DELIVERIES)
#define GROUP "notify-svc"
#define COMMIT_MS 100
#define LAST_COMMIT_MS 1000 /* before another goes on, or nobody does */
#define IDLE_MS 1000        /* polled this often without a signal */
#define FULL_MS 1000 /* without room for longer: nothing is read, so that polling can go on */
#define AHEAD_BYTES (256 * 1024) /* they may be a great many */
#define CLOSE_MS 1000
#define QUESTION_MS 50 /* the loop stands still for it */
#define BEGIN_MS 250   /* between questions */

struct partition {
    int32_t number;
    int64_t next; /* to be taken; -1: what the group committed is not known yet */
    struct offsets *offsets;
};

struct offers {
    struct offers_config config;
    struct bus_consumer *consumer; /* NULL once it is beyond repair */
    unsigned assignment;           /* counts them */
    struct partition *partitions;
    size_t n;
    bool resting, ended; /* `ended`: something has since the last commit */
    bool to_begin;       /* what is assigned is not read yet */
    int64_t room_ms, commit_ms, begin_ms;
};

static struct bus_partition *list_of(const struct offers *offers)
{
    struct bus_partition *list = mem_array(NULL, struct bus_partition, offers->n);
    for (size_t i = 0; i < offers->n; i++)
        list[i] = (struct bus_partition){.topic = TOPIC, .partition = offers->partitions[i].number};
    return list;
}

static void commit(struct offers *offers, int timeout_ms)
{
    _cleanup_(mem_freep) struct bus_partition *list = list_of(offers);
    size_t n = 0;
    for (size_t i = 0; i < offers->n; i++) {
        list[n].partition = offers->partitions[i].number;
        if (offsets_advanced(offers->partitions[i].offsets, &list[n].offset))
            n++;
    }
    offers->ended = false;
    if (n == 0)
        return;
    int r = bus_consumer_commit(offers->consumer, list, n, timeout_ms);
    if (r < 0)
        log_warning("offers.commit", LOG_ERRNO(r));
}

static void assigned(void *context, const struct bus_partition *partitions, size_t n)
{
    struct offers *offers = context;
    offers->assignment++;
    offers->partitions = mem_array(offers, struct partition, n);
    offers->n = n;
    for (size_t i = 0; i < n; i++) {
        offers->partitions[i].number = partitions[i].partition;
        offers->partitions[i].next = -1;
        offers->partitions[i].offsets = offsets_new(offers->partitions);
    }
    offers->to_begin = n > 0;
    log_info("offers.assigned", LOG_INT("partitions", n));
}

static void read_on(struct offers *offers)
{
    for (size_t i = 0; i < offers->n; i++) {
        const struct partition *partition = &offers->partitions[i];
        int r = bus_consumer_read(offers->consumer, TOPIC, partition->number, partition->next);
        if (r < 0)
            log_warning("offers.read", LOG_INT("partition", partition->number), LOG_ERRNO(r));
    }
}

static void rest(struct offers *offers)
{
    for (size_t i = 0; i < offers->n; i++)
        bus_consumer_rest(offers->consumer, TOPIC, offers->partitions[i].number);
}

/* Where the group left off; a broker that does not answer at once is asked again. */
static void begin(struct offers *offers, const struct clock_time *now)
{
    if (!offers->to_begin || now->monotonic_ms < offers->begin_ms)
        return;
    offers->begin_ms = now->monotonic_ms + BEGIN_MS;
    _cleanup_(mem_freep) struct bus_partition *list = list_of(offers);
    if (bus_consumer_committed(offers->consumer, list, offers->n, QUESTION_MS) < 0)
        return;
    for (size_t i = 0; i < offers->n; i++)
        offers->partitions[i].next = list[i].offset >= 0 ? list[i].offset : BUS_BEGINNING;
    offers->to_begin = false;
    if (!offers->resting)
        read_on(offers);
}

static void revoked(void *context, const struct bus_partition *partitions, size_t n, bool lost)
{
    (void)partitions;
    (void)n;
    struct offers *offers = context;
    if (!lost)
        commit(offers, LAST_COMMIT_MS);
    offers->assignment++;
    mem_free(offers->partitions);
    offers->partitions = NULL;
    offers->n = 0;
    offers->to_begin = false;
    offers->config.revoked(offers->config.context);
}

int offers_open(const void *arena, const struct offers_config *config, struct offers **ret_offers)
{
    const char *const names[] = {TOPIC};
    struct offers *offers = mem_new(arena, struct offers);
    offers->config = *config;
    struct bus_consumer_config consumer = {
        .group = GROUP,
        .instance_id = config->instance,
        .topics = names,
        .n_topics = 1,
        .ahead_bytes = AHEAD_BYTES,
        .context = offers,
        .assigned = assigned,
        .revoked = revoked,
    };
    int r = bus_consumer_open(&config->bus, &consumer, &offers->consumer);
    if (r < 0) {
        mem_free(offers);
        return r;
    }
    bus_consumer_signal(offers->consumer, config->fd);
    *ret_offers = offers;
    return 0;
}

void offers_close(struct offers *offers)
{
    if (offers == NULL)
        return;
    bus_consumer_close(offers->consumer, CLOSE_MS);
    mem_free(offers);
}

static struct partition *find(const struct offers *offers, int32_t number)
{
    for (size_t i = 0; i < offers->n; i++)
        if (offers->partitions[i].number == number)
            return &offers->partitions[i];
    return NULL;
}

static bool take(struct offers *offers, const struct bus_message *message)
{
    struct offer offer = {message->partition, message->offset, offers->assignment};
    struct partition *partition = find(offers, offer.partition);
    if (partition != NULL) {
        offsets_begin(partition->offsets, offer.offset);
        partition->next = offer.offset + 1;
    }
    return offers->config.take(offers->config.context, &offer, message);
}

static void give_up(struct offers *offers)
{
    log_error("offers.fenced", LOG_STR("instance", offers->config.instance));
    bus_consumer_close(offers->consumer, CLOSE_MS);
    offers->consumer = NULL;
}

static void poll_consumer(struct offers *offers, bool room)
{
    int r = 1;
    while (r > 0 && room) {
        struct bus_message message;
        r = bus_consumer_poll(offers->consumer, 0, &message);
        if (r > 0) {
            room = take(offers, &message);
            bus_message_free(&message);
        }
    }
    if (r == -ESHUTDOWN)
        give_up(offers);
}

/* A consumer that is not polled loses its partitions after some minutes. */
static void hold_back(struct offers *offers, bool room, const struct clock_time *now)
{
    if (room)
        offers->room_ms = now->monotonic_ms;
    bool full = now->monotonic_ms - offers->room_ms > FULL_MS;
    if (full == offers->resting || offers->n == 0)
        return;
    offers->resting = full;
    if (full)
        rest(offers);
    else if (!offers->to_begin)
        read_on(offers);
}

int64_t offers_run(struct offers *offers, bool room, const struct clock_time *now)
{
    if (offers->consumer == NULL)
        return IDLE_MS;
    hold_back(offers, room, now);
    begin(offers, now);
    poll_consumer(offers, room || offers->resting);
    if (offers->consumer == NULL || !offers->ended)
        return IDLE_MS;
    if (now->monotonic_ms - offers->commit_ms < COMMIT_MS)
        return COMMIT_MS;
    offers->commit_ms = now->monotonic_ms;
    commit(offers, 0);
    return IDLE_MS;
}

void offers_end(struct offers *offers, const struct offer *offer)
{
    struct partition *partition = find(offers, offer->partition);
    if (partition == NULL || offer->assignment != offers->assignment)
        return;
    offsets_end(partition->offsets, offer->offset);
    offers->ended = true;
}

const char *offers_unready(const struct offers *offers)
{
    if (offers->consumer == NULL)
        return "Another process of the same name has taken its place.";
    return bus_consumer_joined(offers->consumer) ? NULL : "It has not joined its group yet.";
}
