/* floor_small: what the database alone can take of sales at their smallest: in one transaction a
 * fence and a stock that are updated, N orders and N receipts of 200 bytes that are inserted, with
 * no index but that of `_id`. So it does not become slower as the services' records grow.
 *
 * Only the time of the transactions counts. Prints a line of JSON. */
#include <inttypes.h>
#include <mongoc/mongoc.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "libshared/base/clock.h"
#include "libshared/base/id.h"
#include "libshared/base/mem.h"

#define RECORD_BYTES 200
#define RECEIPT_ID 32

struct floor_small {
    mongoc_client_t *client;
    const char *database;
    mongoc_client_session_t *session;
    mongoc_transaction_opt_t *durable;
    bson_t in_session;
    size_t size; /* sales a batch */
    uint64_t sales;
    int64_t spent_us;
};

static void give_up(const bson_error_t *error)
{
    fprintf(stderr, "floor_small: %s\n", error->message);
    exit(EXIT_FAILURE);
}

static void run(struct floor_small *floor, bson_t *command_take)
{
    bson_error_t error;
    if (!mongoc_client_write_command_with_opts(floor->client, floor->database, command_take,
                                               &floor->in_session, NULL, &error))
        give_up(&error);
    bson_destroy(command_take);
}

/* Counts on by one, or by what was sold. */
static void count(struct floor_small *floor, const char *collection, int64_t by)
{
    run(floor, BCON_NEW("update", BCON_UTF8(collection), "updates", "[", "{", "q", "{", "_id",
                        BCON_INT32(1), "}", "u", "{", "$inc", "{", "n", BCON_INT64(by), "}", "}",
                        "upsert", BCON_BOOL(true), "}", "]"));
}

static void fill(bson_t *document)
{
    char filling[RECORD_BYTES] = {0};
    memset(filling, 'x', sizeof filling - 1);
    const size_t overhead = document->len + sizeof "x" + 6; /* the member's own bytes */
    if (overhead < sizeof filling)
        (void)bson_append_utf8(document, "x", -1, filling, (int)(sizeof filling - overhead));
}

static void append_order(bson_t *document)
{
    uint8_t random[ID_RANDOM];
    char id[ID_SIZE];
    randombytes_buf(random, sizeof random);
    id_make(id, "order", clock_wall_ms(), random);
    (void)BSON_APPEND_UTF8(document, "_id", id);
    fill(document);
}

static void append_receipt(bson_t *document)
{
    uint8_t id[RECEIPT_ID];
    randombytes_buf(id, sizeof id);
    (void)BSON_APPEND_BINARY(document, "_id", BSON_SUBTYPE_BINARY, id, sizeof id);
    fill(document);
}

static void insert(struct floor_small *floor, const char *collection,
                   void (*append)(bson_t *document))
{
    bson_t *command = BCON_NEW("insert", BCON_UTF8(collection)), list, one;
    char room[16];
    const char *key;
    (void)BSON_APPEND_ARRAY_BEGIN(command, "documents", &list);
    for (size_t i = 0; i < floor->size; i++) {
        (void)bson_uint32_to_string((uint32_t)i, &key, room, sizeof room);
        (void)bson_append_document_begin(&list, key, -1, &one);
        append(&one);
        (void)bson_append_document_end(&list, &one);
    }
    (void)bson_append_array_end(command, &list);
    run(floor, command);
}

static void sell_batch(struct floor_small *floor)
{
    bson_error_t error;
    const int64_t start = clock_read().monotonic_us;
    if (!mongoc_client_session_start_transaction(floor->session, floor->durable, &error))
        give_up(&error);
    count(floor, "small_fences", 1);
    count(floor, "small_stock", (int64_t)floor->size);
    insert(floor, "small_orders", append_order);
    insert(floor, "small_receipts", append_receipt);
    if (!mongoc_client_session_commit_transaction(floor->session, NULL, &error))
        give_up(&error);
    floor->spent_us += clock_read().monotonic_us - start;
    floor->sales += floor->size;
}

static mongoc_transaction_opt_t *new_durable(void)
{
    mongoc_transaction_opt_t *durable = mongoc_transaction_opts_new();
    mongoc_write_concern_t *concern = mongoc_write_concern_new();
    mongoc_write_concern_set_wmajority(concern, 0);
    mongoc_write_concern_set_journal(concern, true);
    mongoc_transaction_opts_set_write_concern(durable, concern);
    mongoc_write_concern_destroy(concern);
    return durable;
}

/* A transaction may not make a collection on every release of the server. */
static void make_collections(struct floor_small *floor)
{
    static const char *const names[] = {"small_fences", "small_stock", "small_orders",
                                        "small_receipts"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bson_t *create = BCON_NEW("create", BCON_UTF8(names[i]));
        (void)mongoc_client_command_simple(floor->client, floor->database, create, NULL, NULL,
                                           NULL);
        bson_destroy(create);
    }
}

static void open_floor(struct floor_small *floor, const char *uri)
{
    bson_error_t error;
    mongoc_init();
    floor->client = mongoc_client_new(uri);
    if (floor->client == NULL) {
        fprintf(stderr, "floor_small: not a URI: %s\n", uri);
        exit(EXIT_FAILURE);
    }
    make_collections(floor);
    floor->durable = new_durable();
    floor->session = mongoc_client_start_session(floor->client, NULL, &error);
    bson_init(&floor->in_session);
    if (floor->session == NULL ||
        !mongoc_client_session_append(floor->session, &floor->in_session, &error))
        give_up(&error);
}

static void close_floor(struct floor_small *floor)
{
    mongoc_transaction_opts_destroy(floor->durable);
    mongoc_client_session_destroy(floor->session);
    bson_destroy(&floor->in_session);
    mongoc_client_destroy(floor->client);
    mongoc_cleanup();
}

int main(int argc, char *argv[])
{
    if (argc != 5 || atoi(argv[3]) < 1) {
        fprintf(stderr, "usage: %s MONGO_URI DATABASE SALES_A_BATCH SECONDS\n", argv[0]);
        return EXIT_FAILURE;
    }
    mem_init();
    struct floor_small floor = {.database = argv[2], .size = (size_t)atoi(argv[3])};
    open_floor(&floor, argv[1]);
    const int64_t end = clock_monotonic_ms() + (int64_t)(atof(argv[4]) * 1000);
    while (floor.sales == 0 || clock_monotonic_ms() < end)
        sell_batch(&floor);
    printf("{\"batch\": %zu, \"sales\": %" PRIu64 ", \"per_second\": %.3f, \"batch_ms\": %.3f}\n",
           floor.size, floor.sales, (double)floor.sales * 1e6 / (double)floor.spent_us,
           (double)floor.spent_us / 1e3 / ((double)floor.sales / (double)floor.size));
    close_floor(&floor);
    return EXIT_SUCCESS;
}
