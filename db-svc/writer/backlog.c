#include "db-svc/writer/backlog.h"

#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/receipt_id.h"
#include "libshared/kafka/partitioner.h"

/* Receipts loaded at a time. */
#define CHUNK 500
/* More than are ever sent and not acknowledged: where the group's offsets were lost, all that the
 * log keeps is read, and what is older than these is published. */
#define NEWEST 131072

/* A receipt with facts. */
struct decided {
    int64_t sequence; /* of its first fact */
    uint8_t id[RECEIPT_ID];
};

struct backlog {
    int32_t partition, partitions;
    int64_t newest;
    int64_t ends[TOPICS_COMMANDS]; /* 0: nothing is expected */
    uint8_t (*put)[RECEIPT_ID];
    size_t n_put, n_loaded;
    struct decided *decided;
    size_t n_decided, n_published;
    bool sorted;
};

struct backlog *backlog_new(const void *arena, int32_t partition, int32_t partitions,
                            int64_t newest)
{
    struct backlog *backlog = mem_new(arena, struct backlog);
    backlog->partition = partition;
    backlog->partitions = partitions;
    backlog->newest = newest;
    return backlog;
}

void backlog_expect(struct backlog *backlog, int topic, int64_t end)
{
    backlog->ends[topic] = end;
}

bool backlog_is_full(const struct backlog *backlog)
{
    return backlog->n_put >= CHUNK;
}

bool backlog_put(struct backlog *backlog, int topic, struct bus_message *message_take)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const int64_t next = message_take->offset + 1;
    struct envelope envelope;
    if (next <= backlog->ends[topic] && message_take->unreadable == NULL &&
        envelope_read(arena, message_take, &envelope) == 0) {
        backlog->put = mem_grow_bytes(backlog, backlog->put, RECEIPT_ID, backlog->n_put + 1);
        receipt_id(backlog->put[backlog->n_put++], envelope.source, envelope.id);
    }
    if (next >= backlog->ends[topic])
        backlog->ends[topic] = 0;
    bus_message_free(message_take);
    return backlog->ends[topic] != 0;
}

bool backlog_is_read(const struct backlog *backlog)
{
    for (int topic = 0; topic < TOPICS_COMMANDS; topic++)
        if (backlog->ends[topic] != 0)
            return false;
    return true;
}

/* --- Receipts --- */

static int by_sequence(const void *a, const void *b)
{
    const struct decided *first = a, *second = b;
    return (first->sequence > second->sequence) - (first->sequence < second->sequence);
}

static void sort(struct backlog *backlog)
{
    if (backlog->n_decided > 0)
        qsort(backlog->decided, backlog->n_decided, sizeof *backlog->decided, by_sequence);
}

static void forget_oldest(struct backlog *backlog)
{
    sort(backlog);
    memmove(backlog->decided, backlog->decided + NEWEST, NEWEST * sizeof *backlog->decided);
    backlog->n_decided = NEWEST;
}

/* A command that came to the wrong partition was decided in its own, which publishes its facts. */
static bool is_of(const struct backlog *backlog, const struct outgoing *fact)
{
    return fact->sequence >= 0 && fact->sequence <= backlog->newest &&
           (fact->key == NULL || partitioner_murmur2(fact->key, strlen(fact->key),
                                                     backlog->partitions) == backlog->partition);
}

static void note(struct backlog *backlog, const struct receipt *receipt)
{
    size_t i = 0;
    while (i < receipt->n_outgoing && !is_of(backlog, &receipt->outgoing[i]))
        i++;
    if (i == receipt->n_outgoing)
        return;
    if (backlog->n_decided == 2 * NEWEST)
        forget_oldest(backlog);
    backlog->decided = mem_grow(backlog, backlog->decided, struct decided, backlog->n_decided + 1);
    struct decided *decided = &backlog->decided[backlog->n_decided++];
    decided->sequence = receipt->outgoing[i].sequence;
    memcpy(decided->id, receipt->id, RECEIPT_ID);
}

static int load_chunk(struct backlog *backlog, struct store *store, size_t n)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct receipt **receipts = mem_array(arena, struct receipt *, n);
    int r = store_load_receipts(store, arena,
                                (const uint8_t(*)[RECEIPT_ID])(backlog->put + backlog->n_loaded), n,
                                receipts);
    for (size_t i = 0; r == 0 && i < n; i++)
        if (receipts[i] != NULL)
            note(backlog, receipts[i]);
    return r;
}

static int load(struct backlog *backlog, struct store *store)
{
    int r = 0;
    while (r == 0 && backlog->n_loaded < backlog->n_put) {
        size_t left = backlog->n_put - backlog->n_loaded, n = left < CHUNK ? left : CHUNK;
        r = load_chunk(backlog, store, n);
        backlog->n_loaded += r == 0 ? n : 0;
    }
    if (r == 0)
        backlog->n_put = backlog->n_loaded = 0;
    return r;
}

/* --- Publishing --- */

/* The next in order, each once: a command may have been read twice. Returns how many. */
static size_t take_next(struct backlog *backlog, uint8_t ids[CHUNK][RECEIPT_ID])
{
    size_t n = 0;
    for (; n < CHUNK && backlog->n_published < backlog->n_decided; backlog->n_published++) {
        const struct decided *decided = &backlog->decided[backlog->n_published];
        if (backlog->n_published == 0 || decided->sequence != decided[-1].sequence)
            memcpy(ids[n++], decided->id, RECEIPT_ID);
    }
    return n;
}

static int publish(struct backlog *backlog, struct store *store, struct publisher *publisher)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    uint8_t ids[CHUNK][RECEIPT_ID];
    size_t before = backlog->n_published, n = take_next(backlog, ids);
    struct receipt **receipts = mem_array(arena, struct receipt *, n + 1);
    int r = store_load_receipts(store, arena, (const uint8_t(*)[RECEIPT_ID])ids, n, receipts);
    if (r < 0)
        backlog->n_published = before;
    else
        publisher_send_facts(publisher, (const struct receipt *const *)receipts, n);
    return r;
}

int backlog_run(struct backlog *backlog, struct store *store, struct publisher *publisher,
                bool *ret_busy)
{
    int r = backlog->n_put > 0 ? load(backlog, store) : 0;
    *ret_busy = false;
    if (r < 0 || !backlog_is_read(backlog))
        return r;
    if (!backlog->sorted)
        sort(backlog);
    backlog->sorted = true;
    if (backlog->n_published < backlog->n_decided && publisher_has_room(publisher))
        r = publish(backlog, store, publisher);
    *ret_busy = publisher_has_room(publisher);
    return r == 0 && backlog->n_published == backlog->n_decided ? 1 : r;
}
