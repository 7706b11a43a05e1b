/* Commits: by the fence that was raised last, and no more sold than there is. */
#include "tests/simulation/checker.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulation/mongo/document.h"

int32_t checker_partition(const struct simulation *simulation, const bson_t *fence)
{
    const char *id = document_text(fence, "_id");
    size_t length = strlen(simulation->broker.id);
    char *end;
    if (strncmp(id, simulation->broker.id, length) != 0 || id[length] != '/')
        return -1;
    long partition = strtol(id + length + 1, &end, 10);
    return *end == '\0' && partition < BROKER_PARTITIONS ? (int32_t)partition : -1;
}

/* Only who raised a fence last may commit by it. */
static void check_raiser(struct simulation *simulation, const bson_t *before, const bson_t *after)
{
    const char *id = document_text(after, "_id");
    const struct node *node = world_node();
    bool made;
    if (node == NULL || !bson_has_field(after, "epoch"))
        return;
    struct table_row *raiser =
        table_row(&simulation->checker.raisers, table_hash(6, id, strlen(id)), &made);
    if (before == NULL || document_number(after, "epoch") > document_number(before, "epoch")) {
        if (!made && raiser->hash != node->serial)
            faults_deposed(simulation, raiser->hash);
        raiser->hash = node->serial;
    } else if (!made && raiser->hash != node->serial)
        violation(simulation, "B", "node %d commits by %s, which another has raised", node->number,
                  id);
    else
        raiser->hash = node->serial; /* of a fence that was set back */
    if (before != NULL && document_number(after, "seq") < document_number(before, "seq"))
        violation(simulation, "D", "the sequence of %s falls from %" PRId64 " to %" PRId64, id,
                  document_number(before, "seq"), document_number(after, "seq"));
}

/* What is decided by a fence that was raised for a cluster that is gone is told when somebody asks
 * again. */
static void see_lost_fence(struct simulation *simulation, const bson_t *fence)
{
    const char *number = strchr(document_text(fence, "_id"), '/');
    long partition = number != NULL ? strtol(number + 1, NULL, 10) : BROKER_PARTITIONS;
    int64_t sequence = document_number(fence, "seq");
    if (partition >= 0 && partition < BROKER_PARTITIONS &&
        sequence > simulation->checker.lost_sequence[partition])
        simulation->checker.lost_sequence[partition] = sequence;
}

static void see_fence(struct simulation *simulation, const bson_t *before, const bson_t *after)
{
    int32_t partition = checker_partition(simulation, after);
    int64_t sequence = document_number(after, "seq");
    /* A database that was set back does not know of clusters since. */
    if (before == NULL && partition >= 0 && simulation->checker.set_back_at < 0 &&
        sequence <= simulation->checker.lost_sequence[partition])
        violation(simulation, "D", "the sequence of %s begins at %" PRId64 ", below %" PRId64,
                  document_text(after, "_id"), sequence,
                  simulation->checker.lost_sequence[partition]);
    if (partition >= 0)
        simulation->checker.batches[partition] = document_number(after, "batch");
    if (partition < 0 ||
        document_number(after, "epoch") <= simulation->checker.lost_epoch[partition])
        see_lost_fence(simulation, after);
    check_raiser(simulation, before, after);
}

static void see_receipt(struct simulation *simulation, const bson_t *receipt)
{
    bson_iter_t at;
    struct key key;
    bool made;
    key.n = 0;
    if (!bson_iter_init_find(&at, receipt, "_id"))
        return;
    value_append(&key, &at);
    table_row(&simulation->checker.decided, table_hash(5, key.bytes, key.n), &made)->number =
        world->now;
}

void checker_see_commit(void *context, const char *collection, struct document before,
                        struct document after)
{
    struct simulation *simulation = context;
    bson_t stock, earlier, fence, receipt;
    if (strcmp(collection, "fences") == 0 && after.bytes != NULL &&
        bson_init_static(&fence, after.bytes, after.n))
        see_fence(simulation,
                  before.bytes != NULL && bson_init_static(&earlier, before.bytes, before.n)
                      ? &earlier
                      : NULL,
                  &fence);
    if (strcmp(collection, "receipts") == 0 && before.bytes == NULL &&
        bson_init_static(&receipt, after.bytes, after.n))
        see_receipt(simulation, &receipt);
    if (strcmp(collection, "stock") != 0 || after.bytes == NULL ||
        !bson_init_static(&stock, after.bytes, after.n))
        return;
    int64_t capacity = document_number(&stock, "capacity"), sold = document_number(&stock, "sold");
    int64_t held = document_number(&stock, "held");
    if (sold < 0 || held < 0 || sold + held > capacity)
        violation(simulation, "A", "%s has %" PRId64 " sold, %" PRId64 " held of %" PRId64,
                  document_text(&stock, "_id"), sold, held, capacity);
    if (before.bytes != NULL && bson_init_static(&earlier, before.bytes, before.n) &&
        document_number(&stock, "rev") <= document_number(&earlier, "rev"))
        violation(simulation, "A", "the rev of %s does not rise", document_text(&stock, "_id"));
}

/* A writer looks for the receipt first, in the same transaction. */
void checker_see_duplicate(void *context, const char *collection)
{
    if (strcmp(collection, "receipts") == 0)
        violation(context, "C", "a command is decided that has been decided");
}
