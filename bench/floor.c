/* floor: what the database alone can take: sales of one type, made up without a decision and
 * without Kafka, written as the writer writes a batch of them: a fence, N orders, N receipts, one
 * stock.
 *
 * Only the time within store_commit() counts. Prints a line of JSON. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db-svc/store/store.h"
#include "db-svc/topics.h"
#include "libshared/base/clock.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "libshared/contract/event.h"
#include "libshared/contract/order.h"
#include "libshared/contract/ticket_type.h"

#define CLUSTER "floor"
#define OWNER "floor"

struct floor_run {
    void *arena; /* of the batch at hand */
    struct store *store;
    struct fence fence;
    struct stock stock;
    size_t size; /* sales a batch */
    uint64_t sales;
    int64_t spent_us;
};

static const char *new_id(const void *arena, const char *prefix)
{
    uint8_t random[ID_RANDOM];
    char *id = mem_zeroed(arena, ID_SIZE);
    randombytes_buf(random, sizeof random);
    id_make(id, prefix, clock_wall_ms(), random);
    return id;
}

#define CODE_BYTES 16
#define SIGNATURE_BYTES 43 /* 86 characters, as a ticket's has */

static const char *new_text(const void *arena, size_t bytes)
{
    uint8_t random[SIGNATURE_BYTES];
    char *text = mem_zeroed(arena, 2 * bytes + 1);
    randombytes_buf(random, bytes);
    text_hex(text, random, bytes);
    return text;
}

static struct order *sell(const struct floor_run *run)
{
    const struct money price = {.amount = 2500, .currency = "EUR"};
    struct order *order = mem_new(run->arena, struct order);
    struct order_item *item = mem_new(run->arena, struct order_item);
    struct person *buyer = mem_new(run->arena, struct person);
    struct ticket *ticket = mem_new(run->arena, struct ticket);
    *item = (struct order_item){
        .ticket_type_id = run->stock.id, .quantity = 1, .unit_price = price, .amount = price};
    *buyer = (struct person){.name = "Ada Lovelace", .email = "ada@example.org"};
    *ticket = (struct ticket){.code = new_text(run->arena, CODE_BYTES),
                              .signature = new_text(run->arena, SIGNATURE_BYTES),
                              .ticket_type_id = run->stock.id,
                              .status = TICKET_VALID};
    *order = (struct order){.id = new_id(run->arena, ORDER_PREFIX),
                            .version = 1,
                            .rev = 1,
                            .created_at = clock_wall_ms(),
                            .updated_at = clock_wall_ms(),
                            .event_id = run->stock.event_id,
                            .items = {.at = item, .n = 1},
                            .buyer = buyer,
                            .total = price,
                            .status = ORDER_PAID,
                            .tickets = {.at = ticket, .n = 1}};
    return order;
}

static char *order_text(const struct floor_run *run, const struct order *order)
{
    json_t *json = record_json(&order_record, order);
    char *text = json_dumps(json, JSON_COMPACT);
    char *kept = mem_strdup(run->arena, text);
    free(text);
    json_decref(json);
    return kept;
}

static struct receipt *receipt_of(struct floor_run *run, const struct order *order)
{
    struct receipt *receipt = mem_new(run->arena, struct receipt);
    struct outgoing *fact = mem_new(run->arena, struct outgoing);
    const char **about = mem_array(run->arena, const char *, 1);
    about[0] = order->id;
    *receipt = (struct receipt){
        .status = 201,
        .body = order_text(run, order),
        .etag = "\"1\"",
        .location = mem_printf(run->arena, "/v1/events/%s/orders/%s", order->event_id, order->id),
        .stock = mem_printf(run->arena,
                            "[{\"ticket_type_id\":\"%s\",\"capacity\":%" PRId64 ",\"sold\":%" PRId64
                            ",\"held\":0,\"rev\":%" PRId64 "}]",
                            run->stock.id, run->stock.capacity, run->stock.sold, run->stock.rev),
        .outgoing = fact,
        .n_outgoing = 1,
        .about = about,
        .n_about = 1,
        .at = clock_wall_ms()};
    randombytes_buf(receipt->id, sizeof receipt->id);
    randombytes_buf(receipt->fingerprint, sizeof receipt->fingerprint);
    *fact = (struct outgoing){
        .topic = "tickets.facts",
        .key = order->event_id,
        .type = "order.placed",
        .id = mem_printf(run->arena, "%s/0", new_text(run->arena, CODE_BYTES)),
        .sequence = ++run->fence.seq,
        .body = mem_printf(run->arena,
                           "{\"event_id\":\"%s\",\"order_id\":\"%s\",\"status\":\"paid\",\"total\":"
                           "{\"amount\":2500,\"currency\":\"EUR\"},\"stock\":%s}",
                           order->event_id, order->id, receipt->stock)};
    return receipt;
}

