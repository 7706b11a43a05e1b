#include "db-svc/writer/backlog.h"

#include <stdlib.h>
#include <string.h>

#include "db-svc/writer/input.h"
#include "libshared/base/mem.h"

/* Receipts loaded at a time. */
#define CHUNK 500
/* More than are ever sent and not acknowledged: where the group's offsets were lost, all that the
 * log keeps is read, and what is older than these is published. */
#define NEWEST 131072

/* A receipt with facts. */
struct told {
    int64_t sequence; /* of its first fact */
    uint8_t id[RECEIPT_ID];
};

struct backlog {
    int64_t newest;
    int64_t ends[TOPICS_COMMANDS]; /* 0: nothing is expected */
    uint8_t put[CHUNK][RECEIPT_ID];
    size_t n_put;
    struct told *told;
    size_t n_told, n_published;
    bool sorted;
};

struct backlog *backlog_new(const void *arena, int64_t newest)
{
    struct backlog *backlog = mem_new(arena, struct backlog);
    backlog->newest = newest;
    return backlog;
}

void backlog_expect(struct backlog *backlog, int topic, int64_t end)
{
    backlog->ends[topic] = end;
}

bool backlog_is_full(const struct backlog *backlog)
{
    return backlog->n_put == CHUNK;
}

bool backlog_put(struct backlog *backlog, int topic, struct bus_message *message_take)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const int64_t next = message_take->offset + 1;
    struct envelope envelope;
    if (next <= backlog->ends[topic] && message_take->unreadable == NULL &&
        envelope_read(arena, message_take, &envelope) == 0)
        input_receipt_id(&envelope, backlog->put[backlog->n_put++]);
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
    const struct told *first = a, *second = b;
    return (first->sequence > second->sequence) - (first->sequence < second->sequence);
}

static void sort(struct backlog *backlog)
{
    if (backlog->n_told > 0)
        qsort(backlog->told, backlog->n_told, sizeof *backlog->told, by_sequence);
}

static void forget_oldest(struct backlog *backlog)
{
    sort(backlog);
    memmove(backlog->told, backlog->told + NEWEST, NEWEST * sizeof *backlog->told);
    backlog->n_told = NEWEST;
}

static void note(struct backlog *backlog, const struct receipt *receipt)
{
    for (size_t i = 0; i < receipt->n_outgoing; i++) {
        if (receipt->outgoing[i].sequence < 0 || receipt->outgoing[i].sequence > backlog->newest)
            continue;
        if (backlog->n_told == 2 * NEWEST)
            forget_oldest(backlog);
        backlog->told = mem_grow(backlog, backlog->told, struct told, backlog->n_told + 1);
        struct told *told = &backlog->told[backlog->n_told++];
        told->sequence = receipt->outgoing[i].sequence;
        memcpy(told->id, receipt->id, RECEIPT_ID);
        return;
    }
}

static int load(struct backlog *backlog, struct store *store)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    struct receipt **receipts = mem_array(arena, struct receipt *, CHUNK);
    int r = store_load_receipts(store, arena, (const uint8_t(*)[RECEIPT_ID])backlog->put,
                                backlog->n_put, receipts);
    for (size_t i = 0; r == 0 && i < backlog->n_put; i++)
        if (receipts[i] != NULL)
            note(backlog, receipts[i]);
    if (r == 0)
        backlog->n_put = 0;
    return r;
}

/* --- Publishing --- */

/* The next in order, each once: a command may have been read twice. Returns how many. */
static size_t take_next(struct backlog *backlog, uint8_t ids[CHUNK][RECEIPT_ID])
{
    size_t n = 0;
    for (; n < CHUNK && backlog->n_published < backlog->n_told; backlog->n_published++) {
        const struct told *told = &backlog->told[backlog->n_published];
        if (backlog->n_published == 0 || told->sequence != told[-1].sequence)
            memcpy(ids[n++], told->id, RECEIPT_ID);
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
    if (backlog->n_published < backlog->n_told && publisher_has_room(publisher))
        r = publish(backlog, store, publisher);
    *ret_busy = publisher_has_room(publisher);
    return r == 0 && backlog->n_published == backlog->n_told ? 1 : r;
}
