/* floor: what the database alone can take: sales of one type, made up without a decision and
 * without Kafka, written as the writer writes a batch of them: a fence, N orders, N receipts, one
 * stock.
 *
 * Only the time within store_commit() counts. Prints a line of JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/direct.h"
#include "bench/sample.h"
#include "libshared/base/clock.h"
#include "libshared/base/mem.h"
#include "libshared/contract/event.h"

struct floor_run {
    struct direct direct;
    struct stock stock;
    size_t size; /* sales a batch */
    uint64_t sales;
};

static void sell_batch(struct floor_run *run)
{
    void *arena = mem_arena(NULL, 0);
    struct stock *stock = &run->stock;
    struct store_change *changes = mem_array(arena, struct store_change, run->size + 1);
    const struct receipt **receipts = mem_array(arena, const struct receipt *, run->size);
    changes[0] = (struct store_change){
        .kind = STORE_REPLACE, .collection = &collection_stock, .id = stock->id, .record = stock};
    for (size_t i = 0; i < run->size; i++) {
        const struct order *order = sample_order(arena, stock->event_id, stock->id, NULL);
        stock->sold++;
        stock->rev++;
        receipts[i] = sample_sale_receipt(arena, order, stock, ++run->direct.fence.seq);
        changes[i + 1] = (struct store_change){.kind = STORE_INSERT,
                                               .collection = &collection_orders,
                                               .id = order->id,
                                               .record = order};
    }
    direct_commit(&run->direct, changes, run->size + 1, receipts, run->size);
    mem_free(arena);
    run->sales += run->size;
}

static void prepare(struct floor_run *run, const void *arena)
{
    run->stock = (struct stock){.id = sample_id(arena, TICKET_TYPE_PREFIX),
                                .version = 1,
                                .rev = 1,
                                .created_at = clock_wall_ms(),
                                .updated_at = clock_wall_ms(),
                                .event_id = sample_id(arena, EVENT_PREFIX),
                                .capacity = TICKET_TYPE_CAPACITY_MAX};
    const struct store_change change = {.kind = STORE_INSERT,
                                        .collection = &collection_stock,
                                        .id = run->stock.id,
                                        .record = &run->stock};
    direct_commit(&run->direct, &change, 1, NULL, 0);
    run->direct.spent_us = 0;
}

int main(int argc, char *argv[])
{
    if (argc != 5 || atoi(argv[3]) < 1) {
        fprintf(stderr, "usage: %s MONGO_URI DATABASE SALES_A_BATCH SECONDS\n", argv[0]);
        return EXIT_FAILURE;
    }
    struct floor_run run = {.direct = direct_open(argv[1], argv[2], "floor"),
                            .size = (size_t)atoi(argv[3])};
    void *arena = mem_arena(NULL, 0);
    prepare(&run, arena);
    const int64_t end = clock_monotonic_ms() + (int64_t)(atof(argv[4]) * 1000);
    while (run.sales == 0 || clock_monotonic_ms() < end)
        sell_batch(&run);
    printf("{\"batch\": %zu, \"sales\": %" PRIu64 ", \"per_second\": %.3f, \"batch_ms\": %.3f}\n",
           run.size, run.sales, (double)run.sales * 1e6 / (double)run.direct.spent_us,
           (double)run.direct.spent_us / 1e3 / ((double)run.sales / (double)run.size));
    direct_close(&run.direct);
    mem_free(arena);
    return EXIT_SUCCESS;
}