static bool commit(struct floor_run *run, struct store_change *changes, size_t n_changes,
                   const struct receipt *const *receipts, size_t n_receipts)
{
    int32_t fenced;
    run->fence.batch++;
    run->fence.next[0] += (int64_t)n_receipts;
    const struct store_batch batch = {.cluster = CLUSTER,
                                      .owner = OWNER,
                                      .topics = topics_commands,
                                      .fences = &run->fence,
                                      .n_fences = 1,
                                      .receipts = receipts,
                                      .n_receipts = n_receipts,
                                      .changes = changes,
                                      .n_changes = n_changes};
    int64_t start = clock_read().monotonic_us;
    enum store_outcome outcome = store_commit(run->store, &batch, &fenced);
    run->spent_us += clock_read().monotonic_us - start;
    if (outcome != STORE_COMMITTED)
        fprintf(stderr, "floor: outcome %d: %s\n", outcome, store_error(run->store));
    return outcome == STORE_COMMITTED;
}

static bool sell_batch(struct floor_run *run)
{
    run->arena = mem_arena(NULL, 0);
    struct store_change *changes = mem_array(run->arena, struct store_change, run->size + 1);
    const struct receipt **receipts = mem_array(run->arena, const struct receipt *, run->size);
    const int64_t rev_was = run->stock.rev;
    for (size_t i = 0; i < run->size; i++) {
        const struct order *order = sell(run);
        run->stock.sold++;
        run->stock.rev++;
        receipts[i] = receipt_of(run, order);
        changes[i + 1] = (struct store_change){.kind = STORE_INSERT,
                                               .collection = &collection_orders,
                                               .id = order->id,
                                               .record = order};
    }
    changes[0] = (struct store_change){.kind = STORE_REPLACE,
                                       .collection = &collection_stock,
                                       .id = run->stock.id,
                                       .rev_was = rev_was,
                                       .record = &run->stock};
    bool committed = commit(run, changes, run->size + 1, receipts, run->size);
    mem_free(run->arena);
    run->sales += run->size;
    return committed;
}

static bool prepare(struct floor_run *run, void *arena)
{
    run->stock = (struct stock){.id = new_id(arena, TICKET_TYPE_PREFIX),
                                .version = 1,
                                .rev = 1,
                                .created_at = clock_wall_ms(),
                                .updated_at = clock_wall_ms(),
                                .event_id = new_id(arena, EVENT_PREFIX),
                                .capacity = TICKET_TYPE_CAPACITY_MAX};
    struct store_change change = {.kind = STORE_INSERT,
                                  .collection = &collection_stock,
                                  .id = run->stock.id,
                                  .record = &run->stock};
    if (store_prepare(run->store) < 0 ||
        store_fence_raise(run->store, CLUSTER, 0, OWNER, topics_commands, &run->fence) < 0) {
        fprintf(stderr, "floor: %s\n", store_error(run->store));
        return false;
    }
    return commit(run, &change, 1, NULL, 0);
}

static bool run_for(struct floor_run *run, double seconds)
{
    const int64_t end = clock_monotonic_ms() + (int64_t)(seconds * 1000);
    bool sold = true;
    run->spent_us = 0;
    while (sold && (run->sales == 0 || clock_monotonic_ms() < end))
        sold = sell_batch(run);
    if (sold)
        printf("{\"batch\": %zu, \"sales\": %" PRIu64 ", \"per_second\": %.3f, "
               "\"batch_ms\": %.3f}\n",
               run->size, run->sales, (double)run->sales * 1e6 / (double)run->spent_us,
               (double)run->spent_us / 1e3 / ((double)run->sales / (double)run->size));
    return sold;
}

int main(int argc, char *argv[])
{
    char error[STORE_ERROR_SIZE];
    if (argc != 5 || atoi(argv[3]) < 1) {
        fprintf(stderr, "usage: %s MONGO_URI DATABASE SALES_A_BATCH SECONDS\n", argv[0]);
        return EXIT_FAILURE;
    }
    mem_init();
    store_library_open();
    void *arena = mem_arena(NULL, 0);
    struct floor_run run = {.size = (size_t)atoi(argv[3])};
    if (store_open(argv[1], argv[2], error, &run.store) < 0) {
        fprintf(stderr, "floor: %s\n", error);
        return EXIT_FAILURE;
    }
    bool done = prepare(&run, arena) && run_for(&run, atof(argv[4]));
    store_close(run.store);
    mem_free(arena);
    store_library_close();
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
