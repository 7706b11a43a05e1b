#include "db-svc/dead_letters/letter_log.h"

#include <errno.h>
#include <string.h>

#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "libshared/contract/topic.h"
#include "libshared/kafka/reader.h"

#define AHEAD_BYTES (4 * 1024 * 1024)
#define QUESTION_MS 2000
#define POLL_MS 100
#define WALK_MS 1000   /* a page ends then */
#define SILENT_MS 4000 /* Kafka is away */

struct letter_log {
    struct bus_reader *reader;
    int32_t partitions; /* of each topic */
};

/* The letters of a partition that there are. */
struct span {
    struct letter_place at; /* the next to be read */
    int64_t end;
};

int letter_log_open(const struct bus_config *bus, int32_t partitions, struct letter_log **ret_log)
{
    struct letter_log *log = mem_new(NULL, struct letter_log);
    log->partitions = partitions;
    int r = bus_reader_open(bus, AHEAD_BYTES, &log->reader);
    if (r == 0)
        *ret_log = log;
    else
        mem_free(log);
    return r;
}

void letter_log_close(struct letter_log *log)
{
    if (log == NULL)
        return;
    bus_reader_close(log->reader);
    mem_free(log);
}

/* --- Where letters are --- */

static bool is_of(const struct topic *topic, const char *name)
{
    return topic->kind == TOPIC_DEAD_LETTERS && (name == NULL || strcmp(topic->name, name) == 0);
}

bool letter_log_has(const struct letter_log *log, const struct letter_place *place)
{
    for (size_t i = 0; i < all_topics_n; i++)
        if (is_of(&all_topics[i], place->topic))
            return place->partition >= 0 && place->partition < log->partitions;
    return false;
}

static int edges(struct letter_log *log, const struct bus_partition *asked, size_t n,
                 struct bus_partition *begins, struct bus_partition *ends)
{
    memcpy(begins, asked, n * sizeof *asked);
    memcpy(ends, asked, n * sizeof *asked);
    int r = bus_reader_begins(log->reader, begins, n, QUESTION_MS);
    return r < 0 ? r : bus_reader_ends(log->reader, ends, n, QUESTION_MS);
}

/* One for each partition of the topics, in their order; in `arena`. */
static int find_spans(struct letter_log *log, void *arena, const char *topic,
                      struct span **ret_spans, size_t *ret_n)
{
    const size_t most = all_topics_n * (size_t)log->partitions;
    struct bus_partition *asked = mem_array(arena, struct bus_partition, most),
                         *begins = mem_array(arena, struct bus_partition, most),
                         *ends = mem_array(arena, struct bus_partition, most);
    size_t n = 0;
    for (size_t i = 0; i < all_topics_n; i++)
        for (int32_t p = 0; is_of(&all_topics[i], topic) && p < log->partitions; p++)
            asked[n++] = (struct bus_partition){.topic = all_topics[i].name, .partition = p};
    int r = edges(log, asked, n, begins, ends);
    if (r < 0)
        return r;
    *ret_spans = mem_array(arena, struct span, n);
    for (size_t i = 0; i < n; i++)
        (*ret_spans)[i] =
            (struct span){{asked[i].topic, asked[i].partition, begins[i].offset}, ends[i].offset};
    *ret_n = n;
    return 0;
}

static bool is_place(const struct span *span, const struct letter_place *place)
{
    return strcmp(span->at.topic, place->topic) == 0 && span->at.partition == place->partition;
}

/* The span to begin with; what lies before `from` in it is passed over. n: none. */
static size_t begin_with(struct span *spans, size_t n, const struct letter_place *from)
{
    size_t i = 0;
    if (from->topic == NULL)
        return 0;
    while (i < n && !is_place(&spans[i], from))
        i++;
    if (i < n && spans[i].at.offset < from->offset)
        spans[i].at.offset = from->offset;
    return i;
}

/* --- Reading --- */

struct walk {
    struct letter_log *log;
    letter_log_each *each;
    void *context;
    int64_t began;
    bool any, enough; /* letters were read; no more are wanted */
};

static int64_t passed(const struct walk *walk)
{
    return clock_monotonic_ms() - walk->began;
}

static void take(struct walk *walk, struct span *span, struct bus_message *letter)
{
    walk->any = true;
    span->at.offset = letter->offset + 1;
    if (letter->unreadable == NULL && letter->offset < span->end)
        walk->enough = !walk->each(walk->context, letter);
    bus_message_free(letter);
    walk->enough = walk->enough || passed(walk) > WALK_MS;
}

static int read_span(struct walk *walk, struct span *span)
{
    struct bus_reader *reader = walk->log->reader;
    int r = 0;
    if (span->at.offset >= span->end)
        return 0;
    r = bus_reader_start(reader, span->at.topic, span->at.partition, span->at.offset);
    while (r == 0 && !walk->enough && span->at.offset < span->end) {
        struct bus_message letter;
        if (bus_reader_poll(reader, POLL_MS, &letter) == 1)
            take(walk, span, &letter);
        else if (passed(walk) > SILENT_MS)
            r = -ETIMEDOUT;
    }
    bus_reader_stop(reader, span->at.topic, span->at.partition);
    return r;
}

int letter_log_walk(struct letter_log *log, const char *topic, const struct letter_place *from,
                    letter_log_each *each, void *context, struct letter_place *ret_next)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct span *spans;
    size_t n;
    struct walk walk = {.log = log, .each = each, .context = context};
    int r = find_spans(log, arena, topic, &spans, &n);
    if (r < 0)
        return r;
    walk.began = clock_monotonic_ms();
    size_t i = begin_with(spans, n, from);
    for (; r == 0 && i < n; i++) {
        r = read_span(&walk, &spans[i]);
        if (walk.enough || r < 0)
            break;
    }
    *ret_next = i < n ? spans[i].at : (struct letter_place){0};
    return walk.any ? 0 : r;
}

int letter_log_get(struct letter_log *log, const struct letter_place *place,
                   struct bus_message *ret_letter)
{
    const struct bus_partition asked = {.topic = place->topic, .partition = place->partition};
    struct bus_partition begin, end;
    const int64_t began = clock_monotonic_ms();
    int r = edges(log, &asked, 1, &begin, &end);
    if (r < 0)
        return r;
    if (place->offset < begin.offset || place->offset >= end.offset)
        return -ENOENT;
    r = bus_reader_start(log->reader, place->topic, place->partition, place->offset);
    while (r == 0 && bus_reader_poll(log->reader, POLL_MS, ret_letter) != 1)
        if (clock_monotonic_ms() - began > SILENT_MS)
            r = -ETIMEDOUT;
    bus_reader_stop(log->reader, place->topic, place->partition);
    if (r == 0 && (ret_letter->offset != place->offset || ret_letter->unreadable != NULL)) {
        bus_message_free(ret_letter);
        r = -ENOENT;
    }
    return r;
}
